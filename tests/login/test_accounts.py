"""Several people signed in in one browser: chosen, hinted at, signed out one by one; none is taken for another."""

from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from idp.domain.lifecycle.users import block_user
from idp.domain.sessions.models import Session
from idp.domain.users.models import User
from idp.domain.users.queries import get_user
from idp.infra.db import db, unit_of_work
from idp.web.sessions import MOST_OTHERS
from tests.login.conftest import Begin, request_of
from tests.support.browser import ORIGIN, Browser
from tests.support.factories import EMAIL, LOGGED_OUT, PASSWORD, App, make_client, make_user
from tests.support.protocol import Protocol, claims_of, later
from tests.support.second_factors import enrol_totp, set_policy

GRACE = "grace@example.com"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"


@pytest.fixture
def people(app: Flask) -> dict[str, str]:
    """Ada and Grace: address → id."""
    return {EMAIL: make_user(app), GRACE: make_user(app, GRACE, claims={"name": "Grace Hopper"})}


@pytest.fixture
def both(people: dict[str, str], browser: Browser) -> Browser:
    """Ada signed in, and then Grace: she is the current one."""
    for email in people:
        add(browser, email)
    return browser


def add(browser: Browser, email: str) -> None:
    browser.get("/u/login", switch="1")
    browser.submit("login-submit", username=email, password=PASSWORD)


def sids(app: Flask) -> dict[str, str]:
    """Address → sid of everybody who is signed in."""
    with app.app_context():
        found = select(User.email, Session.sid).join(Session, Session.user_id == User.id)
        return {row.email: row.sid for row in db.session.execute(found.where(Session.ended_at.is_(None)))}


def press(browser: Browser, **button: str) -> None:
    """Press the button of an account, or the one beside it that signs it out."""
    form = browser.forms[0]
    browser.post(form.action, {**form.fields, **button})


@dataclass
class Asking:
    """An app that asks in a browser, and sees whom it gets."""

    client: App
    protocol: Protocol
    browser: Browser

    def whom(self, client: App | None = None) -> dict[str, Any]:
        """The claims that it gets for the code that it was just sent."""
        answer = self.protocol.redeem(client or self.client, self.browser.answer["code"], code_verifier=VERIFIER)
        assert answer.status_code == 200, answer.text
        return claims_of(answer.get_json()["id_token"])

    def hint(self, email: str) -> str:
        """An ID token of somebody's login in this browser."""
        self.browser.get("/authorize", **request_of(self.client, login_hint=email, scope="openid"))
        sent = self.protocol.redeem(self.client, self.browser.answer["code"], code_verifier=VERIFIER)
        return str(sent.get_json()["id_token"])


@pytest.fixture
def asking(client: App, protocol: Protocol, browser: Browser) -> Asking:
    """The app."""
    return Asking(client, protocol, browser)


def test_whoever_signed_in_before_stays_signed_in_under_their_own_sid(app: Flask, both: Browser) -> None:
    assert set(sids(app)) == {EMAIL, GRACE}
    assert both.client.get_cookie("idp_accounts") is not None
    assert GRACE in both.get("/u/login").get_data(as_text=True)


def test_the_same_person_again_goes_on_under_a_new_cookie(app: Flask, both: Browser) -> None:
    before, cookie = sids(app), both.client.get_cookie("idp_accounts")
    add(both, EMAIL)
    assert sids(app) == before
    kept = both.client.get_cookie("idp_accounts")
    assert kept is not None
    assert cookie is not None
    assert kept.value != cookie.value
    assert both.client.get_cookie("idp_session").value != cookie.value  # type: ignore[union-attr]


def test_the_list_is_shown_when_asked_for_even_with_one(app: Flask, people: dict[str, str], begin: Begin) -> None:
    browser = begin()
    browser.submit("login-submit", username=EMAIL, password=PASSWORD)
    begin(prompt="select_account")
    text = browser.page.get_data(as_text=True)
    assert "Choose an account" in text
    assert EMAIL in text
    assert "Ada Lovelace" in text
    press(browser, account=sids(app)[EMAIL])
    assert "code" in browser.answer


