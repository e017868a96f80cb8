"""Whoever finds a browser signed in adds no second factor to the account: an old login is proved again first."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from flask import Flask

from idp.domain.credentials.factors import enrolled_factors
from tests.support.browser import Browser
from tests.support.factories import EMAIL, PASSWORD, make_user
from tests.support.second_factors import code_of, set_policy
from tests.support.ways_in import Person

NOW = 1_800_000_015
DAY = 86400
SET_UP = ("/u/totp/set-up", "/u/passkey/set-up")


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def her(app: Flask) -> Person:
    """Signed in by a password, without a second factor."""
    person = Person(app)
    set_policy(app, second=("totp", "passkey"))
    person.protocol.sign_in(person.user_id)
    person.browser.client.set_cookie("idp_session", person.protocol.cookie, domain="localhost")
    return person


def set_up(browser: Browser) -> None:
    seed = re.search(r"secret=([A-Z2-7]{32})&amp;issuer=", browser.page.get_data(as_text=True))
    assert seed is not None
    browser.submit("totp-set-up-submit", code=code_of(seed[1]))


@pytest.mark.parametrize("page", SET_UP)
def test_an_old_login_is_proved_again_before_a_factor_is_added(her: Person, clock: Any, page: str) -> None:
    clock.shift(DAY)
    her.open(acr_values="2")
    her.browser.get(page, state=her.browser.state)
    assert her.at("/u/login")
    token = her.browser.forms[0].fields["csrf_token"]
    her.browser.post(f"{page}?state={her.browser.state}", {"csrf_token": token, "code": "000000", "credential": "{}"})
    assert her.at("/u/login")
    with her.app.app_context():
        assert not enrolled_factors(her.user_id)


def test_once_proved_the_way_goes_on_to_the_app(her: Person, clock: Any) -> None:
    clock.shift(DAY)
    her.open(acr_values="2")
    her.browser.get("/u/totp/set-up", state=her.browser.state)
    her.enter()
    her.browser.get("/u/totp/set-up", state=her.browser.state)
    assert her.at("/u/totp/set-up")
    set_up(her.browser)
    assert "code" in her.browser.answer


def test_a_login_of_just_now_is_enough(her: Person) -> None:
    her.open(acr_values="2")
    her.browser.get("/u/totp/set-up", state=her.browser.state)
    assert her.at("/u/totp/set-up")


def test_who_takes_long_over_it_within_one_sign_in_is_asked_again_and_not_sent_in_circles(
    her: Person, clock: Any
) -> None:
    her.open(prompt="login", acr_values="2")
    her.enter()
    her.browser.get("/u/totp/set-up", state=her.browser.state)
    her.protocol.sign_in(her.user_id)
    her.browser.client.set_cookie("idp_session", her.protocol.cookie, domain="localhost")
    her.browser.client.delete_cookie("idp_pending")
    clock.shift(6 * 60)
    her.browser.get("/u/totp/set-up", state=her.browser.state)
    assert her.at("/u/login")
    her.enter()
    her.browser.get("/u/totp/set-up", state=her.browser.state)
    assert her.at("/u/totp/set-up")


def test_the_account_asks_in_the_same_way(app: Flask, browser: Browser, clock: Any) -> None:
    make_user(app)
    browser.get("/u/login", return_to="/account")
    browser.submit("login-submit", username=EMAIL, password=PASSWORD)
    clock.shift(DAY)
    set_policy(app, second_factor="required", second=("totp",))
    browser.get("/account")
    assert browser.page.request.path == "/u/login"
    browser.submit("login-submit", username=EMAIL, password=PASSWORD)
    assert browser.page.request.path == "/u/totp/set-up"
