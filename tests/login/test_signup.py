"""/u/signup: a newcomer is in the app at once; whoever tries somebody else's address changes nothing."""

from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from idp.domain.sessions.models import Session
from idp.domain.users.models import User
from idp.domain.users.queries import get_user
from idp.infra import clock
from idp.infra.db import db
from tests.login.conftest import Begin, link_in
from tests.support.browser import Browser
from tests.support.factories import EMAIL, PASSWORD, make_user

Mails = Callable[[], list[Any]]
OTHER = "purple elephants dance slowly"


def how_many(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(User)) or 0


@pytest.fixture
def at_form(begin: Begin) -> Browser:
    """At the sign-up page of the app."""
    return begin(screen_hint="signup")


def test_a_newcomer_is_in_the_app_at_once_and_gets_a_mail(app: Flask, at_form: Browser, mails: Mails) -> None:
    at_form.submit("signup-submit", email=EMAIL, password=PASSWORD)
    assert "code" in at_form.answer
    with app.app_context():
        assert not get_user(EMAIL).email_verified
    (mail,) = mails()
    assert (mail.to, mail.subject) == (EMAIL, "Confirm your e-mail address")
    assert "Welcome to Example App" in mail.text
    at_form.get(link_in(mail.text))
    at_form.submit("verify-submit")
    assert EMAIL in at_form.page.get_data(as_text=True)
    with app.app_context():
        assert get_user(EMAIL).email_verified


def test_who_asks_for_a_new_account_gets_one_whoever_is_signed_in(app: Flask, begin: Begin, browser: Browser) -> None:
    make_user(app)
    begin().submit("login-submit", username=EMAIL, password=PASSWORD)
    begin(prompt="create").submit("signup-submit", email="new@example.com", password=OTHER)
    assert "code" in browser.answer
    with app.app_context():
        sessions = select(User.email).join(Session, Session.user_id == User.id).where(Session.ended_at.is_(None))
        assert sorted(db.session.scalars(sessions)) == [EMAIL, "new@example.com"]


def test_the_login_page_offers_it_and_it_offers_the_login_page(begin: Begin) -> None:
    browser = begin()
    browser.get(next(link for link in browser.links if link.startswith("/u/signup")))
    assert "signup-submit" in browser.page.get_data(as_text=True)
    browser.get(next(link for link in browser.links if link.startswith("/u/login")))
    assert "login-submit" in browser.page.get_data(as_text=True)


def test_a_taken_address_changes_nothing_and_its_owner_is_told(app: Flask, at_form: Browser, mails: Mails) -> None:
    make_user(app)
    page = at_form.submit("signup-submit", email=EMAIL.upper(), password=OTHER)
    assert page.status_code == 200
    assert "Check your e-mail" in page.get_data(as_text=True)
    assert at_form.client.get_cookie("idp_session") is None
    (mail,) = mails()
    assert mail.subject == "You already have an account"
    assert mail.to == EMAIL
    login = Browser(app)
    login.get("/u/login")
    assert login.submit("login-submit", username=EMAIL, password=OTHER).status_code == 422
    assert how_many(app) == 1


def test_the_owner_of_a_taken_address_who_knows_the_password_just_goes_on(app: Flask, at_form: Browser) -> None:
    make_user(app)
    at_form.submit("signup-submit", email=EMAIL, password=PASSWORD)
    assert "code" in at_form.answer


def test_sign_up_is_no_way_around_the_throttle_of_the_login(app: Flask, at_form: Browser) -> None:
    make_user(app)
    form = at_form.forms[0]
    # The sixth failure costs a second: none goes by, however slow the machine is
    with time_machine.travel(clock.now(), tick=False):
        for number in range(6):
            at_form.post(form.action, {**form.fields, "email": EMAIL, "password": f"{OTHER} {number}"})
        at_form.post(form.action, {**form.fields, "email": EMAIL, "password": PASSWORD})
    assert at_form.client.get_cookie("idp_session") is None
    assert "Check your e-mail" in at_form.page.get_data(as_text=True)


