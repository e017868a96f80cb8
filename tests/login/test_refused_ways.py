"""Whoever is refused after a first factor, or at a code, reads why; the log says whom, for which app and what came."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from flask import Flask

from idp.domain.clients.registration import update_client
from idp.domain.events.models import Event
from idp.domain.events.queries import list_events_of_reference
from idp.domain.lifecycle.users import block_user
from idp.domain.users.queries import get_user
from idp.infra.db import unit_of_work
from tests.login.conftest import Begin, link_in
from tests.login.test_email_code import ask as ask_for_code
from tests.login.test_email_code import code_in
from tests.login.test_passkey import give_passkey
from tests.support.browser import ORIGIN, Browser
from tests.support.factories import EMAIL, PASSWORD, App, make_user
from tests.support.second_factors import enrol_totp, set_policy

Mails = Callable[[], list[Any]]
Whose = tuple[str, str]
EXPLAINED = {"check", "expected", "received"}


@pytest.fixture(autouse=True)
def stopped() -> Iterator[Any]:
    with time_machine.travel(1_800_000_015, tick=False) as traveller:
        yield traveller


@pytest.fixture
def user_id(app: Flask) -> str:
    return make_user(app)


@pytest.fixture
def whose(user_id: str, client: App) -> Whose:
    """Ada's id, and that of the app."""
    return user_id, client.id


def event_of(app: Flask, browser: Browser) -> Event:
    """What the log says of the page that the browser shows, by its reference."""
    with app.app_context():
        found = list_events_of_reference(browser.page.headers["X-Request-Id"])
        refused = [event for event in found if event.outcome == "refused"]
        assert len(refused) == 1, [event.name for event in found]
        assert set(refused[0].details or {}) >= EXPLAINED, refused[0].details
        return refused[0]


def use_passkey(app: Flask, browser: Browser, user_id: str) -> None:
    made = give_passkey(app, user_id)
    block(app, user_id)
    token = browser.forms[0].fields["csrf_token"]
    asked = browser.client.post("/u/passkey/options", base_url=ORIGIN, data={"csrf_token": token})
    browser.submit("passkey-sign-in", credential=made.use(asked.get_json()))


def use_password(app: Flask, browser: Browser, user_id: str) -> None:
    block(app, user_id)
    browser.submit("login-submit", username=EMAIL, password=PASSWORD)


def block(app: Flask, user_id: str) -> None:
    with app.app_context(), unit_of_work():
        block_user(get_user(user_id))


@pytest.mark.parametrize("use", [use_passkey, use_password])
def test_a_blocked_user_is_told_with_a_reference(
    app: Flask, begin: Begin, client: App, user_id: str, use: Callable[[Flask, Browser, str], None]
) -> None:
    browser = begin()
    use(app, browser, user_id)
    page = browser.page.get_data(as_text=True)
    assert "account is blocked" in page
    assert browser.page.headers["X-Request-Id"] in page
    event = event_of(app, browser)
    assert (event.name, event.user_id, event.client_id) == ("login.failed", user_id, client.id)
    assert event.details is not None
    assert event.details["reason"] == "user is blocked"


def test_codes_that_are_refused_are_told_to_whom_they_happen(
    app: Flask, begin: Begin, whose: Whose, mails: Mails, stopped: Any
) -> None:
    ask_for_code(begin())
    browser = begin(Browser(app))
    ask_for_code(browser)
    wrong = "0" * len(code_in(mails()[0]).replace(" ", ""))
    for _ in range(5):
        browser.submit("code-submit", code=wrong)
    event = event_of(app, browser)
    assert (event.name, event.user_id, event.client_id) == ("login.failed", *whose)
    browser.submit("code-submit", code=wrong)
    assert event_of(app, browser).name == "login.throttled"
    stopped.shift(1)
    browser.submit("code-submit", code=wrong)
    assert (browser.page.status_code, event_of(app, browser).name) == (422, "login.failed")


def test_second_factors_that_are_refused_name_the_app(app: Flask, begin: Begin, client: App, user_id: str) -> None:
    enrol_totp(app, user_id)
    browser = begin()
    browser.submit("login-submit", username=EMAIL, password=PASSWORD)
    for _ in range(6):
        browser.submit("totp-submit", code="000000")
        event = event_of(app, browser)
        assert (event.user_id, event.client_id) == (user_id, client.id)
    assert event.name == "login.throttled"


@pytest.mark.parametrize("way", ["email_code", "magic_link"])
def test_a_way_that_was_switched_off_spends_nothing(
    app: Flask, begin: Begin, whose: Whose, mails: Mails, way: str
) -> None:
    set_policy(app, first=("password", "email_code", "magic_link"))
    browser, (_, client_id) = begin(), whose
    ask_for_code(browser)
    told = mails()[0]
    page = browser.page.request.full_path

    def use() -> str:
        browser.get(page if way == "email_code" else link_in(told.text))
        if way == "email_code":
            browser.submit("code-submit", code=code_in(told))
        else:
            browser.submit()
        return browser.elsewhere or browser.page.get_data(as_text=True)

    with app.app_context(), unit_of_work():
        update_client(client_id, login={"first": ["password"]})
    said = use()
    assert "switched off here" in said
    assert browser.page.headers["X-Request-Id"] in said
    assert browser.forms[0].action.startswith("/u/login")
    assert event_of(app, browser).client_id == client_id
    with app.app_context(), unit_of_work():
        update_client(client_id, login={})
    assert "code=" in use()


@pytest.mark.parametrize("return_to", ["", "?return_to=/account"])
def test_a_second_factor_that_nobody_asks_for_any_more_leads_to_the_login(
    app: Flask, user_id: str, return_to: str
) -> None:
    enrol_totp(app, user_id)
    browser = Browser(app)
    browser.get("/u/login")
    browser.submit("login-submit", username=EMAIL, password=PASSWORD)
    set_policy(app, second_factor="off")
    browser.get(f"/u/second-factor{return_to}")
    assert (browser.page.status_code, browser.page.request.path) == (200, "/u/login")
