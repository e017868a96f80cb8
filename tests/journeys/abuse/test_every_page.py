"""Whatever happens while a page of the login is open: what was open can be looked at again, sent, and ends well."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext

import pytest
import time_machine
from flask import Flask

from idp.domain.clients.registration import update_client
from idp.domain.lifecycle.clients import delete_client
from idp.domain.lifecycle.users import block_user, unblock_user
from idp.domain.users.models import User
from idp.domain.users.queries import get_user
from idp.infra.db import db, unit_of_work
from idp.web import rate_limits
from tests.journeys.abuse.steps import STEPS, come_to
from tests.journeys.abuse.traveller import Traveller, be_signed_in
from tests.support.browser import Browser
from tests.support.factories import PASSWORD, make_user
from tests.support.second_factors import set_policy

OTHER = "other@example.com"
DAY = 86400
EndsWell = Callable[[Browser], None]
Happening = Callable[[Traveller], AbstractContextManager[object] | None]


def nothing(_her: Traveller) -> None:
    """The page is only reloaded, and its form sent twice."""


def a_day_passes(_her: Traveller) -> AbstractContextManager[object]:
    return time_machine.travel(int(time.time()) + DAY)


def a_month_passes(_her: Traveller) -> AbstractContextManager[object]:
    return time_machine.travel(int(time.time()) + 31 * DAY)


def all_cookies_are_wiped(her: Traveller) -> None:
    her.browser.client._cookies.clear()  # type: ignore[union-attr]


def wiped(name: str) -> Happening:
    def wipe(her: Traveller) -> None:
        her.browser.client.delete_cookie(name, domain="localhost")

    return wipe


def finished_in_another_tab(her: Traveller) -> None:
    her.leave()


def signed_out_in_another_tab(her: Traveller) -> None:
    her.browser.get("/oidc/logout")
    if her.browser.forms:
        her.browser.submit("logout-confirm")


def somebody_else_signs_in_in_another_tab(her: Traveller) -> None:
    be_signed_in(her.app, her.browser, make_user(her.app, OTHER))


def every_other_way_in_is_switched_off(her: Traveller) -> None:
    set_policy(her.app, first=("password",), second=(), second_factor="off")


def the_password_is_switched_off(her: Traveller) -> None:
    set_policy(her.app, first=("email_code",), second=("totp",))


def the_app_is_removed(her: Traveller) -> None:
    with her.app.app_context(), unit_of_work():
        delete_client(her.client.id)


def the_app_moves(her: Traveller) -> None:
    with her.app.app_context(), unit_of_work():
        update_client(her.client.id, redirect_uris=["https://app.example.com/new"])


def the_account_is_blocked(her: Traveller) -> None:
    with her.app.app_context(), unit_of_work():
        block_user(get_user(her.user_id))


def the_account_is_blocked_for_a_while(her: Traveller) -> None:
    the_account_is_blocked(her)
    with her.app.app_context(), unit_of_work():
        unblock_user(get_user(her.user_id))


def the_account_is_deleted(her: Traveller) -> None:
    with her.app.app_context(), unit_of_work():
        db.session.delete(db.session.get_one(User, her.user_id))


HAPPENINGS: dict[str, Happening] = {
    each.__name__: each
    for each in (
        nothing,
        a_day_passes,
        a_month_passes,
        all_cookies_are_wiped,
        finished_in_another_tab,
        signed_out_in_another_tab,
        somebody_else_signs_in_in_another_tab,
        every_other_way_in_is_switched_off,
        the_password_is_switched_off,
        the_app_is_removed,
        the_app_moves,
        the_account_is_blocked,
        the_account_is_blocked_for_a_while,
        the_account_is_deleted,
    )
} | {f"{name} is wiped": wiped(name) for name in ("idp_browser", "idp_session", "idp_pending", "idp_accounts")}


@pytest.mark.parametrize("happening", HAPPENINGS)
@pytest.mark.parametrize("step", STEPS)
def test_a_page_that_was_open_ends_well(traveller: Traveller, ends_well: EndsWell, step: str, happening: str) -> None:
    come_to(traveller, step)
    browser = traveller.browser
    address, forms = browser.page.request.full_path, browser.forms
    with HAPPENINGS[happening](traveller) or nullcontext():
        for form in forms[:2]:
            sent = traveller.filled(form)
            for _ in range(2):  # a double click, or Enter held down
                browser.post(form.action or address, sent)
                ends_well(browser)
        browser.get(address)
        ends_well(browser)


@pytest.mark.parametrize("step", STEPS)
def test_a_page_opened_in_another_browser_ends_well(
    app: Flask, traveller: Traveller, ends_well: EndsWell, step: str
) -> None:
    come_to(traveller, step)
    address, forms = traveller.browser.page.request.full_path, traveller.browser.forms
    for other in (Browser(app), signed_in(app)):
        other.get(address)
        ends_well(other)
        for form in forms[:1]:
            other.post(form.action or address, form.fields)
            ends_well(other)


def signed_in(app: Flask) -> Browser:
    """A browser in which somebody else is signed in."""
    browser = Browser(app)
    be_signed_in(app, browser, make_user(app, OTHER))
    return browser


def pages(app: Flask, method: str = "GET") -> Iterator[str]:
    """Every address of the hosted pages and of the account."""
    for rule in app.url_map.iter_rules():
        if method in (rule.methods or ()) and rule.rule.startswith(("/u/", "/account")) and not rule.arguments:
            yield rule.rule


QUERIES = {
    "bare": {},
    "an empty state": {"state": ""},
    "a wrong state": {"state": "in1_" + "A" * 43},
    "a state that is none": {"state": "é\0'--"},
    "a ticket that is none": {"ticket": "x", "link": "x"},
}


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("is_signed_in", [False, True])
def test_every_page_can_be_bookmarked(app: Flask, ends_well: EndsWell, is_signed_in: bool, query: str) -> None:
    traveller = Traveller(app)
    browser = signed_in(app) if is_signed_in else traveller.browser
    found = list(pages(app))
    assert {"/u/login", "/u/consent", "/u/totp", "/u/second-factor", "/u/select-account"} <= set(found)
    for path in found:
        browser.get(path, **QUERIES[query])
        ends_well(browser)


@pytest.mark.parametrize("query", QUERIES)
def test_every_form_can_be_sent_from_nowhere(app: Flask, ends_well: EndsWell, query: str) -> None:
    traveller = Traveller(app)
    browser = traveller.browser
    browser.get("/u/login")
    token = browser.forms[0].fields["csrf_token"]
    asked = "&".join(f"{name}={value}" for name, value in QUERIES[query].items() if value.isascii())
    for path in pages(app, "POST"):
        rate_limits.local.storage.reset()
        browser.post(f"{path}?{asked}", {"csrf_token": token})
        ends_well(browser)


@pytest.mark.parametrize("end", ["cancel", "login-submit"])
def test_every_page_of_a_finished_sign_in_leads_to_the_app(
    app: Flask, traveller: Traveller, ends_well: EndsWell, end: str
) -> None:
    traveller.begin()
    browser, state = traveller.browser, traveller.browser.state
    if end == "cancel":
        traveller.leave()
    else:
        traveller.sign_in()
    assert browser.elsewhere is not None
    for path in pages(app):
        browser.get(path, state=state)
        ends_well(browser)


@pytest.mark.parametrize("tabs", [20])
def test_twenty_tabs_each_finish(traveller: Traveller, tabs: int) -> None:
    browser, waiting = traveller.browser, []
    for number in range(tabs):
        traveller.begin(state=f"tab {number}")
        waiting.append((number, browser.forms[0], browser.state))
    for number, form, _ in waiting[:2]:  # the password is typed in two of them
        browser.post(form.action, {**form.fields, "username": "ada@example.com", "password": PASSWORD})
        assert browser.answer["state"] == f"tab {number}"
    for number, _, state in waiting[2:]:  # the others are reloaded, or gone on with
        browser.get("/authorize/resume", state=state)
        assert browser.answer["state"] == f"tab {number}"
        assert "code" in browser.answer