def test_the_owner_gets_few_mails_however_often_it_is_tried(app: Flask, at_form: Browser, mails: Mails) -> None:
    make_user(app)
    form = at_form.forms[0]
    for number in range(8):
        at_form.post(form.action, {**form.fields, "email": EMAIL, "password": f"{OTHER} {number}"})
    assert len(mails()) == 3


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("", "at least 15 characters"),
        ("only fourteen.", "This one has 14"),
        ("ada@example.com ada", "others would try first"),
        ("passwordpassword", "tried first"),
        ("a" * 2000, "at most 1024 bytes"),
        ("😀" * 300, "at most 1024 bytes"),
    ],
)
def test_a_weak_password_is_told_at_the_field_and_the_address_is_kept(
    app: Flask, at_form: Browser, password: str, reason: str
) -> None:
    page = at_form.submit("signup-submit", email=EMAIL, password=password)
    text = page.get_data(as_text=True)
    assert page.status_code == 422
    assert reason in text
    assert 'id="password-error"' in text
    assert f'value="{EMAIL}"' in text
    assert how_many(app) == 0


@pytest.mark.parametrize("password", ["x" * 7 + " zebra " + "y" * 50, "fifteen letters", "😀 zebra 😃 piano 😄 lamp"])
def test_spaces_length_and_any_letters_are_fine(app: Flask, at_form: Browser, password: str) -> None:
    at_form.submit("signup-submit", email=EMAIL, password=password)
    assert how_many(app) == 1


@pytest.mark.parametrize(
    "email",
    [
        "",
        "ada",
        "a@b@example.com",
        "a@" + "x" * 300 + ".com",
        "ada@example.com\r\nBcc: eve@example.com",
        "ada@example.com\nSubject: hi",
        "Ada <ada@example.com>",
        "ada@example.com, eve@example.com",
        "ada@[127.0.0.1]",
        "\u202eada@example.com",
    ],
)
def test_what_is_no_single_plain_address_is_refused_and_gets_no_mail(
    app: Flask, at_form: Browser, mails: Mails, email: str
) -> None:
    page = at_form.submit("signup-submit", email=email, password=PASSWORD)
    assert page.status_code == 422
    assert 'id="email-error"' in page.get_data(as_text=True)
    assert how_many(app) == 0
    assert mails() == []


@pytest.mark.parametrize(
    ("first", "second"),
    [("ada@example.com", "ADA@Example.COM"), ("office@example.com", "o\ufb03ce@example.com")],
)
def test_two_spellings_of_an_address_are_one_account(app: Flask, begin: Begin, first: str, second: str) -> None:
    for email in (first, second):
        browser = begin(Browser(app), screen_hint="signup")
        browser.submit("signup-submit", email=email, password=PASSWORD)
    assert how_many(app) == 1


def test_a_form_sent_twice_makes_one_account_and_gets_in(app: Flask, at_form: Browser, mails: Mails) -> None:
    form = at_form.forms[0]
    data = {**form.fields, "email": EMAIL, "password": PASSWORD}
    first = at_form.client.post(form.action, base_url="http://localhost:8000", data=data)
    at_form.post(form.action, data)
    assert first.status_code == 303
    assert "code" in at_form.answer
    assert how_many(app) == 1
    assert len(mails()) == 1


def test_many_accounts_from_one_address_are_slowed_down(app: Flask, at_form: Browser) -> None:
    form = at_form.forms[0]
    statuses = set()
    for _ in range(61):
        page = at_form.client.post(
            form.action,
            base_url="http://localhost:8000",
            data={**form.fields, "email": EMAIL, "password": PASSWORD, "x": ""},
        )
        statuses.add(page.status_code)
        if page.status_code == 429:
            assert int(page.headers["Retry-After"]) > 0
    assert 429 in statuses


def test_where_sign_up_is_closed_there_is_no_way_in(app: Flask, begin: Begin, browser: Browser) -> None:
    open_settings = app.config["IDP"]
    app.config["IDP"] = open_settings.model_copy(update={"signup_enabled": False})
    try:
        state = begin().state
        assert not [link for link in browser.links if "signup" in link]
        token = browser.forms[0].fields["csrf_token"]
        browser.get("/u/signup", state=state)
        assert "Ask them for one" in browser.page.get_data(as_text=True)
        assert browser.forms[0].buttons.keys() >= {"login-submit"}
        data = {"csrf_token": token, "email": EMAIL, "password": PASSWORD}
        assert browser.post(f"/u/signup?state={state}", data).status_code == 404
    finally:
        app.config["IDP"] = open_settings
    assert how_many(app) == 0


def test_without_an_app_a_newcomer_is_signed_in_here(browser: Browser) -> None:
    browser.get("/u/signup")
    page = browser.submit("signup-submit", email=EMAIL, password=PASSWORD)
    assert "You are signed in" in page.get_data(as_text=True)
