"""/u/verify-email: only the button of whoever reads the address confirms it, once."""

from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from flask import Flask

from idp.domain.credentials.factors import enrolled_factors
from idp.domain.credentials.passwords import has_password
from idp.domain.events.names import EventName
from idp.domain.events.reading import list_events_of_user
from idp.domain.users.addresses import email_key
from idp.domain.users.queries import get_user
from idp.domain.users.tickets import LIFETIMES
from idp.infra import clock
from idp.infra.db import unit_of_work
from tests.login.conftest import Begin, link_in
from tests.login.test_email_code import ask as ask_for_code
from tests.login.test_email_code import code_in
from tests.login.test_passkey import give_passkey
from tests.login.test_reset import NEW
from tests.login.test_reset import ask as ask_for_reset
from tests.support.authenticator import Authenticator
from tests.support.browser import ORIGIN, Browser
from tests.support.factories import EMAIL, PASSWORD, make_user
from tests.support.second_factors import enrol_totp, set_policy
from tests.support.stampede import at_once

Mails = Callable[[], list[Any]]


@pytest.fixture
def link(begin: Begin, mails: Mails) -> str:
    """The link of somebody who just signed up."""
    begin(screen_hint="signup").submit("signup-submit", email=EMAIL, password=PASSWORD)
    return link_in(mails()[0].text)


def is_verified(app: Flask) -> bool:
    with app.app_context():
        return get_user(EMAIL).email_verified


def test_a_mail_scanner_that_opens_the_link_confirms_nothing(app: Flask, link: str) -> None:
    assert Browser(app).get(link).status_code == 200
    assert not is_verified(app)


def test_the_button_confirms_once_and_the_link_says_so_afterwards(app: Flask, browser: Browser, link: str) -> None:
    browser.get(link)
    form = browser.forms[0]
    assert "confirmed" in browser.submit("verify-submit").get_data(as_text=True)
    assert is_verified(app)
    again = browser.post(form.action, form.fields)
    assert (again.status_code, again.request.method) == (200, "GET")
    assert "confirmed" in browser.get(link).get_data(as_text=True)


def test_of_eight_at_once_one_confirms(app: Flask, browser: Browser, link: str) -> None:
    browser.get(link)
    answers = at_once(app, browser, 8)
    assert all(each.startswith("/u/verify-email?") or each == "503" for each in answers), answers
    with app.app_context():
        assert len(list_events_of_user(get_user(EMAIL).id, (EventName.EMAIL_VERIFIED,), 9)) == 1


def test_it_works_in_a_browser_where_nobody_is_signed_in(app: Flask, link: str) -> None:
    telephone = Browser(app)
    telephone.get(link)
    telephone.submit("verify-submit")
    assert is_verified(app)


def test_where_the_account_is_known_nothing_more_is_asked(browser: Browser, link: str) -> None:
    browser.get("/v2/logout")
    browser.submit()
    browser.get(link)
    assert browser.page.status_code == 200
    assert "Was that you?" not in browser.page.get_data(as_text=True)


def test_elsewhere_the_page_tells_who_made_the_account(app: Flask, mails: Mails) -> None:
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
    claimant = Browser(app)
    claimant.client.environ_base["HTTP_USER_AGENT"] = agent
    with time_machine.travel(1_800_000_000, tick=False):
        claimant.get("/u/signup")
        claimant.submit("signup-submit", email=EMAIL, password=PASSWORD)
        told = mails()[0].text
        page = Browser(app).get(link_in(told)).get_data(as_text=True)
    assert "on 15 January 2027, 08:00 UTC, with Firefox on Linux, from the address 127.0.0.1" in told
    assert "with <strong>Firefox on Linux</strong>. Was that you?" in page
    assert 'datetime="2027-01-15T08:00:00+00:00"' in page


def test_who_says_no_leaves_nobody_anything(app: Flask, begin: Begin, mails: Mails) -> None:
    set_policy(app, verified_email=True)
    claimant = begin(Browser(app), screen_hint="signup")
    claimant.submit("signup-submit", email=EMAIL, password=PASSWORD)
    with app.app_context():
        user_id = get_user(EMAIL).id
    passkey = give_passkey(app, user_id)
    enrol_totp(app, user_id)
    waiting = claimant.page.request.full_path
    owner = Browser(app)
    link = link_in(mails()[0].text)
    owner.get(link)
    owner.submit("verify-deny")
    assert "Nobody can use this account now" in owner.page.get_data(as_text=True)
    with app.app_context():
        user = get_user(EMAIL)
        assert not user.email_verified
        assert not has_password(user_id)
        assert not enrolled_factors(user_id)
        assert find_disowning(user_id)
    claimant.get(waiting)
    assert claimant.elsewhere is None
    assert claimant.page.request.path == "/u/signup"
    claimant.get("/account")
    assert claimant.page.request.path == "/u/login"
    assert sign_in_with(claimant, passkey).page.status_code == 422
    assert owner.get(link).status_code == 400


def test_of_eight_who_say_no_at_once_each_hears_that_it_is_done(app: Flask, mails: Mails) -> None:
    sign_up(app)
    owner = Browser(app)
    owner.get(link_in(mails()[0].text))
    form = owner.forms[0]
    assert set(at_once(app, owner, 8, answer="no")) <= {"/u/verify-email/not-me", "503"}
    with app.app_context():
        user_id = get_user(EMAIL).id
        assert len(list_events_of_user(user_id, (EventName.ACCOUNT_DISOWNED,), 9)) == 1
    assert owner.post(form.action, form.fields).status_code == 400


