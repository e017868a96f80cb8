"""Sign-up where passwords are off: the address alone is asked for, and what is mailed there is the way in."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from idp.domain.credentials.passwords import has_password
from idp.domain.lifecycle.invitations import find_invitation, invite
from idp.domain.users.models import User
from idp.domain.users.queries import get_user
from idp.infra.db import db, unit_of_work
from idp.login import signup
from tests.login.conftest import Begin, link_in
from tests.login.test_email_code import code_in
from tests.support.browser import Browser
from tests.support.factories import EMAIL, PASSWORD, make_user
from tests.support.second_factors import set_policy

Mails = Callable[[], list[Any]]


def how_many(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(User)) or 0


def text(browser: Browser) -> str:
    return browser.page.get_data(as_text=True)


@pytest.fixture
def mail_only(app: Flask) -> None:
    set_policy(app, first=("email_code", "magic_link"))


def test_a_newcomer_types_an_address_and_the_code_that_came_there(
    app: Flask, mail_only: None, begin: Begin, mails: Mails
) -> None:
    browser = begin(screen_hint="signup")
    assert "password" not in browser.forms[0].fields
    browser.submit("signup-submit", email=EMAIL)
    (mail,) = mails()
    assert mail.to == EMAIL
    browser.submit("code-submit", code=code_in(mail))
    assert "code" in browser.answer
    with app.app_context():
        user = get_user(EMAIL)
        assert user.email_verified
        assert not has_password(user.id)


def test_the_link_does_it_too(app: Flask, begin: Begin, mails: Mails) -> None:
    set_policy(app, first=("magic_link",))
    browser = begin(screen_hint="signup")
    browser.submit("signup-submit", email=EMAIL)
    browser.get(link_in(mails()[0].text))
    browser.submit("link-submit")
    assert "code" in browser.answer


def test_a_taken_address_gets_the_same_answer_and_no_second_account(
    app: Flask, mail_only: None, begin: Begin, mails: Mails
) -> None:
    make_user(app)
    browser = begin(screen_hint="signup")
    browser.submit("signup-submit", email=EMAIL.upper())
    assert browser.page.request.path == "/u/email-code"
    assert how_many(app) == 1
    browser.submit("code-submit", code=code_in(mails()[0]))
    assert "code" in browser.answer


def test_a_password_sent_all_the_same_is_not_kept(app: Flask, mail_only: None, begin: Begin) -> None:
    browser = begin(screen_hint="signup")
    browser.post(browser.forms[0].action, {**browser.forms[0].fields, "email": EMAIL, "password": PASSWORD})
    assert browser.page.request.path == "/u/email-code"
    with app.app_context():
        assert not has_password(get_user(EMAIL).id)


def test_what_is_no_address_is_told_at_the_field(app: Flask, mail_only: None, begin: Begin, mails: Mails) -> None:
    browser = begin(screen_hint="signup")
    browser.submit("signup-submit", email="nobody")
    assert browser.page.status_code == 422
    assert how_many(app) == 0
    assert mails() == []


def test_where_nobody_can_make_one_no_page_offers_it(
    app: Flask, begin: Begin, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = begin().forms[0].fields["csrf_token"]
    set_policy(app, first=("passkey",))
    monkeypatch.setattr(signup, "are_possible", lambda: False)  # as where the issuer is an address
    begin()
    assert not [link for link in browser.links if "signup" in link]
    state = browser.state
    browser.get("/u/signup", state=state)
    assert "Ask them for one" in text(browser)
    data = {"csrf_token": token, "email": EMAIL, "password": PASSWORD}
    assert browser.post(f"/u/signup?state={state}", data).status_code == 404
    assert how_many(app) == 0


def test_an_invitation_is_not_spent_by_a_password_where_they_are_off(
    app: Flask, mail_only: None, browser: Browser
) -> None:
    with app.app_context(), unit_of_work():
        _, url = invite(EMAIL, None)
    ticket = url.partition("ticket=")[2]
    browser.get(f"/u/invitation?ticket={ticket}")
    token = browser.forms[0].fields["csrf_token"]
    browser.post(f"/u/invitation?ticket={ticket}", {"csrf_token": token, "password": PASSWORD})
    with app.app_context():
        assert find_invitation(ticket) is not None
        assert not has_password(get_user(EMAIL).id)
    browser.submit("invitation-later")
    assert browser.page.request.path == "/account"
