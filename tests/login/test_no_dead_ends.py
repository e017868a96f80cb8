"""A page that is too old, finished elsewhere, or opened in another browser: one button that works, never an error."""

import html
import re
from typing import Any

import pytest
import time_machine
from flask import Flask

from idp.domain.clients.models import ClientRecord
from idp.domain.clients.registration import update_client
from idp.domain.interactions.progress import KEPT_SECONDS, LIFETIME_SECONDS
from idp.domain.lifecycle.clients import delete_client
from idp.infra import clock
from idp.infra.db import db, unit_of_work
from idp.web.return_paths import safe_path
from tests.login.conftest import Begin
from tests.support.browser import ORIGIN, Browser
from tests.support.factories import CALLBACK, EMAIL, PASSWORD, App, make_user

STEPS = ["/u/login", "/u/signup", "/u/consent"]


def the_button(browser: Browser) -> str:
    """Where the one button of an expired page leads; beside it there are only the app's own links in the footer."""
    text = browser.page.get_data(as_text=True)
    assert text.count('id="expired-continue"') == 1
    (button,) = re.findall(r'<a class="button"[^>]*id="expired-continue"[^>]*href="([^"]+)"', text)
    target = html.unescape(button)
    assert text.partition('id="expired-continue"')[2].partition("<footer")[0].count("<a ") == 0
    return target


@pytest.mark.parametrize("step", STEPS)
def test_an_expired_page_starts_its_own_request_again(app: Flask, begin: Begin, browser: Browser, step: str) -> None:
    make_user(app)
    state = begin().state
    with time_machine.travel(clock.now() + LIFETIME_SECONDS + 1):
        assert browser.get(step, state=state).status_code == 400
        browser.get(the_button(browser))
        assert browser.state != state
        browser.submit("login-submit", username=EMAIL, password=PASSWORD)
    assert browser.answer["state"] == "xyz"


def test_a_form_sent_too_late_leads_back_to_a_form_that_works(app: Flask, begin: Begin, browser: Browser) -> None:
    make_user(app)
    begin()
    with time_machine.travel(clock.now() + LIFETIME_SECONDS + 1):
        browser.submit("login-submit", username=EMAIL, password=PASSWORD)
        assert browser.client.get_cookie("idp_session") is None
        browser.get(the_button(browser))
        browser.submit("login-submit", username=EMAIL, password=PASSWORD)
    assert "code" in browser.answer


@pytest.mark.parametrize("page", [*STEPS, "/authorize/resume"])
@pytest.mark.parametrize("button", ["login-submit", "cancel"])
def test_a_page_finished_in_another_tab_leads_to_the_app_and_answers_it_no_more(
    app: Flask, begin: Begin, browser: Browser, button: str, page: str
) -> None:
    make_user(app)
    state = begin().state
    browser.submit(button, username=EMAIL, password=PASSWORD)
    assert browser.answer["state"] == "xyz"
    assert browser.get(page, state=state).status_code == 400
    assert browser.elsewhere is None
    assert "Continue to Example App" in browser.page.get_data(as_text=True)
    assert the_button(browser) == "https://app.example.com/"


@pytest.mark.parametrize(
    ("registered", "home"),
    [
        ({"client_uri": "https://example.com/notes"}, "https://example.com/notes"),
        (
            {"registration": {"initiate_login_uri": "https://example.com/login?from=idp"}},
            "https://example.com/login?from=idp&iss=http%3A%2F%2Flocalhost%3A8000%2F",
        ),
        ({"client_uri": "https://elsewhere.example/", "is_third_party": True}, "https://app.example.com/"),
        ({"redirect_uris": ["http://localhost:3000/callback"]}, "http://localhost:3000/"),
        ({"redirect_uris": ["http://127.0.0.1:8400/"], "kind": "native"}, None),
        ({"redirect_uris": ["com.example.app:/callback"], "kind": "native"}, None),
    ],
)
def test_where_an_app_lives(
    app: Flask, begin: Begin, client: App, registered: dict[str, Any], home: str | None
) -> None:
    with app.app_context(), unit_of_work():
        update_client(client.id, **registered)
    browser = begin(redirect_uri=registered.get("redirect_uris", [CALLBACK])[0])
    state = browser.state
    browser.submit("cancel")
    page = browser.get("/u/login", state=state).get_data(as_text=True)
    if home is None:
        assert "Go back to the app you came from" in page
    else:
        assert the_button(browser) == home


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("state", ["", "x", "in1_" + "A" * 43, "é" * 50, "a'--"])
def test_an_unknown_state_says_to_open_the_app_again(app: Flask, browser: Browser, step: str, state: str) -> None:
    page = browser.get(step, state=state)
    assert page.status_code == 400
    assert "Go back to the app you came from" in page.get_data(as_text=True)


def test_two_states_are_none(begin: Begin, browser: Browser) -> None:
    state = begin().state
    assert browser.get(f"/u/login?state={state}&state={state}").status_code == 400


@pytest.mark.parametrize("step", STEPS)
def test_the_page_of_another_browser_can_be_neither_seen_nor_used(app: Flask, begin: Begin, step: str) -> None:
    make_user(app)
    state = begin().state
    other = begin(Browser(app))
    data = {**other.forms[0].fields, "username": EMAIL, "password": PASSWORD, "email": EMAIL, "decision": "allow"}
    assert other.get(step, state=state).status_code == 400
    assert other.post(f"{step}?state={state}", data).status_code == 400
    assert other.client.get_cookie("idp_session") is None


