"""A new password is no second factor: a reset never leads past it, and ends what waited for it."""

from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from flask import Flask

from tests.login.conftest import Begin, link_in
from tests.login.test_email_code import code_in
from tests.login.test_reset import NEW, ask
from tests.support.browser import Browser
from tests.support.factories import EMAIL, PASSWORD, make_user
from tests.support.second_factors import code_of, enrol_totp, set_policy

Mails = Callable[[], list[Any]]
NOW = 1_800_000_015
SECOND_BY_MAIL = "/u/email-code/second"


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


@pytest.fixture
def by_mail(app: Flask) -> None:
    """Codes by mail are a second factor here."""
    set_policy(app, second=("totp", "email_code", "recovery_code"))


def enter(app: Flask, password: str) -> Browser:
    """A new browser, after the first factor."""
    browser = Browser(app)
    browser.get("/u/login")
    browser.submit("login-submit", username=EMAIL, password=password)
    return browser


def is_mail_enough(waiting: Browser) -> bool:
    """Whether a code by mail may stand in for the authenticator app that is asked for."""
    assert waiting.page.request.path == "/u/totp"
    offered = any("other=" in link for link in waiting.links)
    assert (waiting.get(SECOND_BY_MAIL).request.path == SECOND_BY_MAIL) is offered
    return offered


@pytest.mark.usefixtures("by_mail")
def test_the_mailbox_alone_does_not_pass_both(app: Flask, browser: Browser, seed: str, mails: Mails) -> None:
    choose(browser, mails)
    assert not is_mail_enough(enter(app, NEW))


@pytest.mark.usefixtures("by_mail")
def test_a_code_by_mail_stands_in_beside_a_password_that_was_proved_with_the_app(
    app: Flask, browser: Browser, seed: str, mails: Mails, clock: Any
) -> None:
    enter(app, PASSWORD).submit("totp-submit", code=code_of(seed))
    assert is_mail_enough(enter(app, PASSWORD))
    choose(browser, mails)
    assert not is_mail_enough(enter(app, NEW))
    clock.shift(60)
    enter(app, NEW).submit("totp-submit", code=code_of(seed))
    assert is_mail_enough(enter(app, NEW))


@pytest.mark.usefixtures("by_mail")
def test_a_password_set_by_who_came_in_by_mail_is_not_enough_either(app: Flask, seed: str, mails: Mails) -> None:
    enter(app, PASSWORD).submit("totp-submit", code=code_of(seed))
    set_policy(app, second_factor="off")
    thief = Browser(app)
    thief.get("/u/login", return_to="/account/password")
    thief.submit("login-mail", username=EMAIL)
    thief.submit("code-submit", code=code_in(mails()[0]))
    assert thief.page.request.path == "/u/totp"
    thief.get("/account/password")
    assert thief.page.request.path == "/u/totp"


@pytest.mark.usefixtures("by_mail")
def test_who_has_nothing_else_goes_on_by_mail(app: Flask, browser: Browser, mails: Mails) -> None:
    make_user(app)
    set_policy(app, second_factor="required")
    choose(browser, mails)
    waiting = enter(app, NEW)
    assert waiting.page.request.path == SECOND_BY_MAIL
    waiting.submit("code-submit", code=code_in(mails()[0]))
    assert waiting.client.get_cookie("idp_session") is not None
