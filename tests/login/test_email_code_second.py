"""/u/email-code/second: a code by mail as the second step, where the policy takes it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from flask import Flask

from idp.domain.credentials.email_codes import PAUSE
from idp.domain.tenant.login_policy import change_login_policy
from idp.domain.tokens.models import AuthorizationCode, TokenGrant
from idp.infra import clock
from idp.infra.db import db, unit_of_work
from tests.login.conftest import Begin
from tests.login.test_email_code import code_in, text, wrong
from tests.support.browser import Browser
from tests.support.factories import EMAIL, PASSWORD, make_user

Mails = Callable[[], list[Any]]


@pytest.fixture(autouse=True)
def user_id(app: Flask) -> Iterator[str]:
    """Somebody with a confirmed address, where a second step is required of all."""
    with app.app_context(), unit_of_work():
        change_login_policy(second=("totp", "email_code"), second_factor="required")
    yield make_user(app)
    with app.app_context(), unit_of_work():
        change_login_policy(second=("passkey", "totp", "recovery_code"), second_factor="optional")


@pytest.fixture
def waiting(begin: Begin) -> Browser:
    """A browser whose password was right."""
    browser = begin()
    browser.submit("login-submit", username=EMAIL, password=PASSWORD)
    return browser


def test_the_mail_is_sent_once_and_its_code_signs_in(waiting: Browser, mails: Mails) -> None:
    assert waiting.page.request.path == "/u/email-code/second"
    waiting.get(waiting.page.request.full_path)
    (mail,) = mails()
    waiting.submit("code-submit", code=code_in(mail))
    assert waiting.answer["code"]


def test_the_app_is_told_of_two_factors(app: Flask, waiting: Browser, mails: Mails) -> None:
    waiting.submit("code-submit", code=code_in(mails()[0]))
    with app.app_context():
        code = db.session.query(AuthorizationCode).one()
        grant = db.session.get(TokenGrant, code.grant_id)
        assert grant is not None
        assert set(grant.amr) == {"pwd", "otp", "mfa"}


def test_wrong_codes_are_counted_with_the_other_second_steps(waiting: Browser, mails: Mails) -> None:
    code = code_in(mails()[0])
    for _ in range(8):
        waiting.submit("code-submit", code=wrong(code))
    assert waiting.page.status_code == 429
    assert "Wait" in text(waiting.page)


def test_another_is_sent_after_a_pause(waiting: Browser, mails: Mails) -> None:
    assert waiting.submit("resend").status_code == 429
    old = code_in(mails()[0])
    with time_machine.travel(clock.now() + PAUSE + 1):
        waiting.submit("resend")
        assert len(mails()) == 2
        assert waiting.submit("code-submit", code=old).status_code == 422
        waiting.submit("code-submit", code=code_in(mails()[0]))
    assert waiting.answer["code"]


def test_a_code_for_the_first_step_is_not_one_for_the_second(begin: Begin, waiting: Browser, mails: Mails) -> None:
    second = waiting.page.request.full_path
    begin()
    waiting.submit("login-mail", username=EMAIL)
    first = code_in(mails()[0])
    waiting.get(second)
    assert waiting.submit("code-submit", code=first).status_code in {200, 400, 422}
    assert waiting.elsewhere is None


def test_whose_password_was_not_right_is_mailed_nothing(app: Flask, mails: Mails) -> None:
    browser = Browser(app)
    browser.get("/u/email-code/second")
    assert browser.page.request.path == "/u/login"
    assert mails() == []


def test_who_came_in_by_mail_is_not_asked_for_the_same_again(begin: Begin, mails: Mails) -> None:
    browser = begin()
    browser.submit("login-mail", username=EMAIL)
    browser.submit("code-submit", code=code_in(mails()[0]))
    assert browser.page.request.path != "/u/email-code/second"
    assert browser.elsewhere is None
    assert len(mails()) == 1
