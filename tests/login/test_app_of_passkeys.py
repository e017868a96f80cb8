"""An app that takes a passkey alone, where there are other ways in: who has none makes the first one on the way."""

from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from flask import Flask

from idp.domain.clients.queries import find_client_now
from idp.domain.credentials.passkeys import list_passkeys
from idp.domain.lifecycle.invitations import invite
from idp.domain.users.accounts import EmailTakenError
from idp.domain.users.queries import get_user
from idp.infra import clock
from idp.infra.db import unit_of_work
from tests.login.conftest import Begin, request_of
from tests.login.test_passkey import give_passkey, options_on, press
from tests.support.authenticator import Authenticator
from tests.support.browser import Browser
from tests.support.factories import EMAIL, PASSWORD, App, make_client, make_user
from tests.support.protocol import PAIR, Protocol, claims_of
from tests.support.second_factors import code_of, enrol_totp, set_policy

Mails = Callable[[], list[Any]]
PATH = "/u/passkey/first"


@pytest.fixture
def ada(app: Flask) -> str:
    return make_user(app)


@pytest.fixture
def strict(app: Flask) -> App:
    return make_client(app, name="Strict", changes={"login": {"first": ["passkey"]}})


def open_strict(browser: Browser, strict: App, **changes: str) -> Browser:
    browser.get("/authorize", **request_of(strict, **changes))
    return browser


def enter(browser: Browser) -> Browser:
    """Say to have no passkey, and sign in by the password."""
    assert browser.page.request.path == "/u/login"
    assert "password" not in browser.forms[0].fields
    browser.submit("login-no-passkey")
    browser.submit("login-submit", username=EMAIL, password=PASSWORD)
    return browser


def create(browser: Browser, made: Authenticator | None = None) -> Browser:
    assert browser.page.request.path == PATH, browser.page.request.path
    browser.submit("first-passkey-submit", credential=(made or Authenticator()).make(options_on(browser)))
    return browser


def passkeys_of(app: Flask) -> int:
    with app.app_context():
        return len(list_passkeys(get_user(EMAIL).id))


def test_who_has_none_makes_one_and_is_at_the_app(
    app: Flask, browser: Browser, ada: str, strict: App, mails: Mails
) -> None:
    made = Authenticator()
    create(enter(open_strict(browser, strict, code_challenge=PAIR.challenge)), made)
    claims = claims_of(Protocol(app).redeem(strict, browser.answer["code"]).get_json()["id_token"])
    assert (claims["sub"], set(claims["amr"]), claims["acr"]) == (ada, {"pwd", "pop", "user", "mfa"}, "2")
    assert "A passkey was added to your account" in mails()[0].text
    open_strict(browser, strict)
    assert browser.answer["code"]
    assert press(open_strict(Browser(app), strict), made).answer["code"]


def test_who_is_signed_in_for_another_app_signs_in_freshly(
    app: Flask, begin: Begin, browser: Browser, ada: str, strict: App
) -> None:
    begin().submit("login-submit", username=EMAIL, password=PASSWORD)
    open_strict(browser, strict, prompt="none")
    assert browser.answer["error"] == "login_required"
    assert create(enter(open_strict(browser, strict))).answer["code"]


def test_without_the_passkey_nobody_reaches_the_app(app: Flask, browser: Browser, ada: str, strict: App) -> None:
    state = enter(open_strict(browser, strict)).state
    for url in ("/authorize/resume", "/u/login", "/u/second-factor", "/u/passkey", "/u/passkey/offer", "/u/consent"):
        browser.get(url, state=state)
        assert browser.elsewhere is None, url
        assert browser.page.status_code == 200, url
        assert browser.page.request.path == PATH, (url, browser.page.request.path)
    for credential in ("", "{}", Authenticator().make(options_on(browser), without=0x04)):
        browser.submit("first-passkey-submit", credential=credential)
        assert browser.page.status_code == 422
    assert passkeys_of(app) == 0
    open_strict(browser, strict, prompt="none")
    assert browser.answer["error"] == "login_required"
    browser.get(PATH, state=state)
    browser.submit("cancel")
    assert browser.answer["error"] == "access_denied"


