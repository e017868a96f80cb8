"""Pages at the end of a way: each has one button, and it works."""

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from idp.domain.clients.registration import update_client
from idp.domain.errors import TryLaterError
from idp.infra.db import unit_of_work
from idp.web.errors import domain_error, failure
from tests.login.conftest import Begin, link_in
from tests.support.browser import ORIGIN, Browser
from tests.support.factories import EMAIL, PASSWORD, App, make_user

Mails = Callable[[], list[Any]]
HOME = "https://app.example.com/"
BEGINS_AT = "https://app.example.com/login"
BEGUN = f"{BEGINS_AT}?iss=http%3A%2F%2Flocalhost%3A8000%2F"


def the_button(page: str) -> tuple[str, str]:
    """Where the only button leads, and what it says."""
    [(target, words)] = re.findall(r'<a class="button[^"]*"[^>]*href="([^"]+)"[^>]*>([^<]+)</a>', page)
    return html.unescape(target), words


def text(browser: Browser) -> str:
    return browser.page.get_data(as_text=True)


def sign_in(browser: Browser) -> None:
    browser.get("/u/login", switch="1")
    browser.submit("login-submit", username=EMAIL, password=PASSWORD)


def log_out(browser: Browser, decision: str, client: App | None = None) -> str:
    browser.get("/oidc/logout", **({"client_id": client.id} if client else {}))
    browser.submit(decision)
    return text(browser)


@pytest.mark.parametrize(
    ("registered", "home"),
    [
        ({}, HOME),
        ({"client_uri": "https://example.com/notes"}, "https://example.com/notes"),
        ({"registration": {"initiate_login_uri": BEGINS_AT}}, BEGUN),
    ],
)
def test_after_the_question_whether_to_sign_out_the_app_is_a_button_away(
    app: Flask, browser: Browser, client: App, registered: dict[str, Any], home: str
) -> None:
    make_user(app)
    with app.app_context(), unit_of_work():
        update_client(client.id, **registered)
    for decision in ("logout-stay", "logout-confirm"):
        sign_in(browser)
        assert the_button(log_out(browser, decision, client)) == (home, "Return to Example App")


@pytest.mark.parametrize("flag", [{"is_third_party": True}, {"disabled_at": 1}])
def test_a_page_of_ours_leads_to_no_app_that_the_operator_does_not_answer_for(
    app: Flask, browser: Browser, client: App, flag: dict[str, Any]
) -> None:
    make_user(app)
    with app.app_context(), unit_of_work():
        update_client(client.id, client_uri="https://evil.example/", **flag)
    sign_in(browser)
    assert the_button(log_out(browser, "logout-confirm", client)) == ("/", "Sign in again")


def test_who_signed_out_of_no_app_can_sign_in_again(app: Flask, browser: Browser) -> None:
    make_user(app)
    sign_in(browser)
    target, words = the_button(log_out(browser, "logout-confirm"))
    assert words == "Sign in again"
    browser.get(target)
    browser.submit("login-submit", username=EMAIL, password=PASSWORD)
    assert "You are signed in" in text(browser)


@pytest.mark.parametrize(("is_admin", "words"), [(True, "Open the console"), (False, "Your account")])
def test_who_stays_signed_in_goes_on(app: Flask, browser: Browser, is_admin: bool, words: str) -> None:
    make_user(app, is_admin=is_admin)
    sign_in(browser)
    target, said = the_button(log_out(browser, "logout-stay"))
    assert said == words
    assert browser.get(target).status_code == 200
    assert EMAIL in text(browser)


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nothing", 404), ("POST", "/", 405)])
def test_an_address_that_is_none_leads_to_the_front_page(
    app: Flask, browser: Browser, method: str, path: str, status: int
) -> None:
    make_user(app)
    for front in ('id="login-submit"', "You are signed in"):
        page = browser.client.open(path, method=method, base_url=ORIGIN)
        assert page.status_code == status
        target, words = the_button(page.get_data(as_text=True))
        assert words == "Go to the front page"
        browser.get(target)
        assert front in text(browser)
        sign_in(browser)


