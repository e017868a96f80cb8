"""/u/login: who gets in, and what everybody else can learn (nothing)."""

import re
from typing import Any

import pytest
import time_machine
from flask import Flask

from idp.domain.events.models import Event
from idp.domain.lifecycle.users import block_user
from idp.domain.users.accounts import create_user
from idp.domain.users.queries import get_user
from idp.infra import clock
from idp.infra.db import db, unit_of_work
from tests.login.conftest import Begin
from tests.support.browser import ORIGIN, Browser
from tests.support.factories import EMAIL, PASSWORD, make_user

WRONG = "not the right password at all"


def events(app: Flask, name: str) -> list[Any]:
    with app.app_context():
        return list(db.session.query(Event).filter_by(name=name))


def session_cookie(browser: Browser) -> str | None:
    cookie = browser.client.get_cookie("idp_session")
    return cookie.value if cookie else None


def without_what_differs_by_nature(page: Any) -> tuple[int, str, list[tuple[str, str]]]:
    own = {"X-Request-Id", "Date", "Content-Length"}
    body = re.sub(r'value="[^"]*"|state=[\w-]+', "", page.get_data(as_text=True))
    body = body.replace(page.headers["X-Request-Id"], "")
    headers = sorted((name, value) for name, value in page.headers if name not in own)
    return page.status_code, body, headers


def test_the_right_password_leads_to_the_app_with_a_code(app: Flask, begin: Begin, browser: Browser) -> None:
    user_id = make_user(app)
    begin().submit("login-submit", username=f"  {EMAIL.upper()} ", password=PASSWORD)
    assert browser.answer["state"] == "xyz"
    assert browser.answer["code"]
    assert [event.user_id for event in events(app, "login.succeeded")] == [user_id]


def test_unknown_wrong_blocked_and_passwordless_users_get_one_answer(app: Flask, begin: Begin) -> None:
    make_user(app)
    make_user(app, "blocked@example.com")
    with app.app_context(), unit_of_work():
        block_user(get_user("blocked@example.com"))
        create_user("passwordless@example.com")
    pages = []
    for who in (EMAIL, "nobody@example.com", "blocked@example.com", "passwordless@example.com"):
        page = begin(Browser(app)).submit("login-submit", username=who, password=WRONG)
        pages.append(without_what_differs_by_nature(page))
    assert pages[0][0] == 422
    assert pages[1:] == pages[:1] * 3
    reasons = [event.details["reason"] for event in events(app, "login.failed")]
    assert reasons == ["wrong password", "unknown user", "wrong password", "wrong password"]


def test_a_blocked_user_who_knows_the_password_is_told_in_plain_words(app: Flask, begin: Begin) -> None:
    make_user(app)
    with app.app_context(), unit_of_work():
        block_user(get_user(EMAIL))
    browser = begin()
    page = browser.submit("login-submit", username=EMAIL, password=PASSWORD)
    assert page.status_code == 422
    assert "This account is blocked" in page.get_data(as_text=True)
    assert session_cookie(browser) is None


def test_guessing_is_slowed_down_and_the_page_says_how_long_and_offers_a_reset(app: Flask, begin: Begin) -> None:
    make_user(app)
    with time_machine.travel(1_800_000_000, tick=False):
        browser = begin()
        statuses = [browser.submit("login-submit", username=EMAIL, password=WRONG).status_code for _ in range(7)]
        page = browser.submit("login-submit", username=EMAIL, password=PASSWORD)
    assert statuses == [422] * 5 + [429] * 2
    assert page.status_code == 429
    assert int(page.headers["Retry-After"]) >= 1
    text = page.get_data(as_text=True)
    assert "Wait 1 second" in text
    assert "/u/reset-password?state=" in text
    assert len(events(app, "login.throttled")) == 3


def test_the_owner_gets_in_from_a_known_device_whatever_others_do(app: Flask, begin: Begin, browser: Browser) -> None:
    make_user(app)
    begin().submit("login-submit", username=EMAIL, password=PASSWORD)
    attacker = begin(Browser(app))
    with time_machine.travel(clock.now(), tick=False):  # the first wait is a second
        for _ in range(6):
            attacker.submit("login-submit", username=EMAIL, password=WRONG)
    assert attacker.page.status_code == 429
    browser.client.delete_cookie("idp_session")
    begin().submit("login-submit", username=EMAIL, password=PASSWORD)
    assert "code" in browser.answer


def test_the_session_id_is_new_at_login_and_the_old_one_is_dead(app: Flask, begin: Begin, browser: Browser) -> None:
    make_user(app)
    begin().submit("login-submit", username=EMAIL, password=PASSWORD)
    first = session_cookie(browser)
    begin(prompt="login").submit("login-submit", username=EMAIL, password=PASSWORD)
    second = session_cookie(browser)
    assert first
    assert second
    assert first != second
    thief = Browser(app)
    thief.client.set_cookie("idp_session", first)
    assert "login-submit" in thief.get("/u/login").get_data(as_text=True)


def test_a_session_id_planted_before_login_is_never_taken(app: Flask, begin: Begin, browser: Browser) -> None:
    make_user(app)
    planted = "se1_" + "A" * 43
    browser.client.set_cookie("idp_session", planted)
    begin().submit("login-submit", username=EMAIL, password=PASSWORD)
    assert session_cookie(browser) not in {None, planted}


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:8000.evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_credentials_posted_from_elsewhere_are_refused(app: Flask, begin: Begin, headers: dict[str, str]) -> None:
    make_user(app)
    browser = begin()
    data = {**browser.forms[0].fields, "username": EMAIL, "password": PASSWORD}
    page = browser.post(browser.forms[0].action, data, **headers)
    assert page.status_code == 403
    assert session_cookie(browser) is None


