"""Forged tokens at each place of ours that verifies one."""

import secrets
import time

import pytest

from idp.domain.keys import keyring, rotation
from idp.infra import jwt
from idp.infra.db import unit_of_work
from tests.support.factories import LOGGED_OUT, make_client
from tests.support.forgeries import bad_times, forgeries
from tests.support.protocol import ASSERTION, ISSUER, forgive_refusals, header_of, make_person

CLIENT_KEY = jwt.new_key("RS256")


@pytest.fixture
def signer(app):
    with app.app_context():
        return keyring.active_key("RS256")


@pytest.fixture
def client(app):
    return make_client(app)


@pytest.fixture
def connects(monkeypatch):
    """Every try to reach out: a verifier follows no URL that a token names."""
    seen = []
    monkeypatch.setattr("socket.socket.connect", lambda _, address: seen.append(address))
    yield seen
    assert seen == []


def accepted(table, is_good):
    """The names of the forgeries that were believed."""
    found = []
    for name, token in table.items():
        forgive_refusals()
        if is_good(token):
            found.append(name)
    return found


def test_userinfo_believes_no_forged_access_token(protocol, client, signer, connects):
    good = protocol.tokens(client)["access_token"]
    table = forgeries(good, signer) | bad_times(good, signer)
    assert len(table) > 80

    def is_good(token):
        response = protocol.raw("/userinfo", data={"access_token": token})
        assert response.status_code in {400, 401, 413}
        return response.status_code == 200

    assert accepted(table, is_good) == []
    assert protocol.userinfo(good).status_code == 200


def test_introspection_believes_no_forged_access_token(protocol, client, signer, connects):
    good = protocol.tokens(client)["access_token"]
    table = {name: token for name, token in forgeries(good, signer).items() if token}

    def is_good(token):
        return protocol.introspect(client, token).get_json() != {"active": False}

    assert accepted(table, is_good) == []
    # The endpoint itself judges for whom a token is: there is no one audience to expect
    rows = {name: token for name, token in bad_times(good, signer).items() if not name.startswith("aud-")}
    times = {name: token for name, token in rows.items() if len(token) <= 16 * 1024}
    assert accepted(times, is_good) == []


def test_revocation_believes_no_forged_access_token(protocol, client, signer, connects):
    good = protocol.tokens(client)["access_token"]
    for token in forgeries(good, signer).values():
        assert protocol.revoke(client, token).status_code == 200
    # What names the same jti without being the token takes nothing back
    assert protocol.is_active(client, good)


def test_a_forged_hint_names_nobody_at_authorize(app, protocol, client, signer, connects):
    good = protocol.tokens(client)["id_token"]
    protocol.sign_in(make_person(app, "grace@example.com"))
    assert protocol.answer(client, prompt="none", id_token_hint=good)["error"] == "login_required"
    table = forgeries(good, signer) | bad_times(good, signer)

    def is_good(token):
        return protocol.answer(client, prompt="none", id_token_hint=token).get("error") == "login_required"

    short = {name: token for name, token in table.items() if token and len(token) <= 16 * 1024}
    assert accepted(short, is_good) == []


def test_a_forged_hint_logs_nobody_out(protocol, client, signer, connects):
    good = protocol.tokens(client)["id_token"]
    table = forgeries(good, signer) | bad_times(good, signer)

    def is_good(token):
        sent = {"id_token_hint": token, "post_logout_redirect_uri": LOGGED_OUT}
        response = protocol.http.post("/oidc/logout", base_url=ISSUER, data=sent)
        assert response.status_code in {303, 400, 413}
        if response.status_code == 303:
            # To ourselves, so that our Lax cookies come too
            assert response.headers["Location"].startswith("/oidc/logout?")
            response = protocol.http.get(response.headers["Location"], base_url=ISSUER)
        assert response.status_code in {303, 400, 413}
        return response.status_code == 303

    assert accepted(table, is_good) == []
    assert "code" in protocol.answer(client, prompt="none")
    assert is_good(good)


def test_a_forged_assertion_is_nobodys(app, protocol, connects):
    client = make_client(app, jwks={"keys": [jwt.public_jwk(CLIENT_KEY)]})

    def assertion():
        now = int(time.time())
        claims = {"iss": client.id, "sub": client.id, "aud": ISSUER, "iat": now, "exp": now + 60}
        return jwt.sign(claims | {"jti": secrets.token_urlsafe()}, CLIENT_KEY, "client-authentication+jwt")

    def is_good(token):
        sent = {"client_assertion": token, "client_assertion_type": ASSERTION}
        response = protocol.post("/oauth/token", grant_type="refresh_token", refresh_token="rt1_x", **sent)
        assert response.get_json()["error"] in {"invalid_client", "invalid_grant", "invalid_request"}
        return response.get_json()["error"] == "invalid_grant"

    good = assertion()
    table = forgeries(good, CLIENT_KEY) | bad_times(good, CLIENT_KEY)
    assert accepted(table, is_good) == []
    assert is_good(good)


def test_a_retired_key_is_good_and_a_revoked_one_is_not(app, protocol, client, signer):
    tokens = protocol.tokens(client)
    with app.app_context(), unit_of_work():
        rotation.rotate("RS256", now=True)
    assert protocol.userinfo(tokens["access_token"]).status_code == 200
    assert header_of(protocol.tokens(client)["access_token"])["kid"] != signer.kid
    with app.app_context(), unit_of_work():
        rotation.revoke(signer.kid)
    assert protocol.userinfo(tokens["access_token"]).status_code == 401
    assert not protocol.is_active(client, tokens["access_token"])
    assert protocol.refresh(client, tokens["refresh_token"]).status_code == 200
