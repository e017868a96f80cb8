"""/account/passkeys: added, renamed and removed by their owner, who signed in a moment ago."""

import html
from typing import Any

import pytest
import time_machine
from flask import Flask

from idp.domain.credentials.passkeys import list_passkeys
from idp.domain.users.mails import KIND
from idp.infra.jobs import list_kept
from tests.login.test_passkey import options_on
from tests.support.authenticator import Authenticator
from tests.support.browser import Browser
from tests.support.factories import EMAIL, PASSWORD, make_user
from tests.support.second_factors import give_recovery_codes, set_policy

NOW = 1_800_000_015
PATH, ADD = "/account/passkeys", "/account/passkeys/add"


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def ada(app: Flask) -> str:
    return make_user(app)


def opened(app: Flask, path: str, email: str = EMAIL) -> Browser:
    browser = Browser(app)
    browser.get(path)
    browser.submit("login-submit", username=email, password=PASSWORD)
    assert browser.page.request.path == path
    return browser


def text(browser: Browser) -> str:
    return html.unescape(browser.page.get_data(as_text=True))


def add(browser: Browser) -> Authenticator:
    made = Authenticator()
    browser.submit("passkey-create", credential=made.make(options_on(browser)))
    return made


def prove(browser: Browser, made: Authenticator) -> None:
    """What is asked for before anything changes."""
    assert browser.page.request.path == "/u/passkey"
    browser.submit("passkey-submit", credential=made.use(options_on(browser)))


def names(app: Flask, user_id: str) -> list[str]:
    with app.app_context():
        return [each.name for each in list_passkeys(user_id)]


def notices(app: Flask) -> list[str]:
    with app.app_context():
        return [kept.payload["context"]["what"]["key"] for kept in list_kept(KIND) if "what" in kept.payload["context"]]


def test_one_is_added_renamed_and_removed_and_each_change_is_told(app: Flask, ada: str) -> None:
    browser = opened(app, ADD)
    assert "No passkey came" in browser.submit("passkey-create").get_data(as_text=True)
    made = add(browser)
    assert browser.page.request.path == PATH
    assert names(app, ada) == ["Passkey"]
    browser.submit("passkey-rename-1", name="My phone")
    assert "My phone" in text(browser)
    assert browser.submit("passkey-rename-1", name=" ").status_code == 422
    browser.submit("passkey-rename-1", name=" My  phone ")
    browser.submit("passkey-remove-1")
    assert names(app, ada) == ["My phone"]
    prove(browser, made)
    browser.submit("passkey-remove-1")
    assert names(app, ada) == []
    assert "No passkey yet" in text(browser)
    assert notices(app) == [
        "A passkey was removed from your account: {name}.",
        "A passkey of your account was renamed: {before} is now {after}.",
        "A passkey was added to your account: {name}.",
    ]


def test_the_last_one_takes_the_recovery_codes_along_and_that_is_told(app: Flask, ada: str) -> None:
    browser = opened(app, ADD)
    made = add(browser)
    give_recovery_codes(app, ada)
    browser.submit("passkey-remove-1")
    prove(browser, made)
    browser.submit("passkey-remove-1")
    told = "A passkey was removed from your account, and the recovery codes with it: {name}."
    assert notices(app)[0] == told


@pytest.mark.parametrize("button", ["passkey-remove-1", "passkey-create"])
def test_what_is_sensitive_wants_a_fresh_login(app: Flask, ada: str, clock: Any, button: str) -> None:
    browser = opened(app, ADD)
    made = add(browser)
    if button == "passkey-create":
        browser.get(ADD)
        prove(browser, made)
    clock.shift(301)
    browser.submit(button, credential="{}")
    assert browser.page.request.path == "/u/login"
    assert names(app, ada) == ["Passkey"]
    browser.get(ADD)
    assert browser.page.request.path == "/u/login"


def test_somebody_elses_is_not_there(app: Flask, ada: str) -> None:
    browser = opened(app, ADD)
    add(browser)
    with app.app_context():
        theirs = list_passkeys(ada)[0].id
    make_user(app, "bob@example.com")
    other = opened(app, ADD, "bob@example.com")
    made = add(other)
    other.submit("passkey-remove-1")
    prove(other, made)
    for action in ("remove", "rename"):
        form = other.forms[0]
        answer = other.post(PATH, {**form.fields, "passkey": theirs, "action": action, "name": "mine"})
        assert answer.status_code == 404
        other.get(PATH)
    assert names(app, ada) == ["Passkey"]


def test_the_last_second_factor_stays_where_one_is_required(app: Flask, ada: str) -> None:
    browser = opened(app, ADD)
    made = add(browser)
    set_policy(app, second_factor="required", first=("password", "passkey"))
    with_two = Browser(app)
    with_two.get("/u/login?return_to=/account/passkeys")
    token = with_two.forms[0].fields["csrf_token"]
    asked = with_two.client.post(
        "/u/passkey/options", base_url="http://localhost:8000", data={"csrf_token": token}
    ).get_json()
    with_two.submit("passkey-sign-in", credential=made.use(asked))
    assert with_two.page.request.path == PATH
    assert with_two.submit("passkey-remove-1").status_code == 422
    assert "this is your last one" in text(with_two)
    assert names(app, ada) == ["Passkey"]


def test_where_passkeys_are_off_none_can_be_added(app: Flask, ada: str) -> None:
    set_policy(app, first=("password",), second=("totp",))
    browser = Browser(app)
    browser.get(PATH)
    browser.submit("login-submit", username=EMAIL, password=PASSWORD)
    assert "Add a passkey" not in text(browser)
    browser.get(ADD)
    assert browser.page.request.path == "/account/security"


def test_the_last_way_in_stays(app: Flask, ada: str) -> None:
    browser = opened(app, ADD)
    made = add(browser)
    set_policy(app, first=("passkey",))
    browser.submit("passkey-remove-1")
    prove(browser, made)
    assert "your only way in" in browser.submit("passkey-remove-1").get_data(as_text=True)
    assert names(app, ada) == ["Passkey"]
