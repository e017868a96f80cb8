"""/u/verify-email: only the button of whoever reads the address confirms it, once."""

from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from flask import Flask

from idp.domain.users.addresses import email_key
from idp.domain.users.queries import get_user
from idp.domain.users.tickets import LIFETIMES
from idp.infra import clock
from idp.infra.db import unit_of_work
from tests.login.conftest import Begin, link_in
from tests.support.browser import Browser
from tests.support.factories import EMAIL, PASSWORD, make_user

Mails = Callable[[], list[Any]]


@pytest.fixture
def link(begin: Begin, mails: Mails) -> str:
    """The link of somebody who just signed up."""
    begin(screen_hint="signup").submit("signup-submit", email=EMAIL, password=PASSWORD)
    return link_in(mails()[0].text)


def is_verified(app: Flask) -> bool:
    with app.app_context():
        return get_user(EMAIL).email_verified


def test_a_mail_scanner_that_opens_the_link_confirms_nothing(app: Flask, link: str) -> None:
    assert Browser(app).get(link).status_code == 200
    assert not is_verified(app)


def test_the_button_confirms_once_and_the_link_says_so_afterwards(app: Flask, browser: Browser, link: str) -> None:
    browser.get(link)
    form = browser.forms[0]
    assert "confirmed" in browser.submit("verify-submit").get_data(as_text=True)
    assert is_verified(app)
    assert browser.post(form.action, form.fields).status_code == 400
    assert "confirmed" in browser.get(link).get_data(as_text=True)


def test_it_works_in_a_browser_where_nobody_is_signed_in(app: Flask, link: str) -> None:
    telephone = Browser(app)
    telephone.get(link)
    telephone.submit("verify-submit")
    assert is_verified(app)


def test_somebody_else_who_is_signed_in_cannot_confirm_it(app: Flask, link: str, begin: Begin) -> None:
    make_user(app, "other@example.com")
    other = begin(Browser(app))
    other.submit("login-submit", username="other@example.com", password=PASSWORD)
    assert other.get(link).status_code == 400
    other.get("/u/login", switch="1")
    token = other.forms[0].fields["csrf_token"]
    assert other.post(link, {"csrf_token": token}).status_code == 400
    assert not is_verified(app)


def test_an_old_address_cannot_be_confirmed_any_more(app: Flask, browser: Browser, link: str) -> None:
    with app.app_context(), unit_of_work():
        user = get_user(EMAIL)
        user.email, user.email_key = "new@example.com", email_key("new@example.com")
    token = "csrf_token"  # the page shows no form any more, so one is taken from another
    browser.get("/u/reset-password")
    data = {token: browser.forms[0].fields[token]}
    assert browser.get(link).status_code == 400
    assert browser.post(link, data).status_code == 400
    with app.app_context():
        assert not get_user("new@example.com").email_verified


def test_a_link_too_old_says_so(browser: Browser, link: str) -> None:
    with time_machine.travel(clock.now() + LIFETIMES["verify_email"] + 1):
        assert browser.get(link).status_code == 400


@pytest.mark.parametrize("ticket", ["", "x", "ve1_" + "A" * 43, "\0"])
def test_an_invented_link_is_told_calmly(browser: Browser, ticket: str) -> None:
    assert browser.get("/u/verify-email", ticket=ticket).status_code == 400