def test_no_is_not_heard_after_yes(app: Flask, mails: Mails) -> None:
    sign_up(app)
    owner = Browser(app)
    owner.get(link_in(mails()[0].text))
    form = owner.forms[0]
    owner.submit("verify-submit")
    assert owner.post(form.action, {**form.fields, "answer": "no"}).status_code == 400
    assert is_verified(app)


def test_a_form_sent_twice_leads_nowhere_where_somebody_else_is_signed_in(app: Flask, mails: Mails) -> None:
    sign_up(app)
    owner = Browser(app)
    owner.get(link_in(mails()[0].text))
    form = owner.forms[0]
    owner.submit("verify-submit")
    make_user(app, "eve@example.com")
    owner.get("/account")
    owner.submit("login-submit", username="eve@example.com", password=PASSWORD)
    again = owner.post(form.action, form.fields)
    assert again.status_code == 400
    assert "This link is for another account" in again.get_data(as_text=True)


def sign_up(app: Flask) -> None:
    claimant = Browser(app)
    claimant.get("/u/signup")
    claimant.submit("signup-submit", email=EMAIL, password=PASSWORD)


def test_who_says_yes_to_what_another_made_puts_them_out_with_the_next_mail(app: Flask, mails: Mails) -> None:
    claimant = Browser(app)
    claimant.get("/u/signup")
    claimant.submit("signup-submit", email=EMAIL, password=PASSWORD)
    with app.app_context():
        user_id = get_user(EMAIL).id
    passkey = give_passkey(app, user_id)
    owner = Browser(app)
    owner.get(link_in(mails()[0].text))
    owner.submit("verify-submit")
    assert is_verified(app)
    ask_for_reset(owner)
    owner.get(link_in(mails()[0].text))
    owner.submit("reset-submit", password=NEW)
    with app.app_context():
        assert not enrolled_factors(user_id)
        assert get_user(EMAIL).confirmed_elsewhere_at is None
    assert sign_in_with(claimant, passkey).page.status_code == 422
    claimant.get("/account")
    assert claimant.page.request.path == "/u/login"
    enrol_totp(app, user_id)
    ask_for_reset(owner)
    Browser(app).get(link_in(mails()[0].text))
    other = Browser(app)
    other.get(link_in(mails()[0].text))
    other.submit("reset-submit", password=NEW)
    with app.app_context():
        assert enrolled_factors(user_id) == {"totp"}


def test_who_confirms_elsewhere_and_reads_a_mail_where_it_was_made_is_one_person(
    app: Flask, browser: Browser, link: str, mails: Mails
) -> None:
    with app.app_context():
        user_id = get_user(EMAIL).id
    give_passkey(app, user_id)
    telephone = Browser(app)
    telephone.get(link)
    telephone.submit("verify-submit")
    browser.get("/u/login", switch="1")
    ask_for_code(browser)
    browser.submit("code-submit", code=code_in(mails()[0]))
    with app.app_context():
        assert get_user(EMAIL).confirmed_elsewhere_at is None
        assert enrolled_factors(get_user(EMAIL).id) == {"passkey"}


def find_disowning(user_id: str) -> bool:
    return bool(list_events_of_user(user_id, (EventName.ACCOUNT_DISOWNED,), 1))


def sign_in_with(browser: Browser, passkey: Authenticator) -> Browser:
    browser.get("/u/login", switch="1")
    token = browser.forms[0].fields["csrf_token"]
    asked = browser.client.post("/u/passkey/options", base_url=ORIGIN, data={"csrf_token": token})
    browser.submit("passkey-sign-in", credential=passkey.use(asked.get_json()))
    return browser


def test_somebody_else_who_is_signed_in_cannot_confirm_it(app: Flask, link: str, begin: Begin) -> None:
    make_user(app, "other@example.com")
    other = begin(Browser(app))
    other.submit("login-submit", username="other@example.com", password=PASSWORD)
    assert other.get(link).status_code == 400
    other.get("/u/login", switch="1")
    token = other.forms[0].fields["csrf_token"]
    assert other.post(link, {"csrf_token": token}).status_code == 400
    assert not is_verified(app)


def test_an_old_address_cannot_be_confirmed_any_more(app: Flask, browser: Browser, link: str) -> None:
    with app.app_context(), unit_of_work():
        user = get_user(EMAIL)
        user.email, user.email_key = "new@example.com", email_key("new@example.com")
    token = "csrf_token"  # the page shows no form any more, so one is taken from another
    browser.get("/u/reset-password")
    data = {token: browser.forms[0].fields[token]}
    assert browser.get(link).status_code == 400
    assert browser.post(link, data).status_code == 400
    with app.app_context():
        assert not get_user("new@example.com").email_verified


def test_a_link_too_old_says_so(browser: Browser, link: str) -> None:
    with time_machine.travel(clock.now() + LIFETIMES["verify_email"] + 1):
        assert browser.get(link).status_code == 400


@pytest.mark.parametrize("ticket", ["", "x", "ve1_" + "A" * 43, "\0"])
def test_an_invented_link_is_told_calmly(browser: Browser, ticket: str) -> None:
    assert browser.get("/u/verify-email", ticket=ticket).status_code == 400
