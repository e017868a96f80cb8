"""/account/apps: what each app may do, in words; taken back, it ends at once."""

import pytest
from flask import Flask

from idp.domain.consents.remembering import granted_scopes, remember_consent
from idp.domain.lifecycle import app_access
from idp.domain.lifecycle.app_access import list_app_access
from idp.infra.db import unit_of_work
from tests.account.conftest import Mails, Visitor
from tests.support.factories import AUDIENCE, make_api, make_client, make_user
from tests.support.protocol import Protocol

PATH = "/account/apps"


def test_nobody_has_any_app_at_first(ada: Visitor) -> None:
    assert "No app yet" in ada.get(PATH).text


def test_what_apps_may_do_is_told_as_the_consent_page_tells_it(
    app: Flask, ada: Visitor, user_id: str, protocol: Protocol
) -> None:
    make_api(app)
    mine = make_client(app, name="Fieldnotes")
    protocol.sign_in(user_id)
    protocol.tokens(mine, audience=AUDIENCE, scope="openid email read offline_access")
    stranger = make_client(app, name="Calendar Helper", changes={"is_third_party": True})
    with app.app_context(), unit_of_work():
        remember_consent(user_id, stranger.id, None, ["openid", "profile"])
    page = ada.get(PATH).text
    for words in ("Fieldnotes", "See your e-mail address", "Read what is there", "Stay signed in", "Calendar Helper"):
        assert words in page
    assert page.count("Know who you are") == 2
    assert page.count("Not verified") == 1
    assert "See your postal address" not in page


def test_taken_back_it_ends_at_once(app: Flask, ada: Visitor, user_id: str, protocol: Protocol, mails: Mails) -> None:
    client, other = make_client(app, requires_consent=True), make_client(app, name="Another")
    with app.app_context(), unit_of_work():
        remember_consent(user_id, client.id, None, ["openid", "profile", "email", "offline_access"])
    protocol.sign_in(user_id)
    tokens, kept, code = protocol.tokens(client), protocol.tokens(other), protocol.code(client)
    ada.get(PATH)
    ada.submit(client.id)
    assert "That app can do nothing with your account any more." in ada.told()
    assert client.id not in ada.told()
    assert protocol.userinfo(tokens["access_token"]).status_code == 401
    assert not protocol.is_active(client, tokens["access_token"])
    assert protocol.refresh(client, tokens["refresh_token"]).status_code == 400
    assert protocol.redeem(client, code).status_code == 400
    assert protocol.userinfo(kept["access_token"]).status_code == 200
    with app.app_context():
        assert not granted_scopes(user_id, client.id, None)
    assert [mail.subject for mail in mails()] == ["An app can no longer use your account: Example App"]


@pytest.mark.parametrize("what", ["", "unknown", "another's"])
def test_what_is_none_of_theirs_is_not_there(
    app: Flask, ada: Visitor, protocol: Protocol, mails: Mails, what: str
) -> None:
    bob, client = make_user(app, "bob@example.com"), make_client(app)
    protocol.sign_in(bob)
    tokens = protocol.tokens(client)
    ada.get("/account")
    ada.post(PATH, {**ada.forms[0].fields, "client_id": client.id if what == "another's" else what})
    assert ada.page.status_code == 404
    assert protocol.userinfo(tokens["access_token"]).status_code == 200
    assert mails() == []


def test_an_app_that_has_nothing_left_is_not_listed(app: Flask, ada: Visitor, user_id: str, protocol: Protocol) -> None:
    client = make_client(app)
    protocol.sign_in(user_id)
    tokens = protocol.tokens(client)
    assert client.id in ada.get(PATH).text
    protocol.revoke(client, tokens["refresh_token"])
    assert client.id not in ada.get(PATH).text


def test_what_was_granted_often_is_told_once_and_is_read_once(
    app: Flask, ada: Visitor, user_id: str, protocol: Protocol
) -> None:
    make_api(app)
    client = make_client(app)
    protocol.sign_in(user_id)
    for scope in ("openid email", "openid email", "openid email", "openid read"):
        protocol.tokens(client, audience=AUDIENCE, scope=scope)
    with app.app_context():
        (access,) = list_app_access(user_id)
        rows = app_access._list_live_grants(user_id)
    assert {scope for scopes in access.scopes.values() for scope in scopes} == {"openid", "email", "read"}
    assert [client_id for client_id, _ in rows] == [client.id] * 2
    page = ada.get(PATH).text
    assert page.count("See your e-mail address") == page.count("Read what is there") == 1
