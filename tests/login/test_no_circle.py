"""Whatever the tenant and the app ask of whomever: a sign-in ends at the app, or at a page with something to do."""

from itertools import product
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from idp.domain.clients.models import ClientRecord
from idp.domain.credentials.passkeys import create_passkey, registration_options
from idp.domain.errors import InvalidInputError
from idp.domain.tenant.config_version import bump
from idp.domain.tenant.login_policy import DEMANDS
from idp.domain.users.queries import get_user
from idp.infra.db import db, unit_of_work
from tests.login.conftest import request_of
from tests.login.test_references import has_reference_line, told
from tests.support.authenticator import Authenticator
from tests.support.browser import Browser
from tests.support.factories import PASSWORD, App, make_client, make_user
from tests.support.second_factors import enrol_totp, set_policy

SECOND = (
    ("recovery_code",),
    ("email_code",),
    ("totp",),
    ("passkey",),
    ("passkey", "totp", "email_code", "recovery_code"),
)
RULES: tuple[dict[str, Any], ...] = (
    {},
    {"second_factor": True},
    {"first": ["passkey"]},
    {"first": ["passkey"], "second_factor": True},
)
ENROLLED = (None, "totp", "passkey")
UNMET = "unmet_authentication_requirements"


def set_rules(app: Flask, client: App, rules: dict[str, Any]) -> None:
    """As they may stand in the database of old: nothing is checked."""
    with app.app_context(), unit_of_work():
        db.session.execute(update(ClientRecord).where(ClientRecord.id == client.id).values(login=rules))
        bump()


def person(app: Flask, name: str, enrolled: str | None, *, verified: bool = True) -> str:
    """Somebody with a password, and perhaps more; the address."""
    email = f"{name}@example.com"
    user_id = make_user(app, email)
    if enrolled == "totp":
        enrol_totp(app, user_id)
    with app.app_context(), unit_of_work():
        user = get_user(user_id)
        user.email_verified = verified
        if enrolled == "passkey":
            create_passkey(Authenticator().make(registration_options("br1_else", user)), "br1_else", user)
    return email


def confirm(app: Flask, email: str) -> None:
    with app.app_context(), unit_of_work():
        get_user(email).email_verified = True


def sign_in(browser: Browser, email: str) -> None:
    """By the password, where it is asked for; of an app that takes passkeys alone it is, of who says to have none."""
    if browser.elsewhere is not None or browser.page.request.path != "/u/login":
        return
    if 'id="login-no-passkey"' in browser.page.text:
        browser.submit("login-no-passkey")
    browser.submit("login-submit", username=email, password=PASSWORD)


def expect_a_way_on(app: Flask, browser: Browser, email: str, case: object) -> None:
    if browser.elsewhere is not None:
        assert browser.answer["code"], case
        return
    assert browser.page.status_code in {200, 403}, (case, browser.page.status, browser.page.headers.get("Location"))
    assert browser.forms or browser.links, case
    path = browser.page.request.path
    if path == "/u/confirm-email":
        confirm(app, email)
        browser.submit()
        assert browser.page.request.path != path, case
        expect_a_way_on(app, browser, email, case)
    elif browser.page.status_code == 403:
        assert has_reference_line(browser), case
        assert told(app, browser)["check"] == "second factor", case
        browser.submit("no-factor-submit")
        assert browser.answer["error"] == UNMET, case


@pytest.mark.parametrize("second", SECOND, ids=" ".join)
@pytest.mark.parametrize("demand", DEMANDS)
def test_no_sign_in_goes_in_a_circle(app: Flask, client: App, second: tuple[str, ...], demand: str) -> None:
    try:
        set_policy(app, second=second, second_factor=demand)
    except InvalidInputError:
        assert demand == "required"
        return
    lax = make_client(app, name="Lax")
    for number, (rules, verified, enrolled) in enumerate(product(RULES, (True, False), ENROLLED)):
        case = (rules, verified, enrolled)
        set_rules(app, client, rules)
        email = person(app, f"p{number}", enrolled, verified=verified)
        for before in (None, lax):  # signing in now, or signed in for another app
            browser = Browser(app)
            for asking in filter(None, (before, client)):
                browser.get("/authorize", **request_of(asking))
                sign_in(browser, email)
            assert browser.elsewhere is None or "first" not in rules, case
            expect_a_way_on(app, browser, email, case)


def test_who_can_have_no_second_factor_goes_back_to_the_app(app: Flask, client: App, browser: Browser) -> None:
    set_policy(app, second=("recovery_code",))
    set_rules(app, client, {"second_factor": True})
    browser.get("/authorize", **request_of(client))
    browser.submit("login-submit", username=person(app, "ada", None), password=PASSWORD)
    assert "A second step is missing" in browser.page.text
    details = told(app, browser)
    assert (details["expected"], details["received"]) == ("one of recovery_code", "none that this person can have")
    state = browser.state
    browser.submit("no-factor-submit")
    assert (browser.answer["error"], browser.answer["state"]) == (UNMET, "xyz")
    browser.get("/u/second-factor", state=state)
    assert "This sign-in is finished" in browser.page.text


def test_a_code_by_mail_waits_for_the_address(app: Flask, client: App, browser: Browser) -> None:
    set_policy(app, second=("email_code",))
    set_rules(app, client, {"second_factor": True})
    email = person(app, "ada", None, verified=False)
    browser.get("/authorize", **request_of(client))
    browser.submit("login-submit", username=email, password=PASSWORD)
    assert browser.page.request.path == "/u/confirm-email"
    confirm(app, email)
    browser.submit()
    assert browser.page.request.path == "/u/email-code/second"


def test_the_button_leads_nobody_away_who_has_something_to_prove(app: Flask, client: App, browser: Browser) -> None:
    set_policy(app, second=("recovery_code",))
    set_rules(app, client, {"second_factor": True})
    browser.get("/authorize", **request_of(client))
    browser.submit("login-submit", username=person(app, "ada", None), password=PASSWORD)
    set_policy(app, second=("totp",))
    browser.submit("no-factor-submit")
    assert browser.page.request.path == "/u/totp/set-up"
