"""RFC 9068: access tokens as JWTs."""

import time

import pytest

from tests.support.factories import AUDIENCE, give_access, make_api, make_client
from tests.support.protocol import ISSUER, claims_of, header_of

RFC = "RFC 9068"


@pytest.fixture
def client(app):
    return make_client(app)


@pytest.mark.spec(RFC, "2.1", "typ is at+jwt, and the token is signed")
def test_the_header_says_what_it_is(protocol, client):
    header = header_of(protocol.tokens(client)["access_token"])
    published = {key["kid"] for key in protocol.document("/.well-known/jwks.json")["keys"]}
    assert (header["typ"], header["alg"]) == ("at+jwt", "RS256")
    assert header["kid"] in published


@pytest.mark.spec(RFC, "2.2", "iss exp aud sub client_id iat jti are there")
def test_the_claims_of_a_users_token(protocol, client):
    body = protocol.tokens(client)
    claims = protocol.verify(body["access_token"])
    assert claims["iss"] == ISSUER
    assert claims["aud"] == f"{ISSUER}userinfo"
    assert claims["sub"] == protocol.user_id
    assert claims["client_id"] == claims["azp"] == client.id
    assert claims["exp"] - claims["iat"] == body["expires_in"]
    assert abs(claims["iat"] - time.time()) < 60
    assert claims["sid"] == protocol.sid


@pytest.mark.spec(RFC, "2.2", "jti is unique")
def test_no_two_tokens_have_the_same_jti(protocol, client):
    body = protocol.tokens(client)
    again = protocol.refresh(client, body["refresh_token"]).get_json()
    assert claims_of(body["access_token"])["jti"] != claims_of(again["access_token"])["jti"]


@pytest.mark.spec(RFC, "2.2.3", "scope is there")
def test_the_scope_is_what_was_granted(protocol, client):
    body = protocol.tokens(client, scope="openid email")
    assert claims_of(body["access_token"])["scope"] == body["scope"] == "openid email"


@pytest.mark.spec(RFC, "2.2.2", "what is known of the user stays out unless it is needed")
def test_a_token_says_nothing_personal(protocol, client):
    claims = claims_of(protocol.tokens(client, scope="openid profile email address phone")["access_token"])
    assert not {"name", "email", "address", "phone_number", "nonce"} & set(claims)


@pytest.mark.spec(RFC, "2.2", "sub is the client on its own behalf")
@pytest.mark.spec(RFC, "3", "aud is the resource that was asked for")
def test_the_claims_of_a_machines_token(app, protocol):
    machine = make_client(app, "machine")
    give_access(app, machine, make_api(app, token_lifetime=120))
    body = protocol.machine_token(machine).get_json()
    claims = protocol.verify(body["access_token"])
    assert (claims["sub"], claims["aud"], claims["gty"]) == (machine.id, AUDIENCE, "client-credentials")
    assert claims["exp"] - claims["iat"] == body["expires_in"] == 120
    assert "sid" not in claims


@pytest.mark.spec(RFC, "2.1", "the algorithm of the API")
@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256", "EdDSA"])
def test_an_api_chooses_the_algorithm(app, protocol, client, alg):
    audience = make_api(app, f"https://{alg.lower()}.example.com/", signing_alg=alg)
    token = protocol.tokens(client, audience=audience)["access_token"]
    assert header_of(token)["alg"] == alg
    assert protocol.verify(token)["aud"] == [audience, f"{ISSUER}userinfo"]
    assert protocol.userinfo(token).status_code == 200


@pytest.mark.spec(RFC, "4", "an ID token is no access token")
def test_an_id_token_opens_nothing(protocol, client):
    assert protocol.userinfo(protocol.tokens(client)["id_token"]).status_code == 401
