"""`identifier_first`: the address on a page of its own, then the password; no page tells who has an account."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from flask import Flask

from idp.domain.lifecycle.users import block_user
from idp.domain.users.queries import get_user
from idp.infra import clock
from idp.infra.db import unit_of_work
from tests.login.conftest import Begin
from tests.login.test_email_code import code_in
from tests.login.test_login import without_what_differs_by_nature
from tests.login.test_passkey import give_passkey, press
from tests.login.test_references import has_reference_line, told
from tests.support.browser import ORIGIN, Browser
from tests.support.factories import EMAIL, PASSWORD, make_user
from tests.support.protocol import forgive_refusals
from tests.support.second_factors import set_policy

Mails = Callable[[], list[Any]]
PASSWORD_PAGE = "/u/login/password"
WRONG = "not the right password at all"


@pytest.fixture(autouse=True)
def first(app: Flask) -> None:
    set_policy(app, identifier_first=True)


@pytest.fixture
def user_id(app: Flask) -> str:
    return make_user(app)


def type_address(browser: Browser, email: str = EMAIL) -> Browser:
    browser.submit("login-submit", username=email)
    return browser


def path(browser: Browser) -> str:
    return browser.page.request.path


def test_the_address_then_the_password_lead_to_the_app(begin: Begin, user_id: str) -> None:
    browser = begin()
    assert 'type="password"' not in browser.page.text
    assert "login-mail" not in browser.page.text
    type_address(browser, f"  {EMAIL.upper()} ")
    assert path(browser) == PASSWORD_PAGE
    assert EMAIL in browser.page.text.casefold()
    browser.submit("login-submit", password=PASSWORD)
    assert browser.answer["code"]
    assert browser.answer["state"] == "xyz"


def test_the_page_of_the_address_has_passkeys_and_sign_up(app: Flask, begin: Begin, user_id: str) -> None:
    browser = begin()
    assert 'autocomplete="username webauthn"' in browser.page.text
    assert [link for link in browser.links if "/u/signup" in link]
    assert "code" in press(browser, give_passkey(app, user_id)).answer


def test_a_password_manager_finds_whose_password_it_is(begin: Begin, user_id: str) -> None:
    html = type_address(begin()).page.text
    field = re.search(r'<input [^>]*name="username"[^>]*>', html)
    assert field is not None
    assert f'value="{EMAIL}"' in field[0]
    assert 'autocomplete="username"' in field[0]
    assert 'autocomplete="current-password"' in html


@pytest.mark.parametrize("with_app", [True, False])
def test_both_pages_read_the_same_for_every_address(app: Flask, begin: Begin, user_id: str, with_app: bool) -> None:
    make_user(app, "bob@example.com")
    with app.app_context(), unit_of_work():
        block_user(get_user("bob@example.com"))
    seen = []
    with time_machine.travel(1_800_000_015, tick=False):
        for who in (EMAIL, "bob@example.com", "eve@example.com"):
            forgive_refusals()
            browser = Browser(app)
            begin(browser) if with_app else browser.get("/u/login")
            answers = [normal(type_address(browser, who), who), normal(submit_wrong(browser), who)]
            while browser.page.status_code != 429:
                submit_wrong(browser)
            seen.append([*answers, normal(browser, who)])
    assert [answer[0] for answer in seen[0]] == [200, 422, 429]
    assert seen[1:] == seen[:1] * 2


def submit_wrong(browser: Browser) -> Browser:
    browser.submit("login-submit", password=WRONG)
    return browser


def normal(browser: Browser, who: str) -> tuple[int, str, list[tuple[str, str]]]:
    status, body, headers = without_what_differs_by_nature(browser.page)
    return status, body.replace(who, "ADDRESS").replace(who.replace("@", "%40"), "ADDRESS"), headers


def test_a_wrong_password_is_told_on_the_page_with_its_reference(app: Flask, begin: Begin, user_id: str) -> None:
    browser = submit_wrong(type_address(begin()))
    assert browser.page.status_code == 422
    assert EMAIL in browser.page.text
    assert has_reference_line(browser)
    assert told(app, browser)["received"] == "wrong password"
    assert "Enter your password." in browser.submit("login-submit", password="").text
    browser.submit("login-submit", password=PASSWORD)
    assert browser.answer["code"]


def test_what_is_no_address_is_told_at_the_field(begin: Begin) -> None:
    browser = type_address(begin(), "maria")
    assert browser.page.status_code == 422
    assert 'id="username-error"' in browser.page.text
    assert 'value="maria"' in browser.page.text
    assert not has_reference_line(browser)


def test_without_an_app_the_address_is_in_the_query(browser: Browser, user_id: str) -> None:
    browser.get("/u/login", return_to="/account")
    type_address(browser)
    asked = parse_qs(urlsplit(browser.page.request.url).query)
    assert asked == {"username": [EMAIL], "return_to": ["/account"]}
    browser.submit("login-submit", password=PASSWORD)
    assert path(browser) == "/account"


def test_reload_back_and_a_bookmark(app: Flask, begin: Begin, user_id: str) -> None:
    browser = type_address(begin())
    url = browser.page.request.full_path
    assert browser.get(url).status_code == 200
    assert EMAIL in browser.page.text
    browser.get(url.replace(PASSWORD_PAGE, "/u/login"))  # back: what was typed is there
    assert f'value="{EMAIL}"' in browser.page.text
    type_address(browser, "other@example.com")
    assert "other@example.com" in browser.page.text
    for bookmark in (PASSWORD_PAGE, f"{PASSWORD_PAGE}?username=x", f"{PASSWORD_PAGE}?username="):
        stranger = Browser(app)
        stranger.get(bookmark)
        assert path(stranger) == "/u/login"


def test_back_after_the_login_leads_forward(begin: Begin, browser: Browser, user_id: str) -> None:
    type_address(begin(prompt="login"))
    url = browser.page.request.full_path
    browser.submit("login-submit", password=PASSWORD)
    assert browser.answer["code"]
    assert browser.get(url).status_code == 400
    assert browser.links == ["https://app.example.com/"]


def test_two_tabs_of_one_sign_in_each_try_what_they_show(app: Flask, begin: Begin, user_id: str) -> None:
    make_user(app, "other@example.com", password="another long and quiet sentence")
    browser = type_address(begin())
    form = browser.forms[0]
    browser.get(f"/u/login?state={browser.state}")
    type_address(browser, "other@example.com")
    browser.post(form.action, {**form.fields, "password": PASSWORD})
    assert browser.answer["code"]
    with app.app_context():
        assert get_user(user_id).email == EMAIL
    assert EMAIL in browser.get("/u/login").text


def test_not_you_leads_back_to_an_empty_field(begin: Begin, user_id: str) -> None:
    browser = type_address(begin())
    (back,) = [link for link in browser.links if "switch=1" in link]
    browser.get(back)
    assert path(browser) == "/u/login"
    assert EMAIL not in browser.page.text


def test_a_code_can_be_mailed_instead(begin: Begin, user_id: str, mails: Mails) -> None:
    browser = type_address(begin())
    browser.submit("login-mail")
    assert path(browser) == "/u/email-code"
    browser.submit("code-submit", code=code_in(mails()[0]))
    assert browser.answer["code"]


def test_a_forgotten_password_is_asked_for_by_the_address_that_was_typed(begin: Begin, user_id: str) -> None:
    browser = type_address(begin())
    (reset,) = [link for link in browser.links if "/u/reset-password" in link]
    assert f'value="{EMAIL}"' in browser.get(reset).text


@pytest.mark.parametrize("typed", [True, False])
def test_cancelling_tells_the_app(begin: Begin, browser: Browser, typed: bool) -> None:
    begin()
    if typed:
        type_address(browser)
    browser.submit("cancel")
    assert browser.answer["error"] == "access_denied"


def test_guesses_count_as_on_one_page(app: Flask, begin: Begin, user_id: str) -> None:
    with time_machine.travel(1_800_000_000, tick=False):
        statuses = [submit_wrong(type_address(begin(Browser(app)))).page.status_code for _ in range(7)]
        browser = type_address(begin(Browser(app)))
        page = browser.submit("login-submit", password=PASSWORD)
    assert statuses == [422] * 5 + [429] * 2
    assert page.status_code == 429
    assert int(page.headers["Retry-After"]) >= 1


def test_a_page_of_ours_that_wants_a_fresh_login_gets_one(app: Flask, browser: Browser, user_id: str) -> None:
    browser.get("/u/login")
    type_address(browser)
    browser.submit("login-submit", password=PASSWORD)
    cookie = browser.client.get_cookie("idp_session")
    with time_machine.travel(clock.now() + 3600):
        browser.get("/u/login", fresh="1", return_to="/account/password")
        assert f'value="{EMAIL}"' in browser.page.text
        type_address(browser)
        assert path(browser) == PASSWORD_PAGE
        browser.submit("login-submit", password=PASSWORD)
        assert path(browser) == "/account/password"
    again = browser.client.get_cookie("idp_session")
    assert cookie is not None
    assert again is not None
    assert cookie.value != again.value


def test_a_page_from_before_the_change_still_signs_in(app: Flask, begin: Begin, user_id: str) -> None:
    set_policy(app, identifier_first=False)
    browser = begin()
    form = browser.forms[0]
    set_policy(app, identifier_first=True)
    browser.post(form.action, {**form.fields, "username": EMAIL, "password": PASSWORD})
    assert browser.answer["code"]


def test_a_password_page_from_before_the_change_leads_on(app: Flask, begin: Begin, user_id: str) -> None:
    browser = type_address(begin())
    form, url = browser.forms[0], browser.page.request.full_path
    set_policy(app, identifier_first=False)
    browser.get(url)
    assert path(browser) == "/u/login"
    assert f'value="{EMAIL}"' in browser.page.text
    browser.post(form.action, {**form.fields, "password": PASSWORD})
    assert browser.answer["code"]


def test_where_passwords_are_off_nothing_comes_after_the_address(app: Flask, begin: Begin, user_id: str) -> None:
    set_policy(app, first=("email_code",))
    browser = begin()
    browser.submit("login-submit", username=EMAIL)
    assert path(browser) == "/u/email-code"


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_a_form_from_elsewhere_is_refused(begin: Begin, user_id: str, headers: dict[str, str]) -> None:
    browser = type_address(begin())
    form = browser.forms[0]
    assert browser.post(form.action, {**form.fields, "password": PASSWORD}, **headers).status_code == 403
    assert browser.client.get_cookie("idp_session") is None


def test_the_address_of_the_query_is_inert(browser: Browser) -> None:
    page = browser.client.get(PASSWORD_PAGE, query_string={"username": "<script>@x.example"}, base_url=ORIGIN)
    assert "<script>@" not in page.get_data(as_text=True)
