"""What six digits are worth: how many guesses at codes by mail a day leaves to a stranger."""

from collections.abc import Iterator
from unittest.mock import patch

import pytest
import time_machine
from flask import Flask

from idp.domain.credentials import email_codes
from idp.domain.credentials.email_codes import DIGITS, Answer, Order, Outcome, check_code, send
from idp.infra.db import unit_of_work
from tests.support.factories import EMAIL, make_user

DAY = 86400
FIRST = 1_800_000_000
MOST_A_DAY = 90
WRONG = "x" * DIGITS


@pytest.fixture(autouse=True)
def hers(app: Flask) -> Iterator[None]:
    make_user(app)
    with app.app_context(), unit_of_work(), patch.object(email_codes, "mail_sign_in"):
        yield


def guess(browser: str) -> Answer:
    name = send(Order(purpose="email_first", address=EMAIL, browser=browser, parts="code"))
    return check_code(name, "email_first", browser, WRONG, None)


def test_a_stranger_has_some_hundred_guesses_a_day_whichever_browser_asks_for_however_many_codes() -> None:
    guesses, now = 0, FIRST
    while now < FIRST + DAY:
        with time_machine.travel(now, tick=False):
            answer = guess(f"br1_{now}")
        guesses += answer.outcome is Outcome.WRONG
        now += answer.retry_after or 1
    assert 50 < guesses <= MOST_A_DAY
    assert guesses / 10**DIGITS < 1 / 8500
