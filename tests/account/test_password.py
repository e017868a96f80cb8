"""/account/password: changed by who knows it or signed in just now, set, and removed where it may be."""

import pytest
import time_machine
from flask import Flask

from idp.domain.credentials.models import Passkey, Password
from idp.domain.credentials.passwords import find_password_since, pair_password, verify_password
from idp.domain.lifecycle.passwords import request_reset
from idp.domain.users.queries import get_user
from idp.domain.users.tickets import find_open_ticket
from idp.infra import clock
from idp.infra.db import db, unit_of_work
from tests.account.conftest import STALE, TWO_FACTORS, Mails, Visitor, visitor
from tests.support.factories import EMAIL, PASSWORD, make_client
from tests.support.protocol import Protocol, make_person
from tests.support.second_factors import set_policy

NEW = "purple elephants dance slowly"
PATH = "/account/password"


def is_password(app: Flask, user_id: str, password: str) -> bool:
    with app.app_context():
        return verify_password(user_id, password)


def give_passkey(app: Flask, user_id: str) -> None:
    with app.app_context(), unit_of_work():
        row = Passkey(
            id="k" * 64,
            user_id=user_id,
            credential_id="c",
            public_key="p",
            aaguid="00000000-0000-0000-0000-000000000000",
            transports=[],
            name="Phone",
            created_at=clock.now(),
        )
        db.session.add(row)


def test_who_signed_in_just_now_need_not_know_it(app: Flask, ada: Visitor, user_id: str, mails: Mails) -> None:
    ada.get(PATH)
    assert "current_password" not in ada.told()
    ada.submit("password-submit", password=NEW)
    assert "Your password is changed." in ada.told()
    assert is_password(app, user_id, NEW)
    assert [(mail.to, mail.subject) for mail in mails()] == [(EMAIL, "Your password was changed")]


def test_who_signed_in_long_ago_has_to_know_it(app: Flask, user_id: str) -> None:
    ada = visitor(app, user_id, STALE)
    ada.get(PATH)
    for current, fault in (("", "Enter your current password."), ("wrong", "That is not your password.")):
        ada.submit("password-submit", current_password=current, password=NEW)
        assert ada.page.status_code == 422
        assert fault in ada.told()
        assert 'id="current_password-error"' in ada.told()
    ada.submit("password-submit", current_password=PASSWORD, password=NEW)
    assert is_password(app, user_id, NEW)


def test_guesses_at_it_are_counted_as_those_at_the_login(app: Flask, user_id: str) -> None:
    with time_machine.travel(1_800_000_015, tick=False):
        ada = visitor(app, user_id, STALE)
        ada.get(PATH)
        form = ada.forms[0]
        answers = [
            ada.post(PATH, {**form.fields, "current_password": f"wrong {n}", "password": NEW}).status_code
            for n in range(8)
        ]
        assert answers[0] == 422
        assert answers[-1] == 429
        assert int(ada.page.headers["Retry-After"]) > 0
        assert ada.post(PATH, {**form.fields, "current_password": PASSWORD, "password": NEW}).status_code == 429
    assert is_password(app, user_id, PASSWORD)


@pytest.mark.parametrize("password", ["", "too short", "password1234567", EMAIL + EMAIL, "x" * 2000])
def test_the_rules_are_those_of_signing_up(app: Flask, ada: Visitor, user_id: str, password: str) -> None:
    ada.get(PATH)
    ada.submit("password-submit", password=password)
    assert ada.page.status_code == 422
    assert 'id="password-error"' in ada.told()
    assert is_password(app, user_id, PASSWORD)


def test_other_devices_and_tokens_end_if_it_is_ticked(
    app: Flask, ada: Visitor, user_id: str, protocol: Protocol
) -> None:
    phone = visitor(app, user_id)
    protocol.sign_in(user_id)
    client = make_client(app)
    tokens = protocol.tokens(client)
    ada.get(PATH)
    assert ada.forms[0].fields["sign_out_everywhere"] == "yes"
    ada.submit("password-submit", password=NEW)
    assert phone.get("/account").request.path == "/u/login"
    assert ada.get("/account").request.path == "/account"
    assert protocol.refresh(client, tokens["refresh_token"]).status_code == 400


def test_they_go_on_if_it_is_not(app: Flask, ada: Visitor, user_id: str) -> None:
    phone = visitor(app, user_id)
    ada.get(PATH)
    fields = {name: value for name, value in ada.forms[0].fields.items() if name != "sign_out_everywhere"}
    ada.post(PATH, {**fields, "password": NEW})
    assert phone.get("/account").request.path == "/account"


def test_a_link_to_choose_another_ends_with_the_change(app: Flask, ada: Visitor, user_id: str) -> None:
    with app.app_context(), unit_of_work():
        request_reset(EMAIL, None)
    ada.get(PATH)
    ada.submit("password-submit", password=NEW)
    with app.app_context():
        assert find_open_ticket(get_user(user_id), "reset_password") is None


def test_who_has_none_sets_one(app: Flask, mails: Mails) -> None:
    user_id = make_person(app)
    stale = visitor(app, user_id, STALE)
    assert stale.get(PATH).request.path == "/u/login"
    ada = visitor(app, user_id)
    ada.get(PATH)
    assert "Set a password" in ada.told()
    fields = ada.forms[0].fields
    ada.submit("password-submit", password=NEW)
    assert "Your password is set." in ada.told()
    assert is_password(app, user_id, NEW)
    assert mails()[0].subject == "Your password was changed"
    # It is there now: setting one again wants it known
    assert stale.post(PATH, {**fields, "password": "another one that is long"}).status_code in {403, 422}
    assert is_password(app, user_id, NEW)


def test_the_only_way_in_stays(app: Flask, ada: Visitor, user_id: str, mails: Mails) -> None:
    set_policy(app, first=("password", "passkey"))
    assert "Remove the password" not in ada.get(PATH).text
    ada.get(f"{PATH}/remove")
    assert "Your password is your only way in." in ada.told()
    fields = {"csrf_token": ada.get("/account").text.split('csrf_token" value="')[1].split('"')[0]}
    ada.post(f"{PATH}/remove", fields)
    assert ada.page.status_code == 422
    assert is_password(app, user_id, PASSWORD)
    assert mails() == []


@pytest.mark.parametrize("first", [("password", "passkey"), ("password", "email_code"), ("password", "magic_link")])
def test_it_can_be_removed_where_there_is_another_way_in(
    app: Flask, ada: Visitor, user_id: str, mails: Mails, first: tuple[str, ...]
) -> None:
    set_policy(app, first=first)
    if "passkey" in first:
        give_passkey(app, user_id)
        ada = visitor(app, user_id, amr=TWO_FACTORS)  # it is proved before the password goes
    assert "Remove the password" in ada.get(PATH).text
    ada.get(f"{PATH}/remove")
    ada.submit("password-remove")
    assert "Your password is removed." in ada.told()
    with app.app_context():
        assert find_password_since(user_id) is None
    assert mails()[0].subject == "The password was removed from your account"
    assert ada.get(f"{PATH}/remove").request.path == "/account/security"


def test_a_new_password_was_proved_beside_no_factor_yet(app: Flask, ada: Visitor, user_id: str) -> None:
    with app.app_context(), unit_of_work():
        pair_password(user_id)
    ada.get(PATH)
    ada.submit("password-submit", password=NEW)
    with app.app_context():
        row = db.session.get(Password, user_id)
        assert row is not None
        assert row.paired_at is None
