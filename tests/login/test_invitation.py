"""`idp users invite` and /u/invitation: the link gives an account to its owner, once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from flask import Flask

from idp.domain.clients.queries import find_client_now
from idp.domain.lifecycle.invitations import invite
from idp.domain.lifecycle.users import block_user
from idp.domain.tenant.login_policy import change_login_policy
from idp.domain.users.accounts import EmailTakenError
from idp.domain.users.queries import get_user
from idp.domain.users.tickets import LIFETIMES
from idp.infra import clock
from idp.infra.db import unit_of_work
from tests.support.browser import ORIGIN, Browser
from tests.support.factories import EMAIL, PASSWORD, App, make_client, make_user

Mails = Callable[[], list[Any]]


def invited(app: Flask, client_id: str | None = None, **more: Any) -> str:
    """The path of a link just mailed."""
    with app.app_context(), unit_of_work():
        _, url = invite(EMAIL, find_client_now(client_id) if client_id else None, **more)
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def text(page: Any) -> str:
    return page.get_data(as_text=True)


def can_sign_in(app: Flask) -> bool:
    browser = Browser(app)
    browser.get("/u/login")
    return "You are signed in" in text(browser.submit("login-submit", username=EMAIL, password=PASSWORD))


def test_a_password_is_chosen_and_one_is_signed_in_and_led_to_the_app(
    app: Flask, browser: Browser, client: App, mails: Mails
) -> None:
    link = invited(app, client.id)
    (mail,) = mails()
    assert mail.to == EMAIL
    assert link in mail.text
    assert mail.subject == "You are invited to Example App"
    browser.get(link)
    page = text(browser.submit("invitation-submit", password=PASSWORD))
    assert "Welcome to Example App" in page
    assert "https://app.example.com/" in browser.links
    with app.app_context():
        assert get_user(EMAIL).email_verified
    assert can_sign_in(app)


def test_a_mail_scanner_spends_nothing(app: Flask, browser: Browser) -> None:
    link = invited(app)
    for _ in range(3):
        assert Browser(app).get(link).status_code == 200
    with app.app_context():
        assert not get_user(EMAIL).email_verified
    browser.get(link)
    browser.submit("invitation-submit", password=PASSWORD)
    assert can_sign_in(app)


def test_opened_twice_it_says_so_with_one_button(app: Flask, browser: Browser) -> None:
    link = invited(app)
    browser.get(link)
    form = browser.forms[0]
    browser.submit("invitation-submit", password=PASSWORD)
    for page in (browser.get(link), browser.post(form.action, {**form.fields, "password": "another long password"})):
        assert page.status_code == 400
        assert "does not work any more" in text(page)
        assert text(page).count('class="button"') == 1
    assert can_sign_in(app)


def test_of_many_at_once_one_is_taken(app: Flask, browser: Browser) -> None:
    browser.get(invited(app))
    form = browser.forms[0]
    cookie = browser.client.get_cookie("idp_browser")
    assert cookie is not None

    def send(_: int) -> int:
        client = app.test_client()
        client.set_cookie("idp_browser", cookie.value, domain="localhost")
        data = {**form.fields, "action": "later"}
        return client.post(form.action, base_url=ORIGIN, data=data, headers={"Origin": ORIGIN}).status_code

    with ThreadPoolExecutor(6) as pool:
        answers = sorted(pool.map(send, range(6)))
    assert answers == [303, 400, 400, 400, 400, 400]


def test_a_weak_password_is_told_at_the_field(app: Flask, browser: Browser) -> None:
    browser.get(invited(app))
    page = browser.submit("invitation-submit", password="short")
    assert page.status_code == 422
    assert 'id="password-error"' in text(page)
    with app.app_context():
        assert not get_user(EMAIL).email_verified


def test_one_can_go_on_without_a_password(app: Flask, browser: Browser, client: App) -> None:
    browser.get(invited(app, client.id))
    assert "Welcome to Example App" in text(browser.submit("later"))
    assert not can_sign_in(app)


def test_the_newest_link_counts(app: Flask, browser: Browser) -> None:
    old = invited(app)
    new = invited(app)
    assert browser.get(old).status_code == 400
    assert browser.get(new).status_code == 200


def test_a_link_too_old_is_worth_nothing(app: Flask, browser: Browser) -> None:
    link = invited(app)
    with time_machine.travel(clock.now() + LIFETIMES["invite"] + 1):
        assert browser.get(link).status_code == 400


def test_whoever_uses_an_account_is_not_invited_to_it(app: Flask, work: None) -> None:
    make_user(app)
    with pytest.raises(EmailTakenError):
        invite(EMAIL, None)


def test_a_blocked_account_cannot_be_taken_over(app: Flask, browser: Browser) -> None:
    link = invited(app)
    with app.app_context(), unit_of_work():
        block_user(get_user(EMAIL))
    assert browser.get(link).status_code == 400


def test_somebody_else_who_is_signed_in_cannot_accept(app: Flask, browser: Browser) -> None:
    make_user(app, "other@example.com")
    link = invited(app)
    browser.get("/u/login")
    browser.submit("login-submit", username="other@example.com", password=PASSWORD)
    assert "another account" in text(browser.get(link))
    assert "/v2/logout" in browser.links


def test_the_second_step_holds_for_who_is_invited(app: Flask, browser: Browser, client: App) -> None:
    with app.app_context(), unit_of_work():
        change_login_policy(second_factor="required")
    try:
        browser.get(invited(app, client.id))
        page = browser.submit("invitation-submit", password=PASSWORD)
        assert "Welcome" not in text(page)
        browser.get("/u/login")
        assert "You are signed in" not in text(browser.page)
    finally:
        with app.app_context(), unit_of_work():
            change_login_policy(second_factor="optional")


def test_an_administrator_is_led_to_the_console(app: Flask, browser: Browser) -> None:
    browser.get(invited(app, is_admin=True))
    browser.submit("invitation-submit", password=PASSWORD)
    assert browser.page.request.path == "/admin"


def test_without_an_app_one_sees_the_own_account(app: Flask, browser: Browser) -> None:
    browser.get(invited(app))
    browser.submit("invitation-submit", password=PASSWORD)
    assert browser.page.request.path == "/account"


@pytest.mark.parametrize("ticket", ["", "x", "iv1_" + "A" * 43, "\0"])
def test_an_invented_link_is_told_calmly(browser: Browser, ticket: str) -> None:
    assert browser.get("/u/invitation", ticket=ticket).status_code == 400


def test_nobody_sees_the_welcome_who_is_not_signed_in(browser: Browser, client: App) -> None:
    browser.get("/u/invitation/welcome", client_id=client.id)
    assert browser.page.request.path == "/u/login"


def test_an_app_that_asks_for_more_asks_when_it_is_opened(app: Flask, browser: Browser) -> None:
    strict = make_client(app, changes={"login": {"second_factor": True}})
    browser.get(invited(app, strict.id))
    assert "Welcome to Example App" in text(browser.submit("invitation-submit", password=PASSWORD))
    assert browser.client.get_cookie("idp_session") is not None
