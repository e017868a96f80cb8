"""Whom an address belongs to, if anybody, cannot be seen from an answer: text, status, headers and cookies are one."""

import re
from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask
from werkzeug.test import TestResponse

from idp.domain.credentials.passwords import remove_password
from idp.domain.lifecycle.users import block_user
from idp.domain.users.addresses import masked
from idp.domain.users.mails import KIND
from idp.domain.users.queries import get_user
from idp.infra.db import unit_of_work
from idp.infra.jobs import Depth, Worker, depth, list_kept
from idp.web.mails import handlers
from tests.support.browser import Browser
from tests.support.factories import make_user
from tests.support.protocol import forgive_refusals
from tests.support.second_factors import enrol_totp

WHO = ("known", "blocked", "passwordless", "unconfirmed", "withfactor", "nobody")


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(1_800_000_015, tick=False):
        yield


@pytest.fixture(autouse=True)
def people(app: Flask) -> None:
    for name in WHO[:-1]:
        user_id = make_user(app, address(name))
        if name == "withfactor":
            enrol_totp(app, user_id)
        with app.app_context(), unit_of_work():
            user = get_user(user_id)
            user.email_verified = name != "unconfirmed"
            if name == "passwordless":
                remove_password(user_id)
            if name == "blocked":
                block_user(user)


def address(name: str) -> str:
    return f"{name:x<14}@example.com"


#: What differs each time: the form's token, the name of what was mailed, and the reference of the answer.
FRESH = re.compile(r'csrf_token" value="[^"]*"|em1_[\w-]+|\b[0-9A-HJKMNP-TV-Z]{10}\b')


def normal(page: TestResponse, name: str) -> tuple[int, list[str], list[str], str]:
    """An answer without what differs each time, and without the address."""
    text = page.get_data(as_text=True).replace(address(name), "ADDRESS").replace(masked(address(name)), "ADDRESS")
    cookies = [re.sub(r"=[^;]*", "=", each, count=1) for each in page.headers.getlist("Set-Cookie")]
    kept = [f"{key}: {value}" for key, value in page.headers if key not in {"Set-Cookie", "Content-Length"}]
    return page.status_code, sorted(FRESH.sub("", each) for each in kept), cookies, FRESH.sub("", text)


def refused(app: Flask, name: str, tries: int) -> TestResponse:
    browser = Browser(app)
    browser.get("/u/login")
    for _ in range(tries):
        browser.submit("login-submit", username=address(name), password="wrong")
    return browser.page


@pytest.mark.parametrize(("tries", "status"), [(1, 422), (7, 429)], ids=["refused", "slowed down"])
def test_a_login_that_is_refused_reads_the_same(app: Flask, tries: int, status: int) -> None:
    seen = {}
    for name in WHO:
        forgive_refusals()
        page = refused(app, name, tries)
        assert page.status_code == status
        seen[name] = normal(page, name)
    for answer in seen.values():
        assert answer == seen["nobody"]


@pytest.mark.parametrize(
    ("path", "button", "field"),
    [("/u/reset-password", "reset-submit", "email"), ("/u/login", "login-mail", "username")],
    ids=["reset", "code by mail"],
)
def test_asking_for_a_mail_reads_the_same(app: Flask, path: str, button: str, field: str) -> None:
    seen = {}
    for name in WHO:
        forgive_refusals()
        browser = Browser(app)
        browser.get(path)
        browser.submit(button, **{field: address(name)})
        assert browser.page.status_code == 200
        seen[name] = normal(browser.page, name)
    for answer in seen.values():
        assert answer == seen["nobody"]


def test_a_sign_up_with_an_address_that_is_taken_reads_the_same_for_whoever_has_it(app: Flask) -> None:
    seen = {}
    for name in WHO[:-1]:
        forgive_refusals()
        browser = Browser(app)
        browser.get("/u/signup")
        browser.submit("signup-submit", email=address(name), password="another long and quiet sentence")
        assert browser.page.status_code == 200
        seen[name] = normal(browser.page, name)
    for answer in seen.values():
        assert answer == seen["known"]


def test_what_is_put_into_the_outbox_for_nobody_is_dropped(app: Flask) -> None:
    browser = Browser(app)
    browser.get("/u/reset-password")
    browser.submit("reset-submit", email=address("nobody"))
    with app.app_context():
        assert list_kept(KIND) == []
        assert depth().waiting > 0
    Worker(handlers(), app.app_context).run_until_empty()
    with app.app_context():
        assert depth() == Depth(waiting=0, dead=0)
