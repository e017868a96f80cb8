"""/account/totp and /account/recovery-codes: set up, replaced, removed and renewed by who signed in a moment ago."""

import re
from typing import Any

import pytest
import time_machine
from flask import Flask

from idp.domain.credentials.factors import enrolled_factors
from idp.domain.credentials.recovery_codes import count_recovery_codes, use_recovery_code
from idp.domain.credentials.totp import Verdict, use_totp
from idp.domain.sessions.listing import list_live_sessions
from idp.domain.users.mails import KIND
from idp.infra.jobs import list_kept
from tests.support.browser import Browser
from tests.support.factories import EMAIL, PASSWORD, make_user
from tests.support.second_factors import code_of, enrol_totp, give_recovery_codes, set_policy

NOW = 1_800_000_015
TOTP, CODES = "/account/totp", "/account/recovery-codes"


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def user_id(app: Flask) -> str:
    return make_user(app)


def opened(app: Flask, path: str, seed: str | None = None) -> Browser:
    """The page, after signing in."""
    browser = Browser(app)
    browser.get(path)
    browser.submit("login-submit", username=EMAIL, password=PASSWORD)
    if seed is not None:
        browser.submit("totp-submit", code=code_of(seed))
    assert browser.page.request.path == path
    return browser


def text(browser: Browser) -> str:
    return browser.page.get_data(as_text=True)


def secret_on(browser: Browser) -> str:
    found = re.search(r"secret=([A-Z2-7]{32})&amp;issuer=", text(browser))
    assert found is not None
    return found[1]


def codes_on(browser: Browser) -> list[str]:
    shown = re.search(r'<pre class="codes".*?</pre>', text(browser), re.DOTALL)
    assert shown is not None
    return re.findall(r"(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}", shown[0])


def mails(app: Flask) -> set[str]:
    with app.app_context():
        return {kept.payload["context"]["what"]["key"] for kept in list_kept(KIND)}


def test_an_app_is_set_up_after_a_first_code_and_recovery_codes_are_shown_once(app: Flask, user_id: str) -> None:
    browser = opened(app, TOTP)
    seed = secret_on(browser)
    assert browser.submit("totp-set-up-submit", code="000000").status_code == 422
    assert secret_on(browser) == seed
    browser.submit("totp-set-up-submit", code=code_of(seed))
    codes = codes_on(browser)
    assert len(codes) == 10
    assert seed not in text(browser)
    assert mails(app) == {"An authenticator app was added to your account."}
    assert seed not in browser.get(TOTP).get_data(as_text=True)
    assert codes[0] not in browser.get(CODES).get_data(as_text=True)
    with app.app_context():
        assert enrolled_factors(user_id) == {"totp", "recovery_code"}


def test_the_proof_at_set_up_counts_for_what_is_sensitive_next(app: Flask, user_id: str) -> None:
    browser = opened(app, TOTP)
    before = browser.client.get_cookie("idp_session")
    browser.submit("totp-set-up-submit", code=code_of(secret_on(browser)))
    assert browser.client.get_cookie("idp_session") != before
    assert browser.get("/account/passkeys/add").request.path == "/account/passkeys/add"
    with app.app_context():
        (session,) = list_live_sessions(user_id)
        assert (session.amr, session.auth_time) == (["pwd", "otp", "mfa"], NOW)


def test_another_app_takes_the_place_of_the_first(app: Flask, user_id: str) -> None:
    old = enrol_totp(app, user_id)
    give_recovery_codes(app, user_id)
    browser = opened(app, TOTP, old)
    browser.get(next(link for link in browser.links if "replace" in link))
    new = secret_on(browser)
    browser.submit("totp-set-up-submit", code=code_of(new, -1))
    assert browser.page.request.path == "/account/security"
    assert "Your authenticator app is set up." in text(browser)
    with app.app_context():
        assert use_totp(user_id, code_of(old, 1)) is Verdict.WRONG
        assert use_totp(user_id, code_of(new)) is Verdict.RIGHT
        assert count_recovery_codes(user_id) == 10


def test_it_is_removed_and_the_owner_told(app: Flask, user_id: str) -> None:
    browser = opened(app, TOTP, enrol_totp(app, user_id))
    browser.submit("totp-remove")
    assert "Your authenticator app is removed." in text(browser)
    assert mails(app) == {"The authenticator app was removed from your account."}
    with app.app_context():
        assert enrolled_factors(user_id) == frozenset()


def test_the_last_one_stays_where_a_second_step_is_required(app: Flask, user_id: str) -> None:
    set_policy(app, second_factor="required")
    browser = opened(app, TOTP, enrol_totp(app, user_id))
    page = browser.submit("totp-remove")
    assert page.status_code == 422
    assert "A second step is required here" in text(browser)
    with app.app_context():
        assert enrolled_factors(user_id) == {"totp"}


def test_new_codes_end_the_old_ones(app: Flask, user_id: str) -> None:
    seed = enrol_totp(app, user_id)
    old = give_recovery_codes(app, user_id)
    browser = opened(app, CODES, seed)
    assert "Codes left: 10" in text(browser)
    browser.submit("recovery-codes-submit")
    new = codes_on(browser)
    assert mails(app) == {"New recovery codes were made for your account."}
    with app.app_context():
        assert not use_recovery_code(user_id, old[0])
        assert use_recovery_code(user_id, new[0])


def test_without_a_second_step_there_are_no_codes_to_make(app: Flask, user_id: str) -> None:
    browser = opened(app, CODES)
    assert all("recovery-codes-submit" not in form.buttons for form in browser.forms)
    seed = enrol_totp(app, user_id)
    browser.get(CODES)
    form = browser.forms[0]
    set_policy(app, second_factor="off")
    browser.post(CODES, form.fields)
    with app.app_context():
        assert count_recovery_codes(user_id) == 0
    browser.submit("totp-submit", code=code_of(seed))
    assert browser.page.request.path == CODES
    browser.submit("recovery-codes-submit")
    assert len(codes_on(browser)) == 10


def test_an_older_login_is_asked_for_again_before_anything_is_shown_or_changed(
    app: Flask, user_id: str, clock: Any
) -> None:
    browser = opened(app, TOTP)
    form = browser.forms[0]
    clock.shift(301)
    browser.get(TOTP)
    assert browser.page.request.path == "/u/login"
    browser.post(TOTP, {**form.fields, "action": "remove"})
    assert browser.page.request.path == "/u/login"
    browser.post(CODES, form.fields)
    assert browser.page.request.path == "/u/login"
    assert mails(app) == set()


def test_what_is_off_is_not_set_up(app: Flask, user_id: str) -> None:
    set_policy(app, second=["passkey"])
    browser = Browser(app)
    browser.get(TOTP)
    browser.submit("login-submit", username=EMAIL, password=PASSWORD)
    assert browser.page.request.path == "/account/security"


@pytest.mark.parametrize("path", [TOTP, CODES])
def test_nobody_else_and_no_forged_form_changes_anything(app: Flask, user_id: str, path: str) -> None:
    seed = enrol_totp(app, user_id)
    browser = opened(app, path, seed)
    assert browser.post(path, {"action": "remove"}).status_code == 403
    stranger = Browser(app)
    stranger.get("/u/login")
    stranger.post(path, {**stranger.forms[0].fields, "action": "remove"})
    assert stranger.page.request.path == "/u/login"
    with app.app_context():
        assert enrolled_factors(user_id) == {"totp"}
