"""An address that nobody has confirmed is anybody's claim: what was set up before its owner comes is worth nothing.

Somebody makes an account with another person's address, adds a passkey and an authenticator app, and waits.
"""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from idp.domain.credentials.factors import enrolled_factors
from idp.domain.credentials.recovery_codes import count_recovery_codes
from idp.domain.events.models import Event
from idp.domain.users.queries import get_user
from idp.infra.db import db
from tests.login.conftest import link_in
from tests.login.test_email_code import ask as ask_for_code
from tests.login.test_email_code import code_in
from tests.login.test_passkey import give_passkey
from tests.login.test_reset import NEW
from tests.login.test_reset import ask as ask_for_reset
from tests.support.authenticator import Authenticator
from tests.support.browser import Browser
from tests.support.factories import EMAIL, PASSWORD
from tests.support.second_factors import enrol_totp, give_recovery_codes

Mails = Callable[[], list[Any]]
FACTORS = {"passkey", "totp", "recovery_code"}


def claim(app: Flask, browser: Browser) -> Authenticator:
    """Make an account with the address, and set up all there is; the passkey."""
    browser.get("/u/signup")
    browser.submit("signup-submit", email=EMAIL, password=PASSWORD)
    with app.app_context():
        user_id = get_user(EMAIL).id
    made = give_passkey(app, user_id)
    enrol_totp(app, user_id)
    give_recovery_codes(app, user_id)
    assert factors(app) == FACTORS
    return made


def factors(app: Flask) -> set[str]:
    with app.app_context():
        return set(enrolled_factors(get_user(EMAIL).id))


def by_reset(browser: Browser, mails: Mails) -> None:
    ask_for_reset(browser)
    browser.get(link_in(mails()[0].text))
    browser.submit("reset-submit", password=NEW)


def by_code(browser: Browser, mails: Mails) -> None:
    browser.get("/u/login", switch="1")
    ask_for_code(browser)
    browser.submit("code-submit", code=code_in(mails()[0]))


@pytest.mark.parametrize("prove", [by_reset, by_code])
def test_the_owner_of_the_address_puts_out_passkeys_and_the_rest(
    app: Flask, browser: Browser, mails: Mails, prove: Callable[[Browser, Mails], None]
) -> None:
    stranger = Browser(app)
    stranger.get("/u/login", lang="de")
    claim(app, stranger)
    prove(browser, mails)
    assert factors(app) == set()
    with app.app_context():
        assert get_user(EMAIL).email_verified
        assert count_recovery_codes(get_user(EMAIL).id) == 0
        gone = db.session.query(Event).filter_by(name="password.removed").count()
        assert gone == (prove is by_code)
    subjects = {mail.subject for mail in mails()}
    assert "The authenticator app was removed from your account" in subjects
    assert any(subject.startswith("A passkey was removed from your account") for subject in subjects)
    with app.app_context():
        assert get_user(EMAIL).language in {None, "en"}


@pytest.mark.parametrize("prove", [by_reset, by_code])
def test_on_the_device_where_it_was_set_up_all_stays(
    app: Flask, browser: Browser, mails: Mails, prove: Callable[[Browser, Mails], None]
) -> None:
    claim(app, browser)
    prove(browser, mails)
    assert factors(app) == FACTORS
    with app.app_context():
        assert get_user(EMAIL).email_verified