def test_with_nobody_there_it_is_the_login(people: dict[str, str], begin: Begin) -> None:
    browser = begin(prompt="select_account")
    browser.submit("login-submit", username=EMAIL, password=PASSWORD)
    assert "code" in browser.answer


@pytest.mark.parametrize("email", [EMAIL, GRACE])
def test_the_app_gets_whoever_was_chosen(
    app: Flask, both: Browser, asking: Asking, people: dict[str, str], email: str
) -> None:
    both.get("/authorize", **request_of(asking.client, prompt="select_account"))
    press(both, account=sids(app)[email])
    told = asking.whom()
    assert (told["sub"], told["sid"]) == (people[email], sids(app)[email])
    assert email in both.get("/u/login").get_data(as_text=True)


def test_somebody_else_can_sign_in_from_the_list(app: Flask, both: Browser, begin: Begin) -> None:
    make_user(app, "new@example.com")
    begin(prompt="select_account")
    both.get(next(link for link in both.links if "switch=" in link))
    assert EMAIL not in both.page.get_data(as_text=True)
    both.submit("login-submit", username="new@example.com", password=PASSWORD)
    assert "code" in both.answer
    assert set(sids(app)) == {EMAIL, GRACE, "new@example.com"}


def test_a_login_that_is_too_old_goes_on_to_the_form_with_its_address(
    app: Flask, both: Browser, begin: Begin, asking: Asking, people: dict[str, str]
) -> None:
    with later(100):
        begin(prompt="select_account", max_age="60")
        press(both, account=sids(app)[EMAIL])
        assert both.forms[0].fields["username"] == EMAIL
        both.submit("login-submit", username=EMAIL, password=PASSWORD)
        assert asking.whom()["sub"] == people[EMAIL]
    assert set(sids(app)) == {EMAIL, GRACE}


def test_whoever_was_chosen_comes_before_whom_the_app_hinted_at(
    app: Flask, both: Browser, begin: Begin, people: dict[str, str]
) -> None:
    with later(100):
        begin(prompt="select_account", max_age="60", login_hint="new@example.com")
        press(both, account=sids(app)[EMAIL])
        assert both.forms[0].fields["username"] == EMAIL


def test_prompt_login_asks_whoever_was_chosen_to_prove_it(app: Flask, both: Browser, begin: Begin) -> None:
    begin(prompt="select_account login")
    press(both, account=sids(app)[EMAIL])
    assert both.forms[0].fields["username"] == EMAIL
    both.submit("login-submit", username=EMAIL, password=PASSWORD)
    assert "code" in both.answer


@pytest.mark.parametrize("prompt", ["", "none"])
def test_a_login_hint_uses_the_login_that_it_names(
    both: Browser, begin: Begin, asking: Asking, people: dict[str, str], prompt: str
) -> None:
    begin(login_hint=EMAIL.upper(), prompt=prompt)
    assert asking.whom()["sub"] == people[EMAIL]
    assert GRACE in both.get("/u/login").get_data(as_text=True)


@pytest.mark.parametrize("prompt", ["", "none"])
def test_an_id_token_hint_uses_the_login_that_it_names(
    both: Browser, begin: Begin, asking: Asking, people: dict[str, str], prompt: str
) -> None:
    token = asking.hint(EMAIL)
    begin(id_token_hint=token, login_hint=GRACE, prompt=prompt)
    assert asking.whom()["sub"] == people[EMAIL]


def test_a_hint_for_somebody_who_is_not_here_is_no_login_of_another(
    app: Flask, both: Browser, begin: Begin, asking: Asking
) -> None:
    token = asking.hint(EMAIL)
    begin(prompt="select_account")
    press(both, remove=sids(app)[EMAIL])
    begin(id_token_hint=token, prompt="none")
    assert both.answer["error"] == "login_required"


def test_a_prompt_outweighs_the_hint(both: Browser, begin: Begin) -> None:
    begin(login_hint=EMAIL, prompt="login")
    assert both.forms[0].fields["username"] == EMAIL
    begin(login_hint=EMAIL, prompt="select_account")
    assert "Choose an account" in both.page.get_data(as_text=True)


