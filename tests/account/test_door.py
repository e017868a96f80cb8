"""/account: for its owner alone, signed in, and for what is sensitive signed in a moment ago."""

from urllib.parse import quote

import pytest
from flask import Flask

from idp.account.door import PAGES
from idp.domain.lifecycle.users import block_user
from idp.domain.users.queries import find_user, get_user
from idp.infra.db import unit_of_work
from tests.account.conftest import STALE, visitor
from tests.support.browser import Browser
from tests.support.factories import EMAIL, PASSWORD, make_user
from tests.support.second_factors import set_policy


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app)


@pytest.mark.parametrize("path", sorted({path for path, method, _, _ in PAGES if method == "GET" and "<" not in path}))
def test_a_stranger_is_sent_to_sign_in_and_comes_back(app: Flask, browser: Browser, path: str) -> None:
    make_user(app)
    answer = browser.client.get(path)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/u/login?return_to={quote(path, safe='')}")
    browser.get(path)
    browser.submit("login-submit", username=EMAIL, password=PASSWORD)
    # A page of a link says that there is none
    assert browser.page.status_code == (400 if path == "/account/email/confirm" else 200)
    assert browser.page.request.path == path


SENSITIVE = ["/account/email", "/account/password/remove", "/account/data", "/account/delete", "/account/totp"]


@pytest.mark.parametrize("path", SENSITIVE)
def test_what_is_sensitive_wants_a_login_of_just_now_and_comes_back(app: Flask, path: str) -> None:
    user_id = make_user(app)
    ada = visitor(app, user_id, STALE)
    ada.get("/account")
    fields = ada.forms[0].fields
    ada.post(path, {**fields, "email": EMAIL})
    assert ada.page.request.path == "/u/login"
    with app.app_context():
        assert find_user(user_id) is not None
    ada.submit("login-submit", username=EMAIL, password=PASSWORD)
    assert (ada.page.status_code, ada.page.request.path) == (200, path)
    assert "/u/login" not in ada.links


def test_a_second_step_that_everybody_needs_is_asked_first(app: Flask) -> None:
    set_policy(app, second_factor="required")
    ada = visitor(app, make_user(app))
    assert ada.get("/account").request.path.startswith("/u/")


def test_who_is_blocked_is_out(app: Flask) -> None:
    user_id = make_user(app)
    ada = visitor(app, user_id)
    with app.app_context(), unit_of_work():
        block_user(get_user(user_id))
    assert ada.get("/account").request.path == "/u/login"


def test_the_end_is_a_page_for_everybody_with_one_button(browser: Browser) -> None:
    assert browser.get("/account/deleted").status_code == 200
    assert browser.links == ["/u/login"]
