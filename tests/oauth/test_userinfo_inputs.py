"""/userinfo and what can be sent to it. Forgeries: test_forged_tokens.py."""

import sqlite3

import pytest

from idp.domain.lifecycle.users import block_user
from idp.domain.sessions.browser_sessions import end_session
from idp.domain.users.queries import get_user
from idp.infra.db import engine_url, unit_of_work
from tests.support.factories import AUDIENCE, give_access, make_api, make_client
from tests.support.protocol import ISSUER, basic


@pytest.fixture
def client(app):
    return make_client(app)


@pytest.fixture
def token(protocol, client):
    return protocol.tokens(client)["access_token"]


def test_no_other_token_opens_userinfo(app, protocol, client):
    make_api(app)
    give_access(app, client)
    tokens = protocol.tokens(client)
    other_audience = protocol.tokens(client, audience=AUDIENCE, scope="read")["access_token"]
    machine = protocol.machine_token(client).get_json()["access_token"]
    for each in (tokens["id_token"], tokens["refresh_token"], other_audience, machine, protocol.cookie):
        response = protocol.userinfo(each)
        assert response.status_code == 401
        assert response.data == b""


def test_a_token_in_the_url_is_refused_also_beside_a_good_one(protocol, token):
    for headers in ({}, {"Authorization": f"Bearer {token}"}):
        response = protocol.http.get(f"/userinfo?access_token={token}", base_url=ISSUER, headers=headers)
        assert response.status_code == 400


@pytest.mark.parametrize(
    "header",
    [
        "bearer  {token}",
        "Bearer\t{token}",
        "Bearer {token} ",
        "Bearer {token} {token}",
        "Bearer {token},Bearer {token}",
        "Bearer{token}",
        "Token {token}",
        "DPoP {token}",
        'Bearer token="{token}"',
        "Bearer",
        "",
        "Bearer \xe9",
        "Bearer {token}\xe9",
    ],
)
def test_a_header_that_is_none_is_refused(protocol, token, header):
    response = protocol.userinfo(None, Authorization=header.format(token=token))
    assert response.status_code in {400, 401}


def test_basic_credentials_are_no_token(protocol, client):
    assert protocol.userinfo(None, Authorization=basic(client.id, client.secret)).status_code == 401


def test_a_token_without_openid_is_forbidden(protocol, client):
    token = protocol.tokens(client, scope="profile email")["access_token"]
    assert protocol.userinfo(token).status_code == 403


@pytest.mark.parametrize("event", ["block", "logout", "revoke"])
def test_a_token_ends_with_what_it_stands_on(app, protocol, client, token, event):
    assert protocol.userinfo(token).status_code == 200
    if event == "revoke":
        protocol.revoke(client, token)
    with app.app_context(), unit_of_work():
        if event == "block":
            block_user(get_user(protocol.user_id))
        elif event == "logout":
            end_session(protocol.sid, by="test")
    assert protocol.userinfo(token).status_code == 401
    assert not protocol.is_active(client, token)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/x-www-form-urlencoded", b"access_token=x&access_token=y"),
        ("application/x-www-form-urlencoded", b"access_token="),
        ("application/x-www-form-urlencoded", b"\xff=\xff"),
        ("application/json", b'{"access_token":"x"}'),
        ("multipart/form-data; boundary=x", b"--x--"),
        ("text/plain", b"access_token=x"),
        ("", b""),
    ],
)
def test_a_body_that_holds_no_good_token_is_refused(protocol, content_type, body):
    assert protocol.raw("/userinfo", data=body, content_type=content_type).status_code in {400, 401}


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_are_refused(protocol, token, method):
    response = protocol.http.open(
        "/userinfo", method=method, base_url=ISSUER, headers={"Authorization": f"Bearer {token}"}
    )
    assert response.status_code == 405


def test_no_cookie_opens_userinfo(protocol, client, token):
    assert protocol.http.get("/userinfo", base_url=ISSUER).status_code == 401


def test_what_only_reads_waits_for_no_writer(protocol, client, token, settings):
    assert protocol.userinfo(token).status_code == 200  # so that the client and the keys are in the cache
    writer = sqlite3.connect(engine_url(settings.database_url).database or "", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    try:
        userinfo = protocol.userinfo(token)
        is_active = protocol.is_active(client, token)
    finally:
        writer.close()

    assert userinfo.status_code == 200
    assert is_active
