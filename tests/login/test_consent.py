"""/u/consent: nothing is granted that the person signed in did not see and allow."""

from typing import Any

import pytest
from flask import Flask

from idp.domain.consents.remembering import granted_scopes
from idp.domain.lifecycle.clients import delete_client
from idp.domain.sessions.browser_sessions import end_sessions_of_user
from idp.infra.db import unit_of_work
from tests.login.conftest import Begin
from tests.support.browser import Browser
from tests.support.factories import AUDIENCE, EMAIL, PASSWORD, App, make_api, make_client, make_user


@pytest.fixture
def client(app: Flask) -> App:
    """An app that asks."""
    return make_client(app, requires_consent=True)


@pytest.fixture
def asked(app: Flask, begin: Begin, user_id: str) -> Browser:
    """Signed in, and at the question."""
    browser = begin()
    browser.submit("login-submit", username=EMAIL, password=PASSWORD)
    return browser


@pytest.fixture
def user_id(app: Flask) -> str:
    return make_user(app)


def test_allowing_leads_to_the_app_and_is_remembered(
    app: Flask, asked: Browser, begin: Begin, user_id: str, client: App
) -> None:
    text = asked.page.get_data(as_text=True)
    assert "See your e-mail address" in text
    assert EMAIL in text
    asked.submit("consent-allow")
    assert "code" in asked.answer
    with app.app_context():
        assert granted_scopes(user_id, client.id, None) == {"openid", "email"}
    begin()
    assert "code" in asked.answer


def test_what_is_new_is_asked_for_again(asked: Browser, begin: Begin) -> None:
    asked.submit("consent-allow")
    begin(scope="openid email profile")
    assert "See your profile" in asked.page.get_data(as_text=True)


def test_denying_tells_the_app_and_grants_nothing(app: Flask, asked: Browser, user_id: str, client: App) -> None:
    asked.submit("consent-deny")
    assert asked.answer["error"] == "access_denied"
    assert asked.answer["state"] == "xyz"
    with app.app_context():
        assert granted_scopes(user_id, client.id, None) == frozenset()


@pytest.mark.parametrize("decision", ["", "maybe", "ALLOW"])
def test_only_a_clear_answer_is_one(asked: Browser, decision: str) -> None:
    form = asked.forms[0]
    assert asked.post(form.action, {**form.fields, "decision": decision}).status_code == 400


def test_an_answer_sent_before_the_question_was_seen_counts_for_nothing(app: Flask, begin: Begin, user_id: str) -> None:
    browser = begin()
    form, state = browser.forms[0], browser.state
    data = {**form.fields, "username": EMAIL, "password": PASSWORD}
    browser.client.post(form.action, base_url="http://localhost:8000", data=data)
    browser.post(f"/u/consent?state={state}", {"csrf_token": form.fields["csrf_token"], "decision": "allow"})
    assert browser.elsewhere is None
    assert "consent-allow" in browser.page.get_data(as_text=True)


def test_without_a_login_the_question_leads_to_one(begin: Begin) -> None:
    browser = begin()
    state, token = browser.state, browser.forms[0].fields["csrf_token"]
    assert "login-submit" in browser.get("/u/consent", state=state).get_data(as_text=True)
    browser.post(f"/u/consent?state={state}", {"csrf_token": token, "decision": "allow"})
    assert "login-submit" in browser.page.get_data(as_text=True)


def in_another_tab_sign_in(app: Flask, browser: Browser) -> str:
    other_id = make_user(app, "other@example.com")
    browser.get("/u/login", switch="1")
    browser.submit("login-submit", username="other@example.com", password=PASSWORD)
    return other_id


def test_the_answer_is_of_whoever_was_asked_whoever_signed_in_meanwhile(
    app: Flask, asked: Browser, client: App, user_id: str
) -> None:
    form = asked.forms[0]
    other_id = in_another_tab_sign_in(app, asked)
    asked.post(form.action, {**form.fields, "decision": "allow"})
    assert "code" in asked.answer
    with app.app_context():
        assert granted_scopes(other_id, client.id, None) == frozenset()
        assert granted_scopes(user_id, client.id, None) == {"openid", "email"}


def test_who_was_asked_and_is_signed_out_gives_no_answer_and_who_is_left_is_asked_themselves(
    app: Flask, asked: Browser, client: App, user_id: str
) -> None:
    form = asked.forms[0]
    other_id = in_another_tab_sign_in(app, asked)
    with app.app_context(), unit_of_work():
        end_sessions_of_user(user_id, by="a test")
    asked.post(form.action, {**form.fields, "decision": "allow"})
    assert asked.elsewhere is None
    assert "other@example.com" in asked.page.get_data(as_text=True)
    with app.app_context():
        assert granted_scopes(other_id, client.id, None) == frozenset()
        assert granted_scopes(user_id, client.id, None) == frozenset()


def test_not_you_lets_somebody_else_sign_in(app: Flask, asked: Browser) -> None:
    make_user(app, "other@example.com")
    asked.get(next(link for link in asked.links if "switch=" in link))
    asked.submit("login-submit", username="other@example.com", password=PASSWORD)
    assert "other@example.com" in asked.page.get_data(as_text=True)


def test_an_app_removed_meanwhile_gets_nothing(app: Flask, asked: Browser, client: App) -> None:
    with app.app_context(), unit_of_work():
        delete_client(client.id)
    asked.submit("consent-allow")
    assert asked.elsewhere is None
    assert asked.page.status_code == 400


def test_the_scopes_of_an_api_are_told_in_its_own_words(app: Flask, begin: Begin, user_id: str) -> None:
    make_api(app)
    browser = begin(audience=AUDIENCE, scope="openid read")
    page: Any = browser.submit("login-submit", username=EMAIL, password=PASSWORD)
    assert "Read what is there" in page.get_data(as_text=True)


def test_the_question_cannot_be_skipped_by_resuming(asked: Browser) -> None:
    asked.get("/authorize/resume", state=asked.state)
    assert asked.elsewhere is None
    assert "consent-allow" in asked.page.get_data(as_text=True)


CLAIMS = '{"userinfo": {"phone_number": null}, "id_token": {"address": {"essential": true}}}'


def test_claims_asked_for_one_by_one_are_told_and_allowed_too(
    app: Flask, begin: Begin, user_id: str, client: App
) -> None:
    browser = begin(scope="openid", claims=CLAIMS)
    browser.submit("login-submit", username=EMAIL, password=PASSWORD)
    text = browser.page.get_data(as_text=True)
    assert "See your phone number" in text
    assert "See your postal address" in text
    browser.submit("consent-allow")
    assert "code" in browser.answer
    with app.app_context():
        assert granted_scopes(user_id, client.id, None) == {"openid", "phone", "address"}


def test_claims_that_were_not_allowed_are_not_given_in_silence(begin: Begin, user_id: str) -> None:
    browser = begin(scope="openid")
    browser.submit("login-submit", username=EMAIL, password=PASSWORD)
    browser.submit("consent-allow")
    begin(scope="openid", claims=CLAIMS, prompt="none")
    assert browser.answer["error"] == "consent_required"
