"""Half-way through a login every other page of the login is opened, and posted to: none leads past what is due."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from idp.domain.consents.models import Consent
from idp.domain.credentials.models import Passkey, Totp
from idp.domain.tokens.models import TokenGrant
from idp.infra.db import db
from tests.support.browser import ORIGIN, Browser
from tests.support.factories import EMAIL, PASSWORD
from tests.support.protocol import forgive_refusals, form_of
from tests.support.second_factors import code_of, enrol_totp, set_policy
from tests.support.ways_in import Person

NOW = 1_800_000_015
#: What is sent to each page: nothing, what other pages take, what is wrong, and what is no text.
FIELDS = {
    "username": EMAIL,
    "email": EMAIL,
    "password": "wrong",
    "code": "000000",
    "credential": "{}",
    "account": "sid_0",
    "sid": "sid_0",
    "user_id": "auth0|somebody",
}
BODIES: dict[str, dict[str, Any]] = {
    "empty": {},
    "allow": {"decision": "allow", "action": "allow"},
    "done": {"action": "later", "verified": "yes", "step": "done", "amr": "mfa"},
    "wrong": FIELDS,
    "again": FIELDS | {"action": "resend"},
    "lists": {name: [value, value] for name, value in FIELDS.items()},
    "brackets": {f"{name}[]": value for name, value in FIELDS.items()},
}


@dataclass(frozen=True)
class Place:
    """Somewhere half-way: how to get there, where the sign-in goes on then, and whether one is signed in already."""

    go: Callable[[Person], None]
    due: str
    is_signed_in: bool = False
    answered_by: tuple[str, ...] = ()
    """Of what is sent to the page that is due, what is right."""


def at_nothing(her: Person) -> None:
    her.open()


def at_mailed_code(her: Person) -> None:
    her.open()
    her.browser.submit("login-mail", username=EMAIL)


def at_second_factor(her: Person) -> None:
    enrol_totp(her.app, her.user_id)
    her.open(prompt="consent")
    her.enter()
    assert her.at("/u/totp")


def at_enrolment(her: Person) -> None:
    set_policy(her.app, second_factor="required", second=("totp", "passkey"))
    her.open(prompt="consent")
    her.enter()
    assert her.at("/u/second-factor")


def at_step_up(her: Person) -> None:
    enrol_totp(her.app, her.user_id)
    be_signed_in(her)
    her.open(acr_values="2", prompt="consent")
    assert her.at("/u/totp")


def at_confirmation(her: Person) -> None:
    her.unverified_on()
    be_signed_in(her)
    her.open(prompt="consent")
    assert her.at("/u/confirm-email")


def at_consent(her: Person) -> None:
    be_signed_in(her)
    her.open(prompt="consent")
    assert her.at("/u/consent")


def be_signed_in(her: Person) -> None:
    her.protocol.sign_in(her.user_id)
    her.browser.client.set_cookie("idp_session", her.protocol.cookie, domain="localhost")


PLACES = {
    "nothing proved": Place(at_nothing, "/u/login"),
    "a code by mail": Place(at_mailed_code, "/u/login"),
    "a second factor": Place(at_second_factor, "/u/login"),
    "setting one up": Place(at_enrolment, "/u/login"),
    "a stronger login": Place(at_step_up, "/u/totp", is_signed_in=True),
    "a confirmed address": Place(at_confirmation, "/u/confirm-email", is_signed_in=True),
    "consent": Place(at_consent, "/u/consent", is_signed_in=True, answered_by=("allow",)),
}


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture(params=PLACES.values(), ids=list(PLACES))
def place(request: pytest.FixtureRequest) -> Place:
    return request.param


@pytest.fixture
def her(app: Flask, place: Place) -> Person:
    person = Person(app)
    place.go(person)
    return person


def pages(app: Flask, method: str) -> list[str]:
    """Every page of the login."""
    rules = {rule.rule for rule in app.url_map.iter_rules() if method in (rule.methods or ())}
    return sorted(rule for rule in rules if rule.startswith("/u/"))


def gains(app: Flask) -> list[int]:
    """How much there is of what a login gives."""
    counted = (TokenGrant.id, Consent.user_id, Passkey.id, Totp.confirmed_at)
    with app.app_context():
        return [db.session.execute(select(func.count(column))).scalar_one() for column in counted]


def expect_no_way_on(her: Person, answer: TestResponse, tried: str) -> None:
    """The answer leads to no app, is no fault of ours, and as a page offers something to do."""
    location = answer.headers.get("Location", "/")
    assert location.startswith(("/", ORIGIN)), (tried, location)
    assert answer.status_code < 500, (tried, answer.status)
    if answer.mimetype == "text/html" and "Location" not in answer.headers:
        her.browser.page = answer
        assert her.browser.links or her.browser.forms, f"{tried} is a dead end"


def expect_still_due(her: Person, place: Place, state: str, tried: str) -> None:
    """The sign-in goes on where it stood."""
    assert her.is_signed_in == place.is_signed_in, tried
    her.browser.get("/authorize/resume", state=state)
    assert her.at(place.due), (tried, her.browser.elsewhere, her.browser.page.request.path)


def test_no_page_that_is_opened_leads_past_what_is_due(app: Flask, place: Place, her: Person) -> None:
    state = her.browser.state
    had = gains(app)
    for path in pages(app, "GET"):
        for query in ({"state": state}, {}, {"state": state, "other": "1"}, {"return_to": "/account"}):
            her.browser.get(path, **query)
            assert her.browser.elsewhere is None, (path, query)
            expect_no_way_on(her, her.browser.page, f"GET {path} {query}")
        expect_still_due(her, place, state, f"GET {path}")
    assert gains(app) == had


def test_no_form_that_is_sent_leads_past_what_is_due(app: Flask, place: Place, her: Person) -> None:
    state, token = her.browser.state, csrf_token(her)
    had = gains(app)
    for path in pages(app, "POST"):
        forgive_refusals()
        for name, body in BODIES.items():
            if path == place.due and name in place.answered_by:
                continue
            answer = her.browser.client.post(
                f"{path}?state={state}", base_url=ORIGIN, data={"csrf_token": token, **body}, headers={"Origin": ORIGIN}
            )
            expect_no_way_on(her, answer, f"POST {path} {name}")
        expect_still_due(her, place, state, f"POST {path}")
    assert gains(app) == had


def csrf_token(her: Person) -> str:
    """What this browser's forms carry."""
    page = her.browser.client.get("/u/login?switch=1", base_url=ORIGIN)
    return form_of(page)["csrf_token"]


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/form-data"])
def test_what_is_no_form_is_none(app: Flask, place: Place, her: Person, kind: str) -> None:
    state = her.browser.state
    for path in pages(app, "POST"):
        answer = her.browser.client.post(
            f"{path}?state={state}", base_url=ORIGIN, data='{"code": 0, "password": []}', content_type=kind
        )
        assert 400 <= answer.status_code < 500, (path, answer.status)
        her.browser.get("/authorize/resume", state=state)
        assert her.at(place.due)


def test_a_wrong_password_does_not_open_what_the_right_one_would(app: Flask) -> None:
    her = Person(app)
    enrol_totp(app, her.user_id)
    her.open()
    for password in ("", "wrong", PASSWORD + " ", PASSWORD.upper()):
        her.enter(password)
        assert her.at("/u/login")
        assert her.browser.client.get_cookie("idp_pending") is None


def test_a_login_that_became_stronger_has_a_new_cookie_and_the_old_one_is_dead(app: Flask) -> None:
    her = Person(app)
    seed = enrol_totp(app, her.user_id)
    be_signed_in(her)
    her.open(acr_values="2")
    her.browser.submit("totp-submit", code=code_of(seed))
    now = her.browser.client.get_cookie("idp_session")
    assert now is not None
    assert now.value != her.protocol.cookie
    thief = Person.__new__(Person)
    thief.browser = Browser(app)
    thief.browser.client.set_cookie("idp_session", her.protocol.cookie, domain="localhost")
    assert not thief.is_signed_in
