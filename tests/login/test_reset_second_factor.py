"""A new password is no second factor: a reset never leads past it, and ends what waited for it."""

from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from flask import Flask

from tests.login.conftest import Begin, link_in
from tests.login.test_reset import NEW, ask
from tests.support.browser import Browser
from tests.support.factories import EMAIL, PASSWORD, make_user
from tests.support.second_factors import code_of, enrol_totp

Mails = Callable[[], list[Any]]
NOW = 1_800_000_015


@pytest.fixture(autouse=True)
def clock() -> Any:
    """The middle of a time step, standing still."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def seed(app: Flask) -> str:
    """That of Ada's authenticator app."""
    return enrol_totp(app, make_user(app))


def choose(browser: Browser, mails: Mails) -> None:
    """A new password, by the link of the newest mail."""
    ask(browser)
    browser.get(link_in(mails()[0].text))
    browser.submit("reset-submit", password=NEW)


def test_the_second_step_is_asked_after_a_reset(app: Flask, browser: Browser, seed: str, mails: Mails) -> None:
    choose(browser, mails)
    assert browser.client.get_cookie("idp_session") is None
    browser.get("/u/login")
    browser.submit("login-submit", username=EMAIL, password=NEW)
    assert browser.page.request.path == "/u/totp"
    assert browser.client.get_cookie("idp_session") is None
    browser.submit("totp-submit", code=code_of(seed))
    assert browser.client.get_cookie("idp_session") is not None


def test_also_on_the_way_to_an_app(begin: Begin, browser: Browser, seed: str, mails: Mails) -> None:
    begin()
    browser.get(next(link for link in browser.links if "/u/reset-password" in link))
    browser.post(browser.page.request.full_path, {**browser.forms[0].fields, "email": EMAIL})
    browser.get(link_in(mails()[0].text))
    browser.submit("reset-submit", password=NEW)
    browser.submit("login-submit", username=EMAIL, password=NEW)
    assert browser.page.request.path == "/u/totp"
    assert browser.elsewhere is None


def test_who_knew_the_password_before_does_not_go_on(
    app: Flask, begin: Begin, browser: Browser, seed: str, mails: Mails
) -> None:
    thief = begin(Browser(app))
    thief.submit("login-submit", username=EMAIL, password=PASSWORD)
    assert thief.page.request.path == "/u/totp"
    choose(browser, mails)
    thief.submit("totp-submit", code=code_of(seed))
    assert thief.elsewhere is None
    assert thief.client.get_cookie("idp_session") is None
