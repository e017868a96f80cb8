"""More logins than this machine can check: told at once to come back, and never in the way of anything else."""

import threading
from contextlib import ExitStack
from typing import Any

import pytest
from flask import Flask

from idp.domain.credentials import hashing
from idp.domain.credentials.hashing import HashingPool
from idp.domain.credentials.models import LoginFailure
from idp.infra.db import db, unit_of_work
from tests.login.conftest import Begin
from tests.support.browser import ORIGIN, Browser
from tests.support.factories import EMAIL, PASSWORD, make_user


@pytest.fixture
def one_place(app: Flask, monkeypatch: pytest.MonkeyPatch) -> HashingPool:
    """A pool where one hash runs and one may wait."""
    pool = HashingPool(slots=1, limit=2)
    monkeypatch.setattr(hashing, "pool", lambda: pool)
    return pool


def test_beyond_the_bound_one_is_asked_to_come_back(app: Flask, begin: Begin, one_place: HashingPool) -> None:
    make_user(app)
    browser = begin()
    with ExitStack() as full:
        for _ in range(2):
            full.callback(one_place._count, -1)
            one_place._count(1)
        page = browser.submit("login-submit", username=EMAIL, password=PASSWORD)
    assert page.status_code == 503
    assert int(page.headers["Retry-After"]) > 0
    with app.app_context():
        assert db.session.query(LoginFailure).count() == 0
    browser.get("/u/login")
    assert browser.forms[0].fields["username"] == EMAIL
    assert "You are signed in" in browser.submit("login-submit", username=EMAIL, password=PASSWORD).get_data(
        as_text=True
    )


def test_a_login_that_waits_for_its_turn_holds_no_lock(app: Flask, begin: Begin, one_place: HashingPool) -> None:
    make_user(app)
    browser = begin(Browser(app))
    form, answers = browser.forms[0], list[Any]()

    def log_in() -> None:
        data = {**form.fields, "username": EMAIL, "password": PASSWORD}
        answers.append(browser.client.post(form.action, base_url=ORIGIN, data=data))

    waiting = threading.Thread(target=log_in)
    with one_place.slot():
        waiting.start()
        while one_place._inside < 2:
            threading.Event().wait(0.01)
        with app.app_context():
            wait_until_counted(app)
            with unit_of_work():
                db.session.add(LoginFailure(bucket="another", count=1, window_started_at=0))
    waiting.join()
    assert answers[0].status_code == 303


def wait_until_counted(app: Flask) -> None:
    """Until the attempt was counted in advance, which is what it has to commit before it waits."""
    for _ in range(6_000):
        with app.app_context(), unit_of_work():
            if db.session.query(LoginFailure).count():
                return
        threading.Event().wait(0.01)
    pytest.fail("the attempt was never counted")
