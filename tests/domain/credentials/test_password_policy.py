"""Which new passwords are refused, and that the reason is said in plain words."""

import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.domain.credentials.password_policy import problems

CONTEXT = ("alice.smith@example.com", "Acme Portal")


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "correcthorsebatterystaple",
        "acme-winter-lake-stone",
        "p8;Lw-2xQ#vN4!k",
        "ein sehr langer Satz über Brücken",
        "\U0001f600" * 20,
        "x" * 72 + "a",
        "   lots of   spaces   ",
        "x" * 1024,
    ],
)
def test_long_and_unguessed_passwords_are_taken_as_they_are(password: str) -> None:
    assert problems(password, CONTEXT, 15) == []


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("p8;Lw-2xQ#vN4!", "at least 15 characters"),
        ("", "at least 15 characters"),
        ("x" * 1025, "at most 1024 bytes"),
        ("passwordpassword", "tried first"),
        ("Password123456789", "tried first"),
        ("p a s s w o r d 1 2 3", "tried first"),
        ("iloveyouiloveyou!!", "tried first"),
        ("abcdefghijklmnopq", "tried first"),
        ("zyxwvutsrqponmlk", "tried first"),
        ("1234567890123456", "tried first"),
        ("asdfghjklasdfghjkl", "tried first"),
        ("aaaaaaaaaaaaaaaaaa", "tried first"),
        ("alice.smith@example.com", "“alice.smith@example.com”"),
        ("ALICE.SMITH@EXAMPLE.COM", "“alice.smith@example.com”"),
        ("alicealicealice1", "“alice”"),
        ("AcmePortal123456789", "“acme”"),
        ("examplepassword1", "“example”"),
    ],
)
def test_what_is_guessed_first_is_refused_with_the_reason(password: str, said: str) -> None:
    (problem,) = problems(password, CONTEXT, 15)
    assert said in problem


def test_the_least_length_is_a_setting_and_counts_code_points() -> None:
    assert problems("p8;Lw-2x", CONTEXT, 8) == []
    assert problems("\U0001f98a\U0001f600p8;Lw-", CONTEXT, 8) == []
    assert problems("e\u0301" * 7, (), 8) != []


def test_generated_passwords_pass() -> None:
    assert all(problems(secrets.token_urlsafe(16), CONTEXT, 15) == [] for _ in range(200))


@given(st.text(max_size=60), st.lists(st.text(max_size=20), max_size=3))
def test_any_text_gets_an_answer(password: str, context: list[str]) -> None:
    assert isinstance(problems(password, context, 15), list)