def test_the_password_alone_is_refused_until_that_is_said(browser: Browser, ada: str, strict: App) -> None:
    open_strict(browser, strict)
    token = browser.forms[0].fields["csrf_token"]
    browser.post(f"/u/login?state={browser.state}", {"csrf_token": token, "username": EMAIL, "password": PASSWORD})
    assert browser.page.request.path == "/u/login"
    browser.get("/account")
    assert browser.page.request.path == "/u/login"


@pytest.mark.parametrize("demand", ["off", "optional", "required"])
def test_whoever_knows_the_password_alone_adds_no_passkey_beside_a_factor(
    app: Flask, browser: Browser, ada: str, strict: App, demand: str
) -> None:
    seed = enrol_totp(app, ada)
    set_policy(app, second_factor=demand)
    state = enter(open_strict(browser, strict)).state
    assert browser.page.request.path == "/u/totp"
    browser.get(PATH, state=state)
    assert browser.page.request.path != PATH
    browser.get("/authorize/resume", state=state)
    if browser.page.request.path != "/u/totp":  # nobody is signed in yet
        browser.get("/u/second-factor", state=state)
    browser.submit("totp-submit", code=code_of(seed))
    assert create(browser).answer["code"]


def test_who_has_one_uses_it(app: Flask, browser: Browser, ada: str, strict: App) -> None:
    made = give_passkey(app, ada)
    enter(open_strict(browser, strict))
    assert browser.page.request.path == "/u/passkey"
    browser.submit("passkey-submit", credential=made.use(options_on(browser)))
    assert browser.answer["code"]
    assert passkeys_of(app) == 1


def test_another_factor_does_not_stand_in_for_it(app: Flask, browser: Browser, ada: str, strict: App) -> None:
    made, seed = give_passkey(app, ada), enrol_totp(app, ada)
    state = enter(open_strict(browser, strict)).state
    browser.get("/u/totp", state=state)
    browser.submit("totp-submit", code=code_of(seed))
    assert browser.page.request.path == PATH
    browser.submit("passkey-submit", credential=Authenticator().use(options_on(browser)))
    assert browser.page.status_code == 422
    browser.submit("passkey-submit", credential=made.use(options_on(browser)))
    assert browser.answer["code"]


def test_a_page_left_open_wants_a_fresh_login(app: Flask, browser: Browser, ada: str, strict: App) -> None:
    enter(open_strict(browser, strict))
    with time_machine.travel(clock.now() + 301):
        browser.submit("first-passkey-submit", credential=Authenticator().make(options_on(browser)))
        assert browser.page.request.path == "/u/login"
        assert passkeys_of(app) == 0
        browser.submit("login-submit", username=EMAIL, password=PASSWORD)
        assert create(browser).answer["code"]


def test_a_newcomer_may_sign_up_by_a_password_too(browser: Browser, strict: App) -> None:
    open_strict(browser, strict)
    browser.submit("login-no-passkey")
    browser.get(next(link for link in browser.links if "/u/signup" in link))
    browser.submit("signup-submit", email=EMAIL, password=PASSWORD)
    assert create(browser).answer["code"]


def test_who_signs_up_again_is_told_what_works(browser: Browser, ada: str, strict: App, mails: Mails) -> None:
    open_strict(browser, strict, screen_hint="signup")
    browser.submit("signup-submit", email=EMAIL)
    assert "Open Strict again and choose: I have no passkey yet." in mails()[0].text
    assert "new invitation" not in mails()[0].text


def test_an_operator_who_invites_them_is_told_what_works(app: Flask, ada: str, strict: App) -> None:
    with app.app_context(), unit_of_work(), pytest.raises(EmailTakenError, match="another way, and makes one"):
        invite(EMAIL, find_client_now(strict.id))


def test_with_a_second_factor_required_the_passkey_is_it(app: Flask, browser: Browser, ada: str, strict: App) -> None:
    set_policy(app, second=("passkey", "recovery_code"), second_factor="required")
    enter(open_strict(browser, strict))
    assert browser.page.request.path == "/u/passkey/set-up"
    browser.submit("passkey-set-up-submit", credential=Authenticator().make(options_on(browser)))
    assert any("/authorize/resume" in link for link in browser.links)
