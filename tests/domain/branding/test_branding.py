"""What an operator may set, what is refused, and whose values win."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.domain.branding.branding import Branding, StoredPicture, parse_values
from idp.domain.branding.stylesheet import find_stylesheet
from idp.domain.errors import InvalidInputError

PICTURE = StoredPicture(digest="a" * 64, kind="png", width=60, height=40)


def refusal(**raw: str) -> InvalidInputError:
    with pytest.raises(InvalidInputError) as found:
        parse_values(raw)
    assert found.value.field == next(iter(raw))
    return found.value


def test_values_are_kept_as_they_are_used():
    raw = {"name": "  Acme   Inc ", "color": "#35E", "background": "gradient", "radius": "12px", "terms": ""}
    parsed = parse_values(raw)
    assert parsed == {
        "name": "Acme Inc",
        "color": "#3355ee",
        "background": "gradient",
        "radius": 12,
        "terms": None,
    }
    assert Branding.of(Branding(**parsed).stored()) == Branding(**parsed)


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "http://example.com/terms",
        "//example.com",
        "/terms",
        "https://",
        "https://user:password@example.com",
        'https://example.com/"onload=',
        "https://exämple.com/",
        "https://example.com:port",
        "https://example.com/" + "x" * 2048,
        "https://[::1",
        "mailto:help@example.com",
    ],
)
def test_a_link_leads_to_a_page(link):
    assert "https://" in refusal(terms=link).message


def test_support_may_be_an_address():
    assert parse_values({"support": "mailto:help@example.com"}) == {"support": "mailto:help@example.com"}
    assert parse_values({"website": "http://localhost:3000/"}) == {"website": "http://localhost:3000/"}


@pytest.mark.parametrize("radius", ["25", "-1", "1.5", "a lot", "999999999999", "٣"])
def test_a_radius_is_a_small_number(radius):
    assert "0 (square) to 24" in refusal(radius=radius).message


@pytest.mark.parametrize("background", ["url(https://evil.example/)", "red", "none; } body { display: none"])
def test_a_background_is_a_choice_or_a_colour(background):
    assert "glow, gradient, plain" in refusal(background=background).message


def test_a_name_is_short():
    assert "64" in refusal(name="x" * 65).message


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=8))
def test_no_text_of_an_operator_gets_into_the_stylesheet(color, background, radius):
    try:
        parsed = parse_values({"color": color, "background": background, "radius": radius})
    except InvalidInputError:
        return
    sheet = find_stylesheet(Branding(**parsed))
    assert sheet is None or re.fullmatch(r"[\w\s#:;,.()%{}@>/-]+", sheet.text, re.ASCII)


def test_what_an_app_has_not_comes_from_below_and_a_logo_brings_its_own_dark_one():
    below = Branding(color="#111111", radius=4, logo=PICTURE, logo_dark=PICTURE, terms="https://a.example/")
    other = StoredPicture(digest="b" * 64, kind="png", width=6, height=4)
    assert Branding(color="#222222").over(below) == Branding(
        color="#222222", radius=4, logo=PICTURE, logo_dark=PICTURE, terms="https://a.example/"
    )
    assert Branding(logo=other).over(below).logo_dark is None
    assert Branding().over(below) == below


def test_members_of_a_later_version_are_passed_over():
    assert Branding.of({"color": "#123456", "font": "Comic Sans"}) == Branding(color="#123456")


def test_untouched_there_is_no_stylesheet():
    assert find_stylesheet(Branding()) is None
    assert find_stylesheet(Branding(name="Acme", background="glow", terms="https://a.example/")) is None


def test_the_address_of_the_stylesheet_follows_what_it_says():
    one, same, other = (find_stylesheet(Branding(color=color)) for color in ("#ffdd00", "#FFDD00".lower(), "#ffdd01"))
    assert one == same
    assert one is not None
    assert other is not None
    assert one.version != other.version