@pytest.mark.parametrize("path", ["//evil.example/", "//evil.example/u/", "/\\evil.example/"])
def test_no_button_leads_where_a_made_up_address_says(browser: Browser, path: str) -> None:
    page = browser.client.get("/", base_url=ORIGIN, environ_overrides={"PATH_INFO": path})
    assert page.status_code == 404
    assert the_button(page.get_data(as_text=True))[0] == "/"


@pytest.mark.parametrize(
    ("path", "way_on"),
    [
        ("/u/login?state=x", ("/u/login?state=x", "Try again")),
        ("/authorize?client_id=a&x=%22", ("/authorize?client_id=a&x=%22", "Try again")),
        ("/", ("/", "Go to the front page")),
        ("//evil.example/", ("/", "Go to the front page")),
    ],
)
def test_what_did_not_work_for_our_own_reasons_can_be_tried_again(
    app: Flask, path: str, way_on: tuple[str, str]
) -> None:
    for show in (failure, lambda: domain_error(TryLaterError("Wait.", 2))):
        with app.test_request_context(f"{ORIGIN}{path}"):
            assert the_button(show().get_data(as_text=True)) == way_on


def test_a_request_that_cannot_be_answered_leads_back_to_its_app(begin: Begin) -> None:
    page = text(begin(redirect_uri="https://app.example.com/wrong"))
    assert the_button(page) == (HOME, "Open Example App")
    assert the_button(text(begin(client_id="nobody"))) == ("/", "Go to the front page")


def test_a_page_of_which_nothing_is_known_has_a_way_on(browser: Browser) -> None:
    browser.get("/u/login", state="in1_" + "A" * 43)
    assert the_button(text(browser)) == ("/", "Go to the front page")


def test_who_confirmed_an_address_goes_on_to_the_app(browser: Browser, begin: Begin, mails: Mails) -> None:
    begin(screen_hint="signup").submit("signup-submit", email=EMAIL, password=PASSWORD)
    for each in (browser, Browser(browser.client.application)):
        each.get(link_in(mails()[0].text))
        if each is browser:
            each.submit("verify-submit")
        assert the_button(text(each)) == (HOME, "Continue to Example App")


def test_who_confirmed_an_address_in_the_middle_goes_on_with_the_same_request(
    app: Flask, browser: Browser, begin: Begin, client: App, mails: Mails
) -> None:
    with app.app_context(), unit_of_work():
        update_client(client.id, requires_consent=True)
    begin(screen_hint="signup").submit("signup-submit", email=EMAIL, password=PASSWORD)
    browser.get(link_in(mails()[0].text))
    browser.submit("verify-submit")
    target, words = the_button(text(browser))
    assert words == "Continue to Example App"
    browser.get(target)
    browser.submit("consent-allow")
    assert browser.answer["state"] == "xyz"


@pytest.mark.parametrize(("is_signed_in", "words"), [(True, "Continue"), (False, "Sign in")])
def test_who_signed_up_without_an_app_goes_to_the_front_page(
    app: Flask, browser: Browser, mails: Mails, is_signed_in: bool, words: str
) -> None:
    browser.get("/u/signup")
    browser.submit("signup-submit", email=EMAIL, password=PASSWORD)
    other = browser if is_signed_in else Browser(app)
    other.get(link_in(mails()[0].text))
    other.submit("verify-submit")
    target, said = the_button(text(other))
    assert said == words
    assert other.get(target).status_code == 200


def test_the_live_rules_of_a_new_password_are_not_covered_by_a_bubble_of_the_browser(
    app: Flask, browser: Browser
) -> None:
    browser.get("/u/signup")
    assert 'data-rule="length"' in text(browser)
    assert "minlength" not in text(browser)
    assert browser.submit("signup-submit", email=EMAIL, password="short").status_code == 422
