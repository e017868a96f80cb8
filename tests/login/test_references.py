"""Every page that refuses carries a reference id, and the id finds in the audit log what was expected and what came."""

import re
from typing import Any

import pytest
import time_machine
from flask import Flask

from idp.domain.events.queries import list_events, list_events_of_reference
from idp.domain.interactions.progress import LIFETIME_SECONDS
from idp.domain.lifecycle.clients import delete_client
from idp.domain.lifecycle.users import block_user
from idp.domain.users.queries import get_user
from idp.infra import clock
from idp.infra.db import unit_of_work
from tests.login.conftest import Begin
from tests.support.browser import ORIGIN, Browser
from tests.support.factories import EMAIL, PASSWORD, App, make_user


@pytest.fixture
def user_id(app: Flask) -> str:
    return make_user(app)


def told(app: Flask, browser: Browser) -> dict[str, Any]:
    """What the audit log says under the reference id of the page that the browser shows."""
    reference = browser.page.headers["X-Request-Id"]
    with app.app_context():
        found = [event for event in list_events_of_reference(reference) if event.outcome == "refused"]
        assert found, f"{browser.page.status}: {browser.page.text[:2000]}"
        details: dict[str, Any] = found[0].details or {}
    assert {"check", "expected", "received"} <= set(details), details
    return details


def shows_its_reference(browser: Browser) -> bool:
    return browser.page.headers["X-Request-Id"] in browser.page.text


def has_reference_line(browser: Browser) -> bool:
    return 'class="reference"' in browser.page.text


def test_a_form_without_the_cookie_of_its_browser(app: Flask, begin: Begin) -> None:
    browser = begin()
    browser.client.delete_cookie("idp_browser", domain="localhost")
    browser.submit("login-submit", username=EMAIL, password=PASSWORD)
    assert browser.page.status_code == 403
    assert shows_its_reference(browser)
    assert told(app, browser) == {
        "status": 403,
        "check": "cookie of the browser",
        "expected": "that of the page with the form",
        "received": "none",
    }


def test_a_form_of_another_site_and_one_with_a_foreign_token(app: Flask, begin: Begin) -> None:
    browser = begin()
    form = browser.forms[0]
    browser.post(form.action, form.fields, Origin="https://evil.example")
    assert told(app, browser)["received"] == "https://evil.example"
    browser.post(form.action, {**form.fields, "csrf_token": "x"})
    assert told(app, browser)["check"] == "csrf_token"


def test_an_expired_page(app: Flask, begin: Begin) -> None:
    browser = begin()
    state = browser.state
    with time_machine.travel(clock.now() + LIFETIME_SECONDS + 1):
        browser.get("/u/login", state=state)
    assert shows_its_reference(browser)
    assert told(app, browser)["check"] == "state"


@pytest.mark.parametrize("state", ["", "x", "in1_" + "A" * 43])
def test_a_page_of_no_sign_in(app: Flask, browser: Browser, state: str) -> None:
    browser.get("/u/login", state=state)
    assert shows_its_reference(browser)
    assert told(app, browser)["received"] == "one that is unknown, or another browser's"
    browser.get("/authorize/resume", state=state)
    assert shows_its_reference(browser)
    assert told(app, browser)["check"] == "state"


def test_a_finished_sign_in(app: Flask, begin: Begin, user_id: str) -> None:
    browser = begin()
    state = browser.state
    browser.submit("login-submit", username=EMAIL, password=PASSWORD)
    browser.get("/u/login", state=state)
    assert told(app, browser)["received"] == "one that is finished"


def test_an_app_that_is_gone(app: Flask, begin: Begin, client: App) -> None:
    browser = begin()
    state = browser.state
    with app.app_context(), unit_of_work():
        delete_client(client.id)
    for path in ("/u/login", "/authorize/resume"):
        browser.get(path, state=state)
        assert shows_its_reference(browser)
        assert told(app, browser)


def test_a_wrong_password_a_blocked_account_and_too_many_tries(app: Flask, begin: Begin, user_id: str) -> None:
    browser = begin()
    browser.submit("login-submit", username=EMAIL, password="wrong")
    assert shows_its_reference(browser)
    assert told(app, browser)["received"] == "wrong password"
    with app.app_context(), unit_of_work():
        block_user(get_user(user_id))
    browser.submit("login-submit", username=EMAIL, password=PASSWORD)
    assert told(app, browser)["check"] == "standing"
    while browser.page.status_code != 429:
        browser.submit("login-submit", username=EMAIL, password="wrong")
    assert shows_its_reference(browser)
    assert told(app, browser)["check"] == "failures before"


LINKS = (
    "/u/reset-password?ticket=x",
    "/u/verify-email?ticket=x",
    "/u/undo-email?ticket=x",
    "/u/invitation?ticket=x",
    "/u/signup/finish?ticket=x",
    "/u/magic-link?link=x",
)


@pytest.mark.parametrize("path", LINKS)
def test_a_link_that_does_not_work(app: Flask, browser: Browser, path: str) -> None:
    browser.get(path)
    assert browser.page.status_code == 400
    assert shows_its_reference(browser)
    found = told(app, browser)
    assert found["check"] == "link"
    assert "unknown" in found["received"]


@pytest.mark.parametrize("path", ["/u/nothing", "/account/nothing", "/nothing"])
def test_a_page_that_is_not_there(app: Flask, browser: Browser, path: str, user_id: str) -> None:
    browser.get("/u/login")
    browser.submit("login-submit", username=EMAIL, password=PASSWORD)
    browser.get(path)
    assert browser.page.status_code == 404
    assert shows_its_reference(browser)
    assert path in told(app, browser)["received"]


def test_every_page_that_takes_forms_tells_of_a_forged_one(app: Flask, browser: Browser, user_id: str) -> None:
    """Whatever page is added, /u/ and /account/ answer a form of another site with a page that can be looked up."""
    paths = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or ()) and rule.rule.startswith(("/u/", "/account")) and not rule.arguments
    ]
    assert len(paths) > 8
    browser.get("/u/login")
    browser.submit("login-submit", username=EMAIL, password=PASSWORD)
    for path in paths:
        browser.post(path, {}, Origin="https://evil.example")
        assert browser.page.status_code == 403, path
        assert shows_its_reference(browser), path
        assert told(app, browser)["check"] == "origin of a form", path


def test_a_refusal_that_an_event_tells_of_is_told_once(app: Flask, browser: Browser) -> None:
    browser.get("/authorize", client_id="nope")
    with app.app_context():
        found = list_events_of_reference(browser.page.headers["X-Request-Id"])
    assert [event.name for event in found] == ["authorize.refused"]


def test_asking_for_pages_that_are_not_there_does_not_fill_the_log(app: Flask) -> None:
    http = app.test_client()
    for _ in range(320):
        http.get("/nothing", base_url=ORIGIN)
    with app.app_context():
        assert len(list_events(limit=1000)) == 300


def test_no_token_of_a_link_stands_in_the_log(app: Flask, browser: Browser) -> None:
    secret = "tk1_" + "A" * 43
    browser.get("/u/reset-password", ticket=secret)
    assert not re.search(re.escape(secret), str(told(app, browser)))
