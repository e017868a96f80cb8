"""What is one address and what is another: by how it is written, not by how it looks; what misleads is no address."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from idp.domain.users.queries import find_user_by_email, list_users
from tests.support.browser import Browser
from tests.support.factories import PASSWORD, make_user

Mails = Callable[[], list[Any]]


def sign_up(app: Flask, address: str) -> Browser:
    browser = Browser(app)
    browser.get("/u/signup")
    browser.submit("signup-submit", email=address, password=PASSWORD)
    return browser


@pytest.mark.parametrize("typed", ["FIONA@example.com", "\ufb01ona@example.com", "\uff46iona@EXAMPLE.com"])
def test_spellings_of_one_address_are_one_account(app: Flask, mails: Mails, typed: str) -> None:
    make_user(app, "fiona@example.com")
    sign_up(app, typed)
    assert mails() == []  # the password is right, so the owner is in
    with app.app_context():
        assert len(list_users()) == 1


def test_a_dotless_i_is_another_letter_and_another_account(app: Flask, mails: Mails) -> None:
    make_user(app, "fiona@example.com")
    sign_up(app, "f\u0131ona@example.com")
    with app.app_context():
        assert len(list_users()) == 2
        other = find_user_by_email("f\u0131ona@example.com")
        assert other is not None
        assert not other.email_verified
    assert [mail.to for mail in mails()] == ["f\u0131ona@example.com"]


@pytest.mark.parametrize(
    "typed",
    [
        "\u0430da@example.com",
        "ada@ex\u0430mple.com",
        "\u03bfscar@example.com",
        '"a b"@example.com',
        "a b@example.com",
        "ada@localhost",
        "a@b@example.com",
        "a" * 300 + "@example.com",
        "ada@example.com\r\nBcc: eve@example.com",
    ],
    ids=["cyrillic", "cyrillic-domain", "greek", "quoted", "space", "bare", "two", "long", "header"],
)
def test_what_misleads_or_is_none_is_told_at_the_field(app: Flask, mails: Mails, typed: str) -> None:
    page = sign_up(app, typed).page
    assert page.status_code == 422
    assert 'id="email-error"' in page.get_data(as_text=True)
    assert mails() == []


@pytest.mark.parametrize(
    "typed", ["\u0438\u0432\u0430\u043d@\u043f\u0440\u0438\u043c\u0435\u0440.com", "\u592a\u90ce.taro@example.com"]
)
def test_an_address_in_one_script_a_part_is_taken(app: Flask, mails: Mails, typed: str) -> None:
    sign_up(app, typed)
    assert [mail.to for mail in mails()] == [typed]
