"""The console where everybody needs a second factor: an older login of one does not open it."""

import re

import pytest
from flask import Flask

from idp.domain.users.queries import find_user_id_by_email
from tests.support.browser import Browser
from tests.support.factories import EMAIL, PASSWORD, make_user
from tests.support.second_factors import code_of, enrol_totp, set_policy


@pytest.fixture
def signed_in(app: Flask, browser: Browser) -> Browser:
    """An administrator, by the password alone."""
    make_user(app, is_admin=True)
    browser.get("/u/login", return_to="/admin")
    browser.submit("login-submit", username=EMAIL, password=PASSWORD)
    assert browser.page.request.path == "/admin"
    return browser


def test_a_login_of_one_factor_is_asked_for_the_second_and_comes_back(app: Flask, signed_in: Browser) -> None:
    with app.app_context():
        user_id = find_user_id_by_email(EMAIL) or ""
    seed = enrol_totp(app, user_id)
    set_policy(app, second_factor="required")
    signed_in.get("/admin/apps/new")
    assert signed_in.page.request.path == "/u/totp"
    signed_in.submit("totp-submit", code=code_of(seed))
    assert signed_in.page.request.path == "/admin/apps/new"


def test_who_has_none_sets_one_up_and_comes_back(app: Flask, signed_in: Browser) -> None:
    set_policy(app, second_factor="required", second=("totp",))
    signed_in.get("/admin")
    assert signed_in.page.request.path == "/u/totp/set-up"
    seed = re.search(r"secret=([A-Z2-7]{32})&amp;issuer=", signed_in.page.get_data(as_text=True))
    assert seed is not None
    signed_in.submit("totp-set-up-submit", code=code_of(seed[1]))
    assert signed_in.page.request.path == "/admin"


def test_no_form_of_the_console_is_taken_before_it(app: Flask, signed_in: Browser) -> None:
    signed_in.get("/admin/apps/new")
    form = signed_in.forms[0]
    set_policy(app, second_factor="required", second=("totp",))
    signed_in.post(form.action or "/admin/apps/new", {**form.fields, "name": "Another"})
    assert signed_in.page.request.path == "/u/totp/set-up"