def test_one_signed_out_from_the_list_is_gone_and_the_others_stay(app: Flask, both: Browser, begin: Begin) -> None:
    begin(prompt="select_account")
    press(both, remove=sids(app)[GRACE])
    assert set(sids(app)) == {EMAIL}
    assert GRACE not in both.page.get_data(as_text=True)
    press(both, remove=sids(app)[EMAIL])
    assert "login-submit" in both.page.get_data(as_text=True)


def test_only_the_accounts_of_this_browser_can_be_chosen_or_signed_out(app: Flask, both: Browser, begin: Begin) -> None:
    make_user(app, "victim@example.com")
    victim = Browser(app)
    add(victim, "victim@example.com")
    begin(prompt="select_account")
    form = both.forms[0]
    for name in ("account", "remove"):
        both.post(form.action, {**form.fields, name: sids(app)["victim@example.com"]})
        assert "Choose an account" in both.page.get_data(as_text=True)
        assert "victim@" not in both.page.get_data(as_text=True)
    assert set(sids(app)) == {EMAIL, GRACE, "victim@example.com"}


def test_with_nobody_current_the_choice_is_asked_for(
    app: Flask, both: Browser, begin: Begin, asking: Asking, people: dict[str, str]
) -> None:
    both.get("/oidc/logout")
    both.submit("logout-confirm")
    assert "Other accounts are still signed in here" in both.page.get_data(as_text=True)
    assert set(sids(app)) == {EMAIL}
    begin(prompt="none")
    assert both.answer["error"] == "account_selection_required"
    begin(prompt="login")
    assert "login-submit" in both.page.get_data(as_text=True)
    begin()
    press(both, account=sids(app)[EMAIL])
    assert asking.whom()["sub"] == people[EMAIL]


def test_all_can_be_signed_out_at_once(app: Flask, both: Browser, begin: Begin) -> None:
    page = both.get("/oidc/logout").get_data(as_text=True)
    assert f"Also signed in here: {EMAIL}" in page
    both.submit("logout-all")
    assert sids(app) == {}
    assert both.client.get_cookie("idp_accounts") is None
    begin(prompt="none")
    assert both.answer["error"] == "login_required"


def test_an_app_ends_the_login_that_its_hint_names_and_no_other(app: Flask, both: Browser, asking: Asking) -> None:
    token = asking.hint(EMAIL)
    both.get("/oidc/logout", id_token_hint=token, post_logout_redirect_uri=LOGGED_OUT)
    assert both.elsewhere == LOGGED_OUT
    assert set(sids(app)) == {GRACE}
    assert GRACE in both.get("/u/login").get_data(as_text=True)


def test_the_question_is_about_the_login_that_it_was_about(app: Flask, both: Browser) -> None:
    both.get("/oidc/logout")
    form = both.forms[0]
    add(both, EMAIL)
    both.post(form.action, {**form.fields, "decision": "logout"})
    assert set(sids(app)) == {EMAIL}


def test_the_state_of_the_browser_is_another_one_after_each_change(app: Flask, both: Browser) -> None:
    seen = {op_state(both)}
    both.get("/u/select-account")
    press(both, account=sids(app)[EMAIL])
    seen.add(op_state(both))
    both.get("/u/select-account")
    press(both, remove=sids(app)[GRACE])
    seen.add(op_state(both))
    assert len(seen) == 3


def test_a_hint_changes_nothing_for_other_apps(both: Browser, begin: Begin) -> None:
    before = op_state(both)
    for email in (EMAIL, GRACE, EMAIL):
        begin(login_hint=email, prompt="none")
        assert "code" in both.answer
    assert op_state(both) == before


def op_state(browser: Browser) -> str:
    cookie = browser.client.get_cookie("idp_op_state")
    assert cookie is not None
    return str(cookie.value)


