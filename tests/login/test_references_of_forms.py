"""A form that is refused shows a reference, quietly, which finds the reason; what a field says of itself has none."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from idp.domain.credentials.passwords import pair_password
from idp.domain.lifecycle.users import block_user
from idp.domain.users.queries import get_user
from idp.infra.db import unit_of_work
from tests.login.conftest import Begin
from tests.login.test_email_code import ask, code_in, wrong
from tests.login.test_passkey import give_passkey, press
from tests.login.test_references import has_reference_line, shows_its_reference, told
from tests.support.browser import Browser
from tests.support.factories import EMAIL, PASSWORD, make_user
from tests.support.second_factors import enrol_totp, give_recovery_codes, set_policy

Mails = Callable[[], list[Any]]


@pytest.fixture
def user_id(app: Flask) -> str:
    return make_user(app)


@pytest.fixture
def second(app: Flask, begin: Begin, user_id: str) -> Browser:
    """Ada before her second step, of which she has each."""
    set_policy(app, second=("passkey", "totp", "email_code", "recovery_code"), second_factor="required")
    enrol_totp(app, user_id)
    give_recovery_codes(app, user_id)
    give_passkey(app, user_id)
    with app.app_context(), unit_of_work():
        pair_password(user_id)  # or no code by mail could stand in for these
    return signed_in(begin())


def signed_in(browser: Browser) -> Browser:
    browser.submit("login-submit", username=EMAIL, password=PASSWORD)
    return browser


def finds(app: Flask, browser: Browser, check: str) -> None:
    """The page shows a reference, and the log has the reason under it."""
    assert browser.page.status_code in {422, 429}
    assert has_reference_line(browser)
    assert shows_its_reference(browser)
    assert told(app, browser)["check"] == check


@pytest.mark.parametrize(
    ("page", "button", "check"),
    [
        ("/u/totp", "totp-submit", "totp"),
        ("/u/recovery-code", "recovery-submit", "recovery_code"),
        ("/u/email-code/second", "code-submit", "code"),
    ],
)
def test_a_wrong_code_of_a_second_step_and_too_many(
    app: Flask, second: Browser, page: str, button: str, check: str
) -> None:
    second.get(page, state=second.state)
    second.submit(button, code="000 000")
    finds(app, second, check)
    while second.page.status_code != 429:
        second.submit(button, code="000 000")
    finds(app, second, "failures before")


def test_a_passkey_that_is_not_accepted(app: Flask, second: Browser, begin: Begin) -> None:
    second.get("/u/passkey", state=second.state)
    second.submit("passkey-submit", credential="{}")
    finds(app, second, "passkey")
    other = begin(Browser(app))
    other.submit("passkey-sign-in", credential="{}")
    finds(app, other, "passkey")
    assert "login-submit" in other.page.text


def test_a_person_who_is_blocked_whatever_the_way_in(app: Flask, begin: Begin, user_id: str, mails: Mails) -> None:
    made = give_passkey(app, user_id)
    mailed, passkey = begin(Browser(app)), begin(Browser(app))
    ask(mailed)
    with app.app_context(), unit_of_work():
        block_user(get_user(user_id))
    press(passkey, made)
    finds(app, passkey, "standing")
    mailed.submit("code-submit", code=code_in(mails()[0]))
    finds(app, mailed, "standing")
    assert mailed.page.text.count("This account is blocked") == 1


def test_a_code_by_mail(app: Flask, begin: Begin, user_id: str, mails: Mails) -> None:
    browser = begin()
    ask(browser)
    code = code_in(mails()[0])
    for _ in range(5):
        browser.submit("code-submit", code=wrong(code))
        finds(app, browser, "code")


@pytest.mark.parametrize("who", [EMAIL, "nobody@example.com"])
def test_a_mail_that_is_asked_for_too_early(app: Flask, begin: Begin, user_id: str, who: str) -> None:
    browser = begin()
    ask(browser, who)
    browser.submit("resend")
    finds(app, browser, "mails to one address")
    for _ in range(10):
        ask(browser := begin(Browser(app)), who)
    finds(app, browser, "mails to one address")


def test_an_app_that_shows_another_code_when_it_is_set_up(app: Flask, begin: Begin, user_id: str) -> None:
    set_policy(app, second=("totp",), second_factor="required")
    browser = signed_in(begin())
    browser.submit("totp-set-up-submit", code="000000")
    finds(app, browser, "totp")


def test_an_address_that_is_not_confirmed_yet(app: Flask, begin: Begin, user_id: str) -> None:
    set_policy(app, verified_email=True)
    with app.app_context(), unit_of_work():
        get_user(user_id).email_verified = False
    browser = signed_in(begin())
    browser.submit("check")
    finds(app, browser, "address")
    browser.submit("resend")
    finds(app, browser, "mails to one address")


def test_a_reset_that_is_asked_for_too_often(app: Flask, browser: Browser) -> None:
    for _ in range(6):
        browser.get("/u/reset-password")
        browser.submit("reset-submit", email=EMAIL)
    assert browser.page.status_code == 429
    assert shows_its_reference(browser)
    assert told(app, browser)["check"] == "mails to one address"


@pytest.mark.parametrize(
    ("page", "button", "typed"),
    [
        ("/u/login", "login-submit", {"username": "ada", "password": ""}),
        ("/u/login", "login-mail", {"username": "ada"}),
        ("/u/signup", "signup-submit", {"email": "ada", "password": "short"}),
        ("/u/reset-password", "reset-submit", {"email": "ada"}),
    ],
)
def test_what_a_field_says_of_itself_has_none(browser: Browser, page: str, button: str, typed: dict[str, str]) -> None:
    browser.get(page)
    browser.submit(button, **typed)
    assert browser.page.status_code == 422
    assert not has_reference_line(browser)


def test_a_page_that_is_an_answer_has_none(begin: Begin) -> None:
    assert not has_reference_line(begin())
