"""Where a person stands on a page, it is by the picture that they uploaded here, never by one of another site."""

import re
from io import BytesIO

import pytest
from flask import Flask
from PIL import Image

from idp.domain.users.pictures import remove_picture, set_picture
from idp.domain.users.profile import set_claims
from idp.domain.users.queries import get_user
from idp.infra.db import unit_of_work
from tests.login.conftest import Begin
from tests.support.browser import ORIGIN, Browser
from tests.support.factories import EMAIL, PASSWORD, App, make_client, make_user


@pytest.fixture
def client(app: Flask) -> App:
    return make_client(app, requires_consent=True)


@pytest.fixture
def user_id(app: Flask) -> str:
    return make_user(app)


@pytest.fixture
def uploaded(app: Flask, user_id: str) -> None:
    made = BytesIO()
    Image.new("RGB", (300, 200), "teal").save(made, "PNG")
    with app.app_context(), unit_of_work():
        set_picture(get_user(user_id), made.getvalue())


def shown(begin: Begin) -> dict[str, str]:
    """The pages with a portrait."""
    browser = begin()
    browser.submit("login-submit", username=EMAIL, password=PASSWORD)
    consent = browser.page.text
    assert browser.page.request.path == "/u/consent"
    return {"consent": consent, "chooser": begin(prompt="select_account").page.text}


def pictures(html: str) -> list[str]:
    return re.findall(r'<img class="(?:avatar|mark mark-user)" src="([^"]+)" width="\d+" height="\d+" alt="">', html)


def test_the_picture_is_on_the_consent_page_and_in_the_chooser(
    app: Flask, uploaded: None, begin: Begin, browser: Browser
) -> None:
    for name, html in shown(begin).items():
        (path,) = pictures(html)
        assert path.startswith("/pictures/"), name
        answer = browser.client.get(path, base_url=ORIGIN)
        assert answer.mimetype == "image/jpeg"


def test_without_one_it_is_a_letter(app: Flask, uploaded: None, user_id: str, begin: Begin) -> None:
    with app.app_context(), unit_of_work():
        remove_picture(get_user(user_id))
    for html in shown(begin).values():
        assert pictures(html) == []
        assert re.search(r'<span class="(?:avatar|mark mark-user)" aria-hidden="true">A</span>', html)


@pytest.mark.parametrize(
    "claim",
    [
        "https://tracker.example/ada.png",
        f"https://tracker.example/pictures/{'a' * 32}",
        f"{ORIGIN}/pictures/../u/login",
        f"{ORIGIN}/u/login?{'a' * 32}",
        f"{ORIGIN}.evil.example/pictures/{'a' * 32}",
    ],
)
def test_a_picture_of_another_site_is_never_shown(app: Flask, user_id: str, begin: Begin, claim: str) -> None:
    with app.app_context(), unit_of_work():
        set_claims(get_user(user_id), {"picture": claim})
    for html in shown(begin).values():
        assert "<img" not in html
        assert "tracker.example" not in html