def test_a_blocked_account_is_no_longer_in_the_list(
    app: Flask, both: Browser, begin: Begin, people: dict[str, str]
) -> None:
    with app.app_context(), unit_of_work():
        block_user(get_user(people[EMAIL]))
    begin(prompt="select_account")
    assert EMAIL not in both.page.get_data(as_text=True)
    begin(login_hint=EMAIL, prompt="none")
    assert both.elsewhere is not None


def test_the_cookie_holds_so_many_and_whoever_was_current_longest_ago_is_signed_out(app: Flask) -> None:
    browser = Browser(app)
    emails = [f"person{number}@example.com" for number in range(MOST_OTHERS + 2)]
    for email in emails:
        make_user(app, email)
        add(browser, email)
    assert set(sids(app)) == set(emails[1:])
    cookie = browser.client.get_cookie("idp_accounts")
    assert cookie is not None
    assert len(cookie.value) < 400
    assert cookie.http_only


@pytest.mark.parametrize("value", ["", ".", "....", "se1_x", "x" * 4000, ".".join(["se1_" + "a" * 43] * 50), "é"])
def test_a_cookie_that_is_none_of_ours_is_nobody(app: Flask, begin: Begin, browser: Browser, value: str) -> None:
    browser.client.set_cookie("idp_accounts", value, domain="localhost")
    begin(prompt="select_account")
    assert "login-submit" in browser.page.get_data(as_text=True)


def test_each_tab_goes_on_with_whom_it_began(app: Flask, both: Browser, asking: Asking, people: dict[str, str]) -> None:
    asker = make_client(app, name="Asking App", requires_consent=True)
    tabs = {}
    for email in people:
        both.get("/authorize", **request_of(asker, prompt="select_account"))
        press(both, account=sids(app)[email])
        tabs[email] = both.forms[0]
    for email, form in tabs.items():
        both.post(form.action, {**form.fields, "decision": "allow"})
        assert asking.whom(asker)["sub"] == people[email]


def test_the_list_is_there_without_an_app_too(app: Flask, both: Browser) -> None:
    both.get("/u/select-account")
    assert "Cancel" not in both.page.get_data(as_text=True)
    press(both, account=sids(app)[EMAIL])
    assert both.page.request.path == "/u/login"
    assert EMAIL in both.page.get_data(as_text=True)


def test_the_way_out_leads_back_to_the_app(both: Browser, begin: Begin) -> None:
    begin(prompt="select_account")
    both.submit("cancel")
    assert both.answer["error"] == "access_denied"


def test_a_forged_form_chooses_nobody(both: Browser, begin: Begin, app: Flask) -> None:
    begin(prompt="select_account")
    url = both.forms[0].action
    answer = both.client.post(url, base_url=ORIGIN, data={"account": sids(app)[EMAIL]})
    assert answer.status_code == 403


@pytest.mark.parametrize("signs_in_again", [True, False])
def test_nobody_is_asked_for_the_second_factor_of_somebody_else(
    app: Flask, people: dict[str, str], browser: Browser, signs_in_again: bool
) -> None:
    if not signs_in_again:
        add(browser, EMAIL)
    enrol_totp(app, people[GRACE])
    add(browser, GRACE)
    assert browser.page.request.path == "/u/totp"
    if signs_in_again:
        add(browser, EMAIL)
        assert browser.client.get_cookie("idp_pending") is None
    set_policy(app, second_factor="required")
    browser.get("/account")
    assert browser.page.request.path == "/u/second-factor"
    assert "/u/totp/set-up" in browser.page.get_data(as_text=True)
    assert GRACE not in browser.page.get_data(as_text=True)


def test_a_choice_of_another_account_ends_the_login_that_waits(
    app: Flask, both: Browser, people: dict[str, str]
) -> None:
    make_user(app, "bob@example.com")
    with app.app_context():
        bob = get_user("bob@example.com").id
    enrol_totp(app, bob)
    add(both, "bob@example.com")
    assert both.client.get_cookie("idp_pending") is not None
    both.get("/u/select-account")
    press(both, account=sids(app)[EMAIL])
    assert both.client.get_cookie("idp_pending") is None