@pytest.mark.parametrize("page", STEPS)
def test_the_page_of_another_browser_points_to_the_app(app: Flask, begin: Begin, page: str) -> None:
    state = begin().state
    other = Browser(app)
    other.get(page, state=state)
    assert the_button(other) == "https://app.example.com/"


def test_the_page_of_another_browser_points_to_no_third_party_but_begins_its_request_anew(
    app: Flask, begin: Begin, client: App
) -> None:
    make_user(app)
    state = begin().state
    with app.app_context(), unit_of_work():
        update_client(client.id, is_third_party=True)
    other = Browser(app)
    other.get("/u/login", state=state)
    assert the_button(other) == f"/authorize/resume?state={state}"
    other.get(the_button(other))
    assert other.state != state
    other.submit("login-submit", username=EMAIL, password=PASSWORD)
    assert "consent-allow" in other.page.get_data(as_text=True)


@pytest.mark.parametrize("wiped", [["idp_browser"], ["idp_browser", "idp_session", "idp_device", "idp_op_state"]])
def test_a_form_sent_after_the_cookies_were_wiped_leads_back_into_the_flow(
    app: Flask, begin: Begin, browser: Browser, wiped: list[str]
) -> None:
    make_user(app)
    begin()
    for cookie in wiped:
        browser.client.delete_cookie(cookie, domain="localhost")
    assert browser.submit("login-submit", username=EMAIL, password=PASSWORD).status_code == 403
    (again,) = [link for link in browser.links if link.startswith(f"{ORIGIN}/authorize/resume")]
    browser.get(again)
    browser.submit("login-submit", username=EMAIL, password=PASSWORD)
    assert browser.answer["state"] == "xyz"
    assert "code" in browser.answer


def test_an_interaction_long_gone_leads_whoever_is_signed_in_somewhere(
    app: Flask, begin: Begin, browser: Browser
) -> None:
    make_user(app)
    begin().submit("login-submit", username=EMAIL, password=PASSWORD)
    browser.get("/u/login", state="in1_" + "B" * 43)
    page = browser.get(the_button(browser))
    assert page.status_code == 200
    assert "You are signed in" in page.get_data(as_text=True)
    assert KEPT_SECONDS > LIFETIME_SECONDS


def test_an_app_removed_meanwhile_is_told_calmly(app: Flask, begin: Begin, browser: Browser, client: App) -> None:
    make_user(app)
    begin()
    with app.app_context(), unit_of_work():
        delete_client(client.id)
    assert browser.submit("login-submit", username=EMAIL, password=PASSWORD).status_code == 400
    assert browser.client.get_cookie("idp_session") is None


def test_the_back_button_after_a_login_leads_forward(app: Flask, browser: Browser, begin: Begin, client: App) -> None:
    make_user(app)
    with app.app_context(), unit_of_work():
        db.session.get_one(ClientRecord, client.id).requires_consent = True
    state = begin().state
    browser.submit("login-submit", username=EMAIL, password=PASSWORD)
    browser.get("/u/login", state=state)
    assert "consent-allow" in browser.page.get_data(as_text=True)


def test_a_bookmark_lets_a_person_sign_in_and_says_so(app: Flask, browser: Browser) -> None:
    make_user(app)
    browser.get("/u/login")
    assert "Sign in to <em>Example Login</em>" in browser.page.get_data(as_text=True)
    page = browser.submit("login-submit", username=EMAIL, password=PASSWORD)
    assert "You are signed in" in page.get_data(as_text=True)
    assert EMAIL in page.get_data(as_text=True)
    assert "login-submit" in browser.get("/u/login", switch="1").get_data(as_text=True)


def sign_in_at(app: Flask, return_to: str) -> Any:
    """The first redirect after a login that was asked to lead somewhere."""
    browser = Browser(app)
    browser.get("/u/login", return_to=return_to)
    form = browser.forms[0]
    data = {**form.fields, "username": EMAIL, "password": PASSWORD}
    return browser.client.post(form.action, base_url="http://localhost:8000", data=data)


def test_a_login_leads_to_the_page_of_ours_that_asked_for_it(app: Flask) -> None:
    make_user(app, is_admin=True)
    response = sign_in_at(app, "/admin/apps/new?kind=web")
    assert (response.status_code, response.location) == (303, "/admin/apps/new?kind=web")


FOREIGN = [
    "//e",
    "/\\e",
    "\\\\\\e",
    "https:e",
    "https://e/admin",
    "/%09/e",
    "/@e",
    "/..//e",
    "/admin//e",
    "/admin/../u/login",
    "/admin/%2e%2e/u",
    "/admin\\e",
    "/administrator",
    "/admin@e",
    "/admin\n",
    "/admin?x=\r\nA: b",
    "/u/login",
    "javascript:alert(1)",
    "",
    "/admin/" + "a" * 2000,
]


@pytest.mark.parametrize("path", FOREIGN)
def test_a_login_never_leads_elsewhere(path: str) -> None:
    assert safe_path(path) is None


@pytest.mark.parametrize("path", ["//e", "/\\e", "https:e", "/..//e"])
def test_a_foreign_path_is_dropped_for_our_own(app: Flask, path: str) -> None:
    make_user(app)
    response = sign_in_at(app, path)
    assert (response.status_code, response.location) == (303, "/u/login")


def test_whoever_is_no_administrator_is_told_so_and_does_not_go_in_circles(app: Flask, browser: Browser) -> None:
    make_user(app)
    browser.get("/u/login", return_to="/admin")
    page = browser.submit("login-submit", username=EMAIL, password=PASSWORD)
    assert "is not an administrator" in page.get_data(as_text=True)
