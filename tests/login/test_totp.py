"""/u/totp and /u/totp/set-up: an authenticator app as the second factor, and what gets nobody past it."""

import re
from typing import Any

import pytest
import time_machine
from flask import Flask

from idp.domain.clients.registration import update_client
from idp.domain.credentials.totp import STEP_SECONDS
from idp.domain.lifecycle.factors import drop_totp
from idp.domain.lifecycle.users import block_user
from idp.domain.users.queries import get_user
from idp.infra.db import unit_of_work
from tests.login.conftest import Begin
from tests.support.browser import Browser
from tests.support.factories import CALLBACK, EMAIL, PASSWORD, App, make_client, make_user
from tests.support.protocol import Protocol, claims_of
from tests.support.second_factors import code_of, enrol_totp, give_recovery_codes, set_policy

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
NOW = 1_800_000_015


@pytest.fixture(autouse=True)
def clock() -> Any:
    """The middle of a time step, standing still."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def seed(app: Flask) -> str:
    """That of Ada, who has a password too."""
    return enrol_totp(app, make_user(app))


def enter_password(browser: Browser) -> Browser:
    browser.submit("login-submit", username=EMAIL, password=PASSWORD)
    return browser


def path(browser: Browser) -> str:
    return browser.page.request.path


def id_token(app: Flask, client: App, browser: Browser) -> dict[str, Any]:
    answer = Protocol(app).redeem(client, browser.answer["code"], code_verifier=VERIFIER)
    assert answer.status_code == 200, answer.text
    return claims_of(answer.get_json()["id_token"])


def secret_on(browser: Browser) -> str:
    found = re.search(r"secret=([A-Z2-7]{32})&amp;issuer=", browser.page.get_data(as_text=True))
    assert found is not None
    return found[1]


def test_password_and_code_lead_to_tokens_that_tell_of_both(app: Flask, client: App, begin: Begin, seed: str) -> None:
    browser = enter_password(begin())
    assert path(browser) == "/u/totp"
    assert EMAIL in browser.page.get_data(as_text=True)
    assert browser.client.get_cookie("idp_session") is None
    browser.submit("totp-submit", code=f" {code_of(seed)[:3]} {code_of(seed)[3:]}")
    told = id_token(app, client, browser)
    assert set(told["amr"]) == {"pwd", "otp", "mfa"}
    assert (told["acr"], told["auth_time"]) == ("2", NOW)
    assert browser.client.get_cookie("idp_pending") is None
    assert Protocol(app).events("login.succeeded") == [{"method": "password totp"}]


def test_a_code_is_good_once(app: Flask, begin: Begin, seed: str) -> None:
    code = code_of(seed)
    enter_password(begin()).submit("totp-submit", code=code)
    thief = enter_password(begin(Browser(app)))
    page = thief.submit("totp-submit", code=code)
    assert page.status_code == 422
    assert "used already" in page.get_data(as_text=True)
    assert path(thief) == "/u/totp"


@pytest.mark.parametrize(("steps", "is_taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_one_step_to_each_side_is_taken(begin: Begin, seed: str, clock: Any, steps: int, is_taken: bool) -> None:
    clock.shift(10 * STEP_SECONDS)
    browser = enter_password(begin())
    browser.submit("totp-submit", code=code_of(seed, steps))
    assert (browser.elsewhere is not None) == is_taken


@pytest.mark.parametrize("code", ["", "   ", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "9" * 5000])
def test_what_is_no_code_is_told_at_the_field(begin: Begin, seed: str, code: str) -> None:
    browser = enter_password(begin())
    page = browser.submit("totp-submit", code=code)
    assert page.status_code == 422
    assert 'aria-describedby="code-error"' in page.get_data(as_text=True)


def test_a_field_that_is_there_twice_is_no_form_of_ours(begin: Begin, seed: str) -> None:
    browser = enter_password(begin())
    form = browser.forms[0]
    page = browser.post(form.action, {**form.fields, "code": [code_of(seed), code_of(seed)]})  # type: ignore[dict-item]
    assert page.status_code == 400


def test_wrong_codes_slow_down_every_other_factor_and_the_right_password_does_not_help(
    app: Flask, begin: Begin, seed: str
) -> None:
    codes = give_recovery_codes(app, user_id(app))
    browser = enter_password(begin())
    statuses = [browser.submit("totp-submit", code="000000").status_code for _ in range(6)]
    assert statuses == [422] * 5 + [429]
    enter_password(begin())
    page = browser.submit("totp-submit", code=code_of(seed))
    assert page.status_code == 429
    assert int(page.headers["Retry-After"]) >= 1
    browser.get(f"/u/recovery-code?state={browser.state}")
    assert browser.submit("recovery-submit", code=codes[0]).status_code == 429
    assert "Too many tries" in browser.page.get_data(as_text=True)


def test_after_the_wait_the_right_code_is_taken(begin: Begin, seed: str, clock: Any) -> None:
    browser = enter_password(begin())
    for _ in range(6):
        browser.submit("totp-submit", code="000000")
    clock.shift(STEP_SECONDS)
    browser.submit("totp-submit", code=code_of(seed))
    assert "code" in browser.answer


@pytest.mark.parametrize("url", ["/authorize/resume", "/u/consent", "/u/login", "/u/second-factor", "/u/recovery-code"])
def test_no_page_of_the_login_leads_past_the_second_factor(begin: Begin, seed: str, url: str) -> None:
    browser = enter_password(begin())
    state = browser.state
    browser.get(url, state=state)
    assert browser.elsewhere is None
    assert path(browser) in {"/u/login", "/u/totp"}
    assert browser.client.get_cookie("idp_session") is None


@pytest.mark.parametrize("url", ["/admin", "/account", "/admin/apps/new"])
def test_no_page_of_ours_opens_before_the_second_factor(app: Flask, begin: Begin, seed: str, url: str) -> None:
    with app.app_context(), unit_of_work():
        get_user(EMAIL).is_admin = True
    browser = enter_password(begin())
    browser.get(url)
    assert path(browser) == "/u/login"


def test_a_new_request_starts_at_the_login(begin: Begin, seed: str) -> None:
    enter_password(begin())
    assert path(begin()) == "/u/login"
    assert begin(prompt="none").answer["error"] == "login_required"


@pytest.mark.parametrize("url", ["/u/totp", "/u/totp/set-up", "/u/recovery-code"])
def test_pages_of_a_factor_without_a_first_one_lead_to_the_login(begin: Begin, url: str) -> None:
    browser = begin()
    browser.get(url, state=browser.state)
    assert path(browser) == "/u/login"
    assert Browser(browser.client.application).get(url).request.path == "/u/login"


def test_a_factor_that_is_not_set_up_proves_nothing(app: Flask, begin: Begin, seed: str) -> None:
    browser = enter_password(begin())
    form = browser.forms[0]
    browser.post(f"/u/recovery-code?state={browser.state}", {**form.fields, "code": "0000-0000-0000-0000"})
    assert path(browser) == "/u/totp"
    browser.post(f"/u/totp/set-up?state={browser.state}", {**form.fields, "code": code_of(seed)})
    assert path(browser) == "/u/totp"
    assert browser.elsewhere is None


def test_the_pending_login_is_good_for_its_own_request_and_browser_alone(app: Flask, begin: Begin, seed: str) -> None:
    browser = enter_password(begin())
    pending = browser.client.get_cookie("idp_pending")
    assert pending is not None
    other = Browser(app)
    other.client.set_cookie("idp_pending", pending.value)
    begin(other)
    other.get(f"/u/totp?state={other.state}")
    assert path(other) == "/u/login"


def test_a_pending_login_ends_when_the_user_is_blocked_or_a_quarter_of_an_hour_has_passed(
    app: Flask, begin: Begin, seed: str, clock: Any
) -> None:
    browser = enter_password(begin())
    with app.app_context(), unit_of_work():
        block_user(get_user(EMAIL))
    browser.submit("totp-submit", code=code_of(seed))
    assert path(browser) == "/u/login"
    with app.app_context(), unit_of_work():
        get_user(EMAIL).blocked_at = None
    browser = enter_password(begin(Browser(app)))
    clock.shift(15 * 60)
    browser.submit("totp-submit", code=code_of(seed))
    assert path(browser) == "/u/login"


def test_going_back_after_the_login_leads_to_the_app(begin: Begin, seed: str) -> None:
    browser = enter_password(begin())
    form = browser.forms[0]
    url = browser.page.request.full_path
    browser.submit("totp-submit", code=code_of(seed))
    page = browser.post(form.action, {**form.fields, "code": code_of(seed, 1)})
    assert page.status_code == 400
    assert "This sign-in is finished" in browser.get(url).get_data(as_text=True)


def test_a_session_of_one_factor_is_asked_for_the_second_alone(
    app: Flask, client: App, begin: Begin, clock: Any
) -> None:
    user = make_user(app)
    browser = enter_password(begin())
    assert id_token(app, client, browser)["acr"] == "1"
    before = browser.client.get_cookie("idp_session")
    seed = enrol_totp(app, user)
    clock.shift(600)
    begin(acr_values="2")
    assert path(browser) == "/u/totp"
    browser.submit("totp-submit", code=code_of(seed))
    told = id_token(app, client, browser)
    assert (told["acr"], told["auth_time"]) == ("2", NOW)
    after = browser.client.get_cookie("idp_session")
    assert before is not None
    assert after is not None
    assert before.value != after.value
    assert "code" in begin(acr_values="2").answer


def test_a_step_up_is_no_fresh_login(app: Flask, begin: Begin) -> None:
    user = make_user(app)
    enter_password(begin())
    seed = enrol_totp(app, user)
    browser = begin(prompt="login", acr_values="2")
    assert path(browser) == "/u/login"
    browser.get(f"/u/totp?state={browser.state}")
    assert path(browser) == "/u/totp"
    browser.submit("totp-submit", code=code_of(seed))
    assert browser.elsewhere is None
    assert path(browser) == "/u/login"


def test_nothing_is_shown_for_prompt_none(app: Flask, begin: Begin) -> None:
    user = make_user(app)
    enter_password(begin())
    enrol_totp(app, user)
    assert "code" in begin(prompt="none").answer
    assert begin(prompt="none", acr_values="2").answer["error"] == "interaction_required"


def test_a_required_factor_is_set_up_in_the_middle_of_the_login(
    app: Flask, client: App, begin: Begin, mails: Any
) -> None:
    make_user(app)
    set_policy(app, second=["totp", "recovery_code"], second_factor="required")
    browser = enter_password(begin())
    assert path(browser) == "/u/totp/set-up"
    seed = secret_on(browser)
    page = browser.submit("totp-set-up-submit", code="000000")
    assert page.status_code == 422
    assert secret_on(browser) == seed
    browser.get(browser.page.request.full_path)
    assert secret_on(browser) == seed
    browser.submit("totp-set-up-submit", code=code_of(seed))
    text = browser.page.get_data(as_text=True)
    assert len(set(re.findall(r"\b(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}\b", text))) == 10
    assert seed not in text
    assert [mail.subject for mail in mails()] == ["An authenticator app was added to your account"]
    onward = next(link for link in browser.links if link.startswith("/authorize/resume"))
    browser.get(onward)
    assert id_token(app, client, browser)["acr"] == "2"


def test_a_seed_that_counts_is_never_shown_again_and_reloading_leads_on(app: Flask, begin: Begin) -> None:
    make_user(app)
    set_policy(app, second=["totp", "recovery_code"], second_factor="required")
    browser = enter_password(begin())
    set_up, form, seed = browser.page.request.full_path, browser.forms[0], secret_on(browser)
    browser.submit("totp-set-up-submit", code=code_of(seed))
    browser.post(form.action, {**form.fields, "code": code_of(seed)})
    assert "code" in browser.answer
    assert seed not in browser.get(set_up).get_data(as_text=True)


def test_the_code_of_the_set_up_is_spent(app: Flask, begin: Begin) -> None:
    make_user(app)
    set_policy(app, second=["totp"], second_factor="required")
    browser = enter_password(begin())
    seed = secret_on(browser)
    browser.submit("totp-set-up-submit", code=code_of(seed))
    assert "code" in browser.answer
    other = enter_password(begin(Browser(app)))
    assert other.submit("totp-submit", code=code_of(seed)).status_code == 422


def test_who_only_knows_the_password_never_learns_a_seed_that_is_used_later(app: Flask, begin: Begin) -> None:
    make_user(app)
    set_policy(app, second=["totp"], second_factor="required")
    thief = enter_password(begin(Browser(app)))
    stolen = secret_on(thief)
    browser = enter_password(begin())
    seed = secret_on(browser)
    assert seed != stolen
    browser.submit("totp-set-up-submit", code=code_of(seed))
    thief.submit("totp-set-up-submit", code=code_of(stolen))
    assert thief.elsewhere is None
    assert path(thief) == "/u/login"


def test_an_app_may_require_what_the_policy_leaves_open(app: Flask, begin: Begin, client: App) -> None:
    make_user(app)
    set_policy(app, second=["totp"])
    enter_password(begin())
    strict = make_client(app, name="Strict")
    with app.app_context(), unit_of_work():
        update_client(strict.id, login={"second_factor": True})
    browser = begin(client_id=strict.id, redirect_uri=CALLBACK)
    assert path(browser) == "/u/totp/set-up"
    assert begin(client_id=strict.id, prompt="none").answer["error"] == "interaction_required"


def test_where_it_is_off_nobody_is_asked_but_for_an_app_that_asks(app: Flask, begin: Begin, seed: str) -> None:
    set_policy(app, second_factor="off")
    assert "code" in enter_password(begin()).answer
    assert path(begin(acr_values="2")) == "/u/totp"


def test_once_removed_it_is_not_asked_for(app: Flask, begin: Begin, seed: str) -> None:
    waiting = enter_password(begin(Browser(app)))
    with app.app_context(), unit_of_work():
        drop_totp(get_user(EMAIL))
    assert "code" in enter_password(begin()).answer
    waiting.submit("totp-submit", code=code_of(seed))
    assert path(waiting) == "/u/login"


def test_another_way_is_offered_where_there_is_one(app: Flask, begin: Begin, seed: str) -> None:
    browser = enter_password(begin())
    assert "reset your second step" in browser.page.get_data(as_text=True)
    give_recovery_codes(app, user_id(app))
    browser.get(browser.page.request.full_path)
    browser.get(next(link for link in browser.links if "other=totp" in link))
    assert [link.partition("?")[0] for link in browser.links][:2] == [
        "/u/recovery-code",
        "/u/totp",
    ]  # others first, then back


def test_somebody_else_may_sign_in_instead(begin: Begin, seed: str) -> None:
    browser = enter_password(begin())
    browser.get(next(link for link in browser.links if "switch=1" in link))
    assert path(browser) == "/u/login"


def user_id(app: Flask) -> str:
    with app.app_context():
        return get_user(EMAIL).id
