"""/account/data: everything as a file, without a secret; and the end of an account, which is the end of all."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import select

from idp.domain.clients.queries import find_client_now
from idp.domain.consents.remembering import remember_consent
from idp.domain.events.models import Event
from idp.domain.lifecycle import data_export
from idp.domain.sessions.participants import BACK_CHANNEL_LOGOUT
from idp.domain.tokens.logout_tokens import mint_logout_token
from idp.domain.users.queries import find_user
from idp.infra.db import Base, db, unit_of_work
from idp.infra.jobs import list_kept
from tests.account.conftest import TWO_FACTORS, Mails, Visitor, visitor
from tests.account.test_password import give_passkey
from tests.support.browser import ORIGIN, Browser
from tests.support.factories import EMAIL, PASSWORD, make_client, make_user
from tests.support.protocol import Protocol, claims_of
from tests.support.second_factors import enrol_totp, give_recovery_codes

DELETE = "/account/delete"


def delete(browser: Visitor, typed: str = EMAIL) -> None:
    browser.get(DELETE)
    browser.submit("delete-submit", email=typed)


def test_the_file_has_everything_and_no_secret(app: Flask, user_id: str, protocol: Protocol, mails: Mails) -> None:
    seed, codes, client = enrol_totp(app, user_id), give_recovery_codes(app, user_id), make_client(app)
    give_passkey(app, user_id)
    make_user(app, "bob@example.com")
    with app.app_context(), unit_of_work():
        remember_consent(user_id, client.id, None, ["openid", "email"])
    protocol.sign_in(user_id)
    tokens = protocol.tokens(client)
    ada = visitor(app, user_id, amr=TWO_FACTORS)
    ada.get("/account/data")
    ada.submit("data-download")
    assert ada.page.headers["Content-Disposition"] == 'attachment; filename="my-data.json"'
    assert ada.page.headers["Cache-Control"] == "no-store"
    told = json.loads(ada.told())
    assert (told["account"]["id"], told["account"]["email"]) == (user_id, EMAIL)
    assert "language" in told["account"]
    assert told["profile"]["name"] == "Ada Lovelace"
    assert {each["id"] for each in told["devices"]} == {ada.sid, protocol.sid}
    assert told["allowed_to_apps"][0]["scopes"] == ["email", "openid"]
    assert told["given_to_apps"][0]["app"] == client.id
    assert told["sign_in"]["recovery_codes_left"] == 10
    assert told["sign_in"]["passkeys"][0]["name"] == "Phone"
    assert "user.created" in {each["what"] for each in told["activity"]}
    cookie = ada.client.get_cookie("idp_session")
    assert cookie is not None
    secrets = [PASSWORD, seed, *codes, *tokens.values(), cookie.value, protocol.cookie, "bob@example.com", "$argon2"]
    assert [secret for secret in secrets if isinstance(secret, str) and len(secret) > 6 and secret in ada.told()] == [
        tokens["scope"]
    ]
    assert mails()[0].subject == "The data of your account was downloaded"


def test_the_file_has_the_newest_and_says_what_is_cut_off(
    app: Flask, ada: Visitor, user_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_export, "MOST_ROWS", 2)
    others = [visitor(app, user_id) for _ in range(2)]
    ada.get("/account/data")
    ada.submit("data-download")
    told = json.loads(ada.told())
    assert told["cut_off"] == ["devices"]
    assert told["longest_list"] == len(told["devices"]) == 2
    assert {each["id"] for each in told["devices"]} < {ada.sid, *(other.sid for other in others)}


def test_the_address_has_to_be_typed(app: Flask, ada: Visitor, user_id: str, mails: Mails) -> None:
    for typed in ("", "ada", "bob@example.com", f"{EMAIL}x"):
        delete(ada, typed)
        assert ada.page.status_code == (422 if typed else ada.page.status_code)
        assert ada.page.request.path == DELETE
    with app.app_context():
        assert find_user(user_id) is not None
    assert mails() == []


def test_everything_ends_at_once(app: Flask, ada: Visitor, user_id: str, protocol: Protocol, mails: Mails) -> None:
    client = make_client(app, changes={"registration": {"backchannel_logout_uri": "https://app.example.com/bye"}})
    phone = visitor(app, user_id)
    sid = protocol.sign_in(user_id)
    tokens, code = protocol.tokens(client), protocol.code(client)
    delete(ada, EMAIL.upper())
    assert ada.page.request.path == "/account/deleted"
    assert ada.links.count("/u/login") == 1
    assert ada.get("/account").request.path == phone.get("/account").request.path == "/u/login"
    assert protocol.userinfo(tokens["access_token"]).status_code == 401
    assert not protocol.is_active(client, tokens["access_token"])
    assert protocol.refresh(client, tokens["refresh_token"]).status_code == 400
    assert protocol.redeem(client, code).status_code == 400
    browser = Browser(app)
    browser.get("/account")
    browser.submit("login-submit", username=EMAIL, password=PASSWORD)
    assert browser.page.request.path == "/u/login"
    with app.app_context():
        assert [kept.payload["sid"] for kept in list_kept(BACK_CHANNEL_LOGOUT)] == [sid]
    assert (mails()[0].to, mails()[0].subject) == (EMAIL, "Your account was deleted")
    assert protocol.events("user.deleted") == [{"by": "the user"}]


def test_nothing_of_the_person_is_left_but_the_log(app: Flask, user_id: str, protocol: Protocol) -> None:
    enrol_totp(app, user_id)
    give_passkey(app, user_id)
    protocol.sign_in(user_id)
    protocol.tokens(make_client(app, changes={"registration": {"subject_type": "pairwise"}}))
    delete(visitor(app, user_id, amr=TWO_FACTORS))
    with app.app_context():
        for table in Base.metadata.sorted_tables:
            if "user_id" in table.c and table.name != Event.__tablename__:
                assert db.session.execute(select(table.c.user_id).where(table.c.user_id == user_id)).all() == []
        assert find_user(user_id) is None


def test_a_new_account_with_the_address_is_another_one(app: Flask, ada: Visitor, user_id: str) -> None:
    delete(ada)
    assert make_user(app) != user_id


def test_an_app_that_knew_the_person_by_a_name_of_its_own_is_told_by_the_login(
    app: Flask, ada: Visitor, user_id: str, protocol: Protocol
) -> None:
    uri = "https://app.example.com/bye"
    changes = {"registration": {"subject_type": "pairwise", "backchannel_logout_uri": uri}}
    client = make_client(app, changes=changes)
    sid = protocol.sign_in(user_id)
    protocol.tokens(client)
    delete(ada)
    with app.app_context():
        found = find_client_now(client.id)
        assert found is not None
        told = claims_of(mint_logout_token(found, user_id, sid))
    assert told["sid"] == sid
    assert "sub" not in told


def test_the_last_administrator_stays(app: Flask) -> None:
    admin = make_user(app, is_admin=True)
    ada = visitor(app, admin)
    ada.get(DELETE)
    assert "You are the only administrator." in ada.told()
    assert "delete-submit" not in ada.told()
    ada.get("/account")
    ada.post(DELETE, {**ada.forms[0].fields, "email": EMAIL})
    assert ada.page.status_code == 422
    with app.app_context():
        assert find_user(admin) is not None
    make_user(app, "bob@example.com", is_admin=True)
    delete(ada)
    assert ada.page.request.path == "/account/deleted"


def test_of_two_administrators_who_go_at_once_one_stays(app: Flask) -> None:
    addresses = [EMAIL, "bob@example.com"]
    ids = [make_user(app, address, is_admin=True) for address in addresses]
    browsers = [visitor(app, each) for each in ids]
    for browser in browsers:
        browser.get(DELETE)
    forms = [browser.forms[0] for browser in browsers]

    def send(number: int) -> int:
        data = {**forms[number].fields, "email": addresses[number]}
        return browsers[number].client.post(DELETE, base_url=ORIGIN, data=data).status_code

    with ThreadPoolExecutor(2) as threads:
        answers = sorted(threads.map(send, range(2)))
    assert answers[0] == 303
    assert answers[1] in {422, 503}
    with app.app_context():
        assert sum(find_user(each) is not None for each in ids) == 1


@pytest.mark.parametrize("path", ["/account/data", DELETE])
def test_neither_is_done_by_a_link(app: Flask, ada: Visitor, user_id: str, path: str) -> None:
    assert ada.get(path, email=EMAIL).mimetype == "text/html"
    with app.app_context():
        assert find_user(user_id) is not None
