"""An app that takes fewer ways in takes them of a login that was made for another app, too."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from idp.domain.sessions.acr import ways_of
from tests.login.conftest import Begin, request_of
from tests.login.test_email_code import code_in
from tests.support.browser import Browser
from tests.support.factories import EMAIL, PASSWORD, App, make_client, make_user

Mails = Callable[[], list[Any]]


@pytest.fixture
def user_id(app: Flask) -> str:
    return make_user(app)


@pytest.fixture
def strict(app: Flask) -> App:
    """An app whose users come by a code in the mail, and by nothing else."""
    return make_client(app, name="Strict", changes={"login": {"first": ["email_code"]}})


def test_a_login_by_another_way_does_not_do(
    begin: Begin, browser: Browser, user_id: str, strict: App, mails: Mails
) -> None:
    begin().submit("login-submit", username=EMAIL, password=PASSWORD)
    assert browser.answer["code"]
    browser.get("/authorize", **request_of(strict))
    assert browser.page.request.path == "/u/login"
    browser.submit("login-submit", username=EMAIL)
    browser.submit("code-submit", code=code_in(mails()[0]))
    assert browser.answer["code"]
    browser.get("/authorize", **request_of(strict))
    assert browser.answer["code"]
    assert browser.elsewhere is not None


def test_without_a_page_the_app_is_told_so(begin: Begin, browser: Browser, user_id: str, strict: App) -> None:
    begin().submit("login-submit", username=EMAIL, password=PASSWORD)
    browser.get("/authorize", **request_of(strict, prompt="none"))
    assert browser.answer["error"] == "login_required"


def test_one_of_several_ways_does(app: Flask, begin: Begin, browser: Browser, user_id: str) -> None:
    either = make_client(app, name="Either", changes={"login": {"first": ["password", "passkey"]}})
    begin().submit("login-submit", username=EMAIL, password=PASSWORD)
    browser.get("/authorize", **request_of(either, prompt="none"))
    assert browser.answer["code"]


@pytest.mark.parametrize(
    ("amr", "ways"),
    [
        (["pwd"], {"password"}),
        (["pwd", "otp", "mfa"], {"password"}),
        (["pwd", "pop", "user", "mfa"], {"password", "passkey"}),
        (["pop", "user", "mfa"], {"passkey"}),
        (["otp"], {"email_code", "magic_link"}),
        (["otp", "mfa"], {"email_code", "magic_link"}),
        (["otp", "pop", "user", "mfa"], {"passkey"}),
    ],
)
def test_what_a_login_says_of_its_way(amr: list[str], ways: set[str]) -> None:
    assert ways_of(amr) == ways
