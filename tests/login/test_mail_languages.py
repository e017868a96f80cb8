"""Mails are in the language of whose account they are about, whoever acts: a stranger, a thief, an operator."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, event

from idp.domain.lifecycle.factors import reset_factors
from idp.domain.lifecycle.invitations import invite
from idp.domain.users.queries import get_user
from idp.infra import words
from idp.infra.db import unit_of_work
from idp.web.languages import catalogue
from tests.support.browser import Browser
from tests.support.factories import EMAIL, PASSWORD, make_user
from tests.support.second_factors import enrol_totp, set_policy

Mails = Callable[[], list[Any]]
RESET = {"de": "Neues Passwort wählen", "en": "Choose a new password", "fr": "Choisir un nouveau mot de passe"}


def sign_in(browser: Browser, language: str) -> Browser:
    browser.get("/u/login", lang=language, switch="1", fresh="1")
    browser.submit("login-submit", username=EMAIL, password=PASSWORD)
    assert browser.page.request.path == "/u/login"
    assert browser.page.status_code == 200
    return browser


def ask_for_a_reset(app: Flask, language: str) -> None:
    stranger = Browser(app)
    stranger.get("/u/reset-password", lang=language)
    stranger.submit(email=EMAIL)


@pytest.fixture
def user_id(app: Flask) -> str:
    return make_user(app)


@pytest.mark.parametrize("owner", ["de", "en"])
def test_a_stranger_does_not_choose_it(app: Flask, user_id: str, mails: Mails, owner: str) -> None:
    sign_in(Browser(app), owner)
    ask_for_a_reset(app, "fr")
    assert mails()[0].subject == RESET[owner]
    assert f'lang="{owner}"' in (mails()[0].html or "")


def test_it_is_that_of_the_newest_sign_in_on_a_device_of_theirs(app: Flask, user_id: str, mails: Mails) -> None:
    own = sign_in(Browser(app), "nl")
    sign_in(own, "de")
    ask_for_a_reset(app, "en")
    assert mails()[0].subject == RESET["de"]


def test_a_thief_on_a_device_of_their_own_does_not_choose_it(app: Flask, user_id: str, mails: Mails) -> None:
    sign_in(Browser(app), "de")
    thief = sign_in(Browser(app), "fr")
    thief.get("/account")
    thief.submit("profile-submit", name="Mallory")
    assert mails()[0].subject == "Das Profil Ihres Kontos wurde geändert"


def test_an_operator_does_not_choose_it(app: Flask, user_id: str, mails: Mails) -> None:
    sign_in(Browser(app), "de")
    enrol_totp(app, user_id)
    with app.app_context(), unit_of_work(), words.reading("fr"):
        reset_factors(get_user(user_id))
    said = catalogue("de")["The second step of your sign-in was reset by the people who run it."]
    assert mails()[0].subject == said.removesuffix(".")


@pytest.mark.parametrize(
    ("locale", "read"), [("de-AT", "de"), ("de_AT", "de"), ("DE", "de"), ("xx", "fr"), ("", "fr"), ("-", "fr")]
)
def test_before_there_was_a_sign_in_it_is_as_the_operator_told_it_or_as_asked_for(
    app: Flask, mails: Mails, locale: str, read: str
) -> None:
    make_user(app, claims={"locale": locale})
    ask_for_a_reset(app, "fr")
    assert mails()[0].subject == RESET[read]


def test_a_sign_in_counts_for_more_than_what_the_operator_told(app: Flask, mails: Mails) -> None:
    make_user(app, claims={"locale": "de"})
    sign_in(Browser(app), "en")
    ask_for_a_reset(app, "fr")
    assert mails()[0].subject == RESET["en"]


def test_who_never_signed_in_and_is_invited_reads_that_of_the_deployment(app: Flask, mails: Mails) -> None:
    with app.app_context(), unit_of_work():
        invite(EMAIL, None)
    assert 'lang="en"' in (mails()[0].html or "")


def test_a_second_step_does_not_stand_in_the_way(app: Flask, user_id: str) -> None:
    set_policy(app, second_factor="off")
    enrol_totp(app, user_id)
    sign_in(Browser(app), "ja")
    with app.app_context():
        assert get_user(user_id).language == "ja"


def test_a_sign_in_in_the_same_language_writes_nothing_to_the_user(app: Flask, user_id: str) -> None:
    written: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if statement.lstrip().upper().startswith("UPDATE USERS"):
            written.append(statement)

    own = sign_in(Browser(app), "de")
    event.listen(Engine, "before_cursor_execute", note)
    try:
        sign_in(own, "de")
        sign_in(Browser(app), "fr")
        assert written == []
        sign_in(own, "fr")
        assert len(written) == 1
    finally:
        event.remove(Engine, "before_cursor_execute", note)