@pytest.mark.parametrize("token", ["", "wrong", None])
def test_a_form_needs_the_token_of_this_browser(app: Flask, begin: Begin, token: str | None) -> None:
    make_user(app)
    browser = begin()
    data = {"username": EMAIL, "password": PASSWORD} | ({} if token is None else {"csrf_token": token})
    assert browser.post(browser.forms[0].action, data).status_code == 403
    assert session_cookie(browser) is None


def test_the_token_of_another_browser_is_foreign(app: Flask, begin: Begin) -> None:
    make_user(app)
    foreign = begin(Browser(app)).forms[0].fields["csrf_token"]
    browser = begin()
    data = {"username": EMAIL, "password": PASSWORD, "csrf_token": foreign}
    assert browser.post(browser.forms[0].action, data).status_code == 403


@pytest.mark.parametrize("path", ["/u/login", "/u/signup", "/u/consent", "/u/reset-password", "/u/verify-email"])
def test_no_page_takes_a_form_without_a_token(app: Flask, browser: Browser, path: str) -> None:
    assert browser.post(path, {"username": EMAIL, "password": PASSWORD, "email": EMAIL}).status_code == 403


@pytest.mark.parametrize(
    "password",
    ["", "😀" * 200, "x" * 1025, "é" * 2000, " " * 20],
    ids=["empty", "200 emoji", "1025 bytes", "4000 bytes", "spaces"],
)
def test_odd_passwords_are_wrong_and_nothing_worse(app: Flask, begin: Begin, password: str) -> None:
    make_user(app)
    assert begin().submit("login-submit", username=EMAIL, password=password).status_code == 422


def test_a_megabyte_is_too_large(app: Flask, begin: Begin) -> None:
    make_user(app)
    assert begin().submit("login-submit", username=EMAIL, password="x" * 2**20).status_code == 413


def test_passwords_are_not_cut_and_their_unicode_form_does_not_matter(app: Flask, begin: Begin) -> None:
    start = "x y z " * 12
    make_user(app, password=start + "\u00e9nd a")
    assert begin(Browser(app)).submit("login-submit", username=EMAIL, password=start + "\u00e9nd b").status_code == 422
    browser = begin()
    browser.submit("login-submit", username=EMAIL, password=start + "e\u0301nd a")
    assert "code" in browser.answer


@pytest.mark.parametrize(
    "username",
    ["a'--@x", "{{7*7}}@x", "%n@x", "a@x\r\nSet-Cookie: a=b", "\x1b[31m@x", "@" * 5000, "<script>@x", "😀@x"],
)
def test_odd_usernames_are_inert_and_logged_once(app: Flask, begin: Begin, username: str) -> None:
    page = begin().submit("login-submit", username=username, password=WRONG)
    assert page.status_code == 422
    text = page.get_data(as_text=True)
    assert "49@x" not in text
    assert "<script>@x" not in text
    assert "Set-Cookie: a=b" not in str(page.headers)
    failed = events(app, "login.failed")
    assert len(failed) == 1
    assert failed[0].details["reason"] == "unknown user"
    assert username not in str(failed[0].details)


@pytest.mark.parametrize("field", ["username", "password"])
def test_a_field_sent_twice_is_refused(app: Flask, begin: Begin, field: str) -> None:
    make_user(app)
    browser = begin()
    data: dict[str, Any] = {**browser.forms[0].fields, "username": EMAIL, "password": PASSWORD}
    data[field] = [data[field], data[field]]
    assert browser.post(browser.forms[0].action, data).status_code == 400


def test_json_is_no_form(app: Flask, begin: Begin) -> None:
    browser = begin()
    page = browser.client.post(
        browser.forms[0].action, base_url=ORIGIN, json={"username": ["a"], "password": {"b": 1}, "csrf_token": 5}
    )
    assert page.status_code == 403


def test_what_is_missing_is_said_at_the_field_and_the_rest_is_kept(begin: Begin) -> None:
    page = begin().submit("login-submit", username="maria", password="")
    text = page.get_data(as_text=True)
    assert page.status_code == 422
    assert 'id="username-error"' in text
    assert 'id="password-error"' in text
    assert 'value="maria"' in text


def test_the_hint_of_the_app_stands_in_the_field(begin: Begin) -> None:
    assert 'value="ada@example.com"' in begin(login_hint=EMAIL).page.get_data(as_text=True)


def test_cancelling_tells_the_app(begin: Begin, browser: Browser) -> None:
    begin().submit("cancel")
    assert browser.answer["error"] == "access_denied"
    assert browser.answer["state"] == "xyz"


def test_a_form_sent_twice_gets_in_once_and_the_second_answer_leads_to_the_app(
    app: Flask, begin: Begin, browser: Browser
) -> None:
    make_user(app)
    form = begin().forms[0]
    data = {**form.fields, "username": EMAIL, "password": PASSWORD}
    browser.post(form.action, data)
    assert "code" in browser.answer
    page = browser.post(form.action, data)
    assert page.status_code == 400
    assert browser.links == ["https://app.example.com/"]


def test_the_page_may_send_its_form_on_to_the_app(begin: Begin) -> None:
    policy = begin().page.headers["Content-Security-Policy"]
    assert policy.endswith("form-action 'self' https:")


def test_no_password_is_in_the_audit_log(app: Flask, begin: Begin) -> None:
    make_user(app)
    begin().submit("login-submit", username=PASSWORD + "@", password=PASSWORD)
    with app.app_context():
        assert PASSWORD not in str([(e.details, e.name, e.user_agent) for e in db.session.query(Event)])
