"""/u/magic-link: a link by mail signs in where it was asked for, by its button, once."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import time_machine
from flask import Flask

from idp.domain.credentials.email_codes import LIFETIME
from idp.domain.tenant.login_policy import change_login_policy
from idp.infra import clock
from idp.infra.db import unit_of_work
from tests.login.conftest import Begin, link_in
from tests.login.test_email_code import code_in
from tests.support.browser import ORIGIN, Browser
from tests.support.factories import EMAIL, make_user

Mails = Callable[[], list[Any]]
DEFAULT = ("password", "passkey", "email_code")


def set_first(app: Flask, *first: str) -> None:
    with app.app_context(), unit_of_work():
        change_login_policy(first=first)


@pytest.fixture
def user_id(app: Flask) -> Iterator[str]:
    """Somebody with an account, where links are on beside codes."""
    set_first(app, "password", "email_code", "magic_link")
    yield make_user(app)
    set_first(app, *DEFAULT)


@pytest.fixture
def link(begin: Begin, user_id: str, mails: Mails) -> str:
    """A link that the browser of the test asked for."""
    begin().submit("login-mail", username=EMAIL)
    return link_in(mails()[0].text)


def text(page: Any) -> str:
    return page.get_data(as_text=True)


def test_the_button_of_the_link_leads_to_the_app(browser: Browser, link: str) -> None:
    assert "asked for this link" in text(browser.get(link))
    assert browser.elsewhere is None
    browser.submit("link-submit")
    assert browser.answer["state"] == "xyz"


def test_the_form_may_lead_to_the_app(browser: Browser, link: str) -> None:
    policy = browser.get(link).headers["Content-Security-Policy"]
    assert "https:" in policy.partition("form-action")[2].partition(";")[0]


def test_a_mail_scanner_that_opens_it_spends_nothing(app: Flask, browser: Browser, link: str) -> None:
    scanner = Browser(app)
    for _ in range(3):
        scanner.get(link)
        app.test_client().head(link, base_url=ORIGIN)
    browser.get(link)
    browser.submit("link-submit")
    assert browser.answer["code"]


def test_in_another_browser_it_says_where_to_open_it(app: Flask, browser: Browser, link: str, mails: Mails) -> None:
    other = Browser(app)
    page = text(other.get(link))
    assert "Open this link where you began" in page
    assert "type the code" in page
    assert page.count('class="button"') == 1
    other.get("/u/login")
    token = other.forms[0].fields["csrf_token"]
    other.post(link, {"csrf_token": token})
    assert "Open this link where you began" in text(other.page)
    other.get("/u/login")
    assert "You are signed in" not in text(other.page)
    browser.get(link)
    browser.submit("link-submit")
    assert browser.answer["code"]


def test_wiped_cookies_are_another_browser(browser: Browser, link: str) -> None:
    browser.client.delete_cookie("idp_browser")
    page = browser.get(link)
    assert page.status_code == 400
    assert "/u/login" in browser.links


def test_it_works_once_and_says_so(browser: Browser, link: str) -> None:
    browser.get(link)
    form = browser.forms[0]
    browser.submit("link-submit")
    assert browser.elsewhere is not None
    again = browser.post(form.action, form.fields)
    assert again.status_code == 400
    assert "/u/login" in browser.links
    assert "does not work any more" in text(browser.get(link))


def test_code_and_link_are_one(browser: Browser, link: str, mails: Mails) -> None:
    browser.submit("code-submit", code=code_in(mails()[0]))
    assert browser.answer["code"]
    assert "does not work any more" in text(browser.get(link))


def test_of_many_at_once_one_gets_in(app: Flask, browser: Browser, link: str) -> None:
    browser.get(link)
    form = browser.forms[0]
    cookie = browser.client.get_cookie("idp_browser")
    assert cookie is not None

    def send(_: int) -> str:
        client = app.test_client()
        client.set_cookie("idp_browser", cookie.value, domain="localhost")
        answer = client.post(form.action, base_url=ORIGIN, data=form.fields, headers={"Origin": ORIGIN})
        return "in" if answer.status_code == 303 and "Set-Cookie" in answer.headers else str(answer.status_code)

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(send, range(6)))
    assert answers.count("in") == 1
    assert set(answers) == {"in", "400"}


def test_a_link_too_old_offers_the_way_back(browser: Browser, link: str) -> None:
    with time_machine.travel(clock.now() + LIFETIME + 1):
        assert browser.get(link).status_code == 400
        assert "/u/login" in browser.links


@pytest.mark.parametrize("link", ["", "x", "ml1_" + "A" * 43, "\0", "em1_" + "A" * 43])
def test_an_invented_link_is_told_calmly(browser: Browser, link: str) -> None:
    assert browser.get("/u/magic-link", link=link).status_code == 400


def test_a_link_of_a_sign_in_that_is_finished_leads_to_the_app(
    app: Flask, browser: Browser, link: str, mails: Mails
) -> None:
    url = browser.page.request.full_path
    browser.get(url.partition("?")[0].replace("email-code", "login") + f"?state={browser.state}")
    browser.submit("login-submit", username=EMAIL, password="correct horse battery staple")
    assert browser.elsewhere is not None
    page = browser.get(link)
    assert page.status_code == 400
    assert "This sign-in is finished" in text(page)


def test_where_links_alone_are_on_there_is_no_code(app: Flask, begin: Begin, user_id: str, mails: Mails) -> None:
    set_first(app, "magic_link")
    browser = begin()
    assert "E-mail me a link" in text(browser.page)
    page = text(browser.submit("login-submit", username=EMAIL))
    assert 'name="code"' not in page
    assert "a link to sign in is on its way" in page
    browser.get(link_in(mails()[0].text))
    browser.submit("link-submit")
    assert browser.answer["code"]


def test_by_default_a_mail_has_no_link(app: Flask, begin: Begin, user_id: str, mails: Mails) -> None:
    set_first(app, *DEFAULT)
    begin().submit("login-mail", username=EMAIL)
    assert "http" not in mails()[0].text
