"""/u/confirm-email: an app that wants confirmed addresses hears of the login once the mail's button was used."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from flask import Flask

from idp.domain.tenant.login_policy import change_login_policy
from idp.infra import clock
from idp.infra.db import unit_of_work
from idp.login.confirm_email import PAUSE
from tests.login.conftest import Begin, link_in
from tests.support.browser import Browser
from tests.support.factories import EMAIL, PASSWORD, make_user

Mails = Callable[[], list[Any]]


@pytest.fixture(autouse=True)
def policy(app: Flask) -> Iterator[None]:
    """A tenant that serves nobody whose address is not confirmed."""
    with app.app_context(), unit_of_work():
        change_login_policy(verified_email=True)
    yield
    with app.app_context(), unit_of_work():
        change_login_policy(verified_email=False)


@pytest.fixture
def waiting(begin: Begin) -> Browser:
    """Somebody who has just signed up."""
    browser = begin(screen_hint="signup")
    browser.submit("signup-submit", email=EMAIL, password=PASSWORD)
    return browser


def text(page: Any) -> str:
    return page.get_data(as_text=True)


def test_the_page_says_where_the_mail_went_and_none_is_sent_twice(waiting: Browser, mails: Mails) -> None:
    assert waiting.page.request.path == "/u/confirm-email"
    assert EMAIL in text(waiting.page)
    waiting.get(waiting.page.request.full_path)
    assert len(mails()) == 1


def test_it_goes_on_once_the_button_of_the_mail_was_used(app: Flask, waiting: Browser, mails: Mails) -> None:
    url = waiting.page.request.full_path
    assert "not confirmed yet" in text(waiting.submit("check"))
    telephone = Browser(app)
    telephone.get(link_in(mails()[0].text))
    telephone.submit("verify-submit")
    waiting.get(url)
    assert waiting.answer["code"]


def test_the_link_in_the_same_browser_leads_to_the_app(waiting: Browser, mails: Mails) -> None:
    waiting.get(link_in(mails()[0].text))
    waiting.submit("verify-submit")
    waiting.get(next(link for link in waiting.links if "/authorize/resume" in link))
    assert waiting.answer["code"]


def test_another_mail_is_sent_after_a_pause(waiting: Browser, mails: Mails) -> None:
    old = link_in(mails()[0].text)
    assert waiting.submit("resend").status_code == 429
    assert len(mails()) == 1
    with time_machine.travel(clock.now() + PAUSE + 1):
        assert "Another message is on its way" in text(waiting.submit("resend"))
        assert len(mails()) == 2
        assert waiting.get(old).status_code == 400


def test_another_address_can_be_taken(app: Flask, waiting: Browser) -> None:
    make_user(app, "grace@example.com")
    waiting.get(next(link for link in waiting.links if "/u/login" in link))
    waiting.submit("login-submit", username="grace@example.com", password=PASSWORD)
    assert waiting.answer["code"]


def test_in_silence_the_app_is_told_that_somebody_has_to_act(waiting: Browser, begin: Begin) -> None:
    begin(prompt="none")
    assert waiting.answer["error"] == "interaction_required"


def test_whose_address_is_confirmed_never_sees_the_page(app: Flask, begin: Begin) -> None:
    make_user(app)
    browser = begin()
    browser.submit("login-submit", username=EMAIL, password=PASSWORD)
    assert browser.answer["code"]


def test_a_code_by_mail_confirms_it_too(app: Flask, waiting: Browser, begin: Begin, mails: Mails) -> None:
    begin(prompt="login")
    waiting.submit("login-mail", username=EMAIL)
    waiting.submit("code-submit", code=mails()[0].subject.partition(" is")[0])
    assert waiting.answer["code"]


def test_the_page_without_an_app_leads_to_the_login(browser: Browser) -> None:
    browser.get("/u/confirm-email")
    assert browser.page.request.path == "/u/login"
