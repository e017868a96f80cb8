"""Whoever guesses is slowed, by whichever door; and nobody slows another person down (NIST SP 800-63B-4 §3.2.2)."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from flask import Flask

from tests.login.conftest import link_in
from tests.login.test_email_code import ask as ask_for_code
from tests.login.test_email_code import code_in
from tests.login.test_reset import NEW
from tests.login.test_reset import ask as ask_for_reset
from tests.support.browser import Browser
from tests.support.factories import EMAIL, PASSWORD, make_user
from tests.support.second_factors import code_of, enrol_totp

Mails = Callable[[], list[Any]]


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    """The middle of a time step, standing still."""
    with time_machine.travel(1_800_000_015, tick=False) as traveller:
        yield traveller


def somewhere(app: Flask, number: int) -> Browser:
    """A new browser in a network of its own."""
    browser = Browser(app)
    browser.client.environ_base["REMOTE_ADDR"] = f"198.51.100.{number}"
    return browser


def sign_in(browser: Browser, password: str = PASSWORD) -> None:
    browser.get("/u/login", switch="1")
    browser.submit("login-submit", username=EMAIL, password=password)


def test_a_reset_brings_no_new_guesses_at_the_second_factor(app: Flask, mails: Mails) -> None:
    enrol_totp(app, make_user(app))
    looked_at = 0
    for number in range(3):
        thief = somewhere(app, number)
        ask_for_reset(thief)
        thief.get(link_in(mails()[0].text))
        thief.submit("reset-submit", password=NEW)
        sign_in(thief, NEW)
        looked_at += sum(thief.submit("totp-submit", code="000000").status_code == 422 for _ in range(6))
    assert looked_at == 5


def test_the_owners_device_takes_the_second_factor_meanwhile(app: Flask) -> None:
    seed = enrol_totp(app, make_user(app))
    owner, thief = somewhere(app, 1), somewhere(app, 2)
    sign_in(owner)
    owner.submit("totp-submit", code=code_of(seed))
    sign_in(thief)
    for _ in range(7):
        thief.submit("totp-submit", code="000000")
    assert thief.page.status_code == 429
    sign_in(owner)
    owner.submit("totp-submit", code=code_of(seed, 1))
    assert owner.page.status_code == 200
    assert owner.page.request.path == "/u/login"


def test_a_stranger_does_not_use_up_the_mails_of_who_is_on_a_new_device(app: Flask, mails: Mails) -> None:
    make_user(app)
    for _ in range(11):
        stranger = somewhere(app, 1)
        stranger.get("/u/login")
        ask_for_code(stranger)
    assert stranger.page.status_code == 429
    assert [ask_for_reset(stranger).status_code for _ in range(6)][-1] == 429
    owner = somewhere(app, 2)
    owner.get("/u/login")
    ask_for_code(owner)
    owner.submit("code-submit", code=code_in(mails()[0]))
    assert "You are signed in" in owner.page.get_data(as_text=True)
    assert ask_for_reset(somewhere(app, 3)).status_code == 200


def test_a_mailbox_is_not_filled_from_many_networks(app: Flask, mails: Mails) -> None:
    make_user(app)
    for number in range(40):
        stranger = somewhere(app, number)
        stranger.get("/u/login")
        ask_for_code(stranger)
    assert len(mails()) == 30
    assert stranger.page.status_code == 429


def test_wrong_codes_of_a_stranger_leave_the_owners_code_good(app: Flask, mails: Mails, clock: Any) -> None:
    make_user(app)
    for _ in range(2):
        stranger = somewhere(app, 1)
        stranger.get("/u/login")
        ask_for_code(stranger)
        for _ in range(5):
            stranger.submit("code-submit", code="0" * len(code_in(mails()[0]).replace(" ", "")))
    assert stranger.page.status_code == 429
    owner = somewhere(app, 2)
    owner.get("/u/login")
    ask_for_code(owner)
    owner.submit("code-submit", code=code_in(mails()[0]))
    assert "You are signed in" in owner.page.get_data(as_text=True)


def test_the_devices_of_an_account_that_was_deleted_are_not_known_to_the_next(app: Flask) -> None:
    claimant = somewhere(app, 1)
    claimant.get("/u/signup")
    claimant.submit("signup-submit", email=EMAIL, password=PASSWORD)
    claimant.get("/account/delete")
    claimant.post("/account/delete", {"csrf_token": claimant.forms[-1].fields["csrf_token"], "email": EMAIL})
    make_user(app)
    claimant.get("/u/login")
    answers = [claimant.submit("login-submit", username=EMAIL, password="wrong").status_code for _ in range(6)]
    owner = somewhere(app, 2)
    owner.get("/u/login")
    assert answers == [422] * 5 + [429]
    assert owner.submit("login-submit", username=EMAIL, password="wrong").status_code == 429


def test_the_cookie_of_a_device_opens_nothing_after_a_new_password(app: Flask, mails: Mails) -> None:
    """It stands for no factor, so a new password need not end it: what it is worth is a count of its own."""
    seed = enrol_totp(app, make_user(app))
    device, owner = somewhere(app, 1), somewhere(app, 2)
    sign_in(device)
    device.submit("totp-submit", code=code_of(seed))
    assert device.client.get_cookie("idp_device") is not None
    ask_for_reset(owner)
    owner.get(link_in(mails()[0].text))
    owner.submit("reset-submit", password=NEW, sign_out_everywhere="yes")
    assert owner.client.get_cookie("idp_device") is None
    sign_in(device)
    assert device.page.status_code == 422
    sign_in(device, NEW)
    assert device.page.request.path == "/u/totp"
    assert [device.submit("totp-submit", code="000000").status_code for _ in range(6)][-1] == 429
