"""RFC 7523 §2.2, §3: a client proves itself by an assertion that it signed."""

import secrets
import time
from datetime import timedelta

import pytest

from idp.infra import jwt
from tests.support.factories import make_client
from tests.support.protocol import ASSERTION, ISSUER, assert_error, later

RFC = "RFC 7523"
KEYS = {alg: jwt.new_key(alg) for alg in ("ES256", "EdDSA", "RS256", "PS256")}
KEY = KEYS["ES256"]
OTHER = jwt.new_key("ES256")
ENDPOINTS = ("/oauth/token", "/oauth/revoke", "/oauth/introspect")


@pytest.fixture
def client(app):
    return make_client(app, jwks={"keys": [jwt.public_jwk(key) for key in KEYS.values()]})


def assertion(client, key=KEY, typ="client-authentication+jwt", **changes):
    now = int(time.time())
    claims = {
        "iss": client.id,
        "sub": client.id,
        "aud": ISSUER,
        "jti": secrets.token_urlsafe(16),
        "iat": now,
        "exp": now + 60,
        **{name: now + int(it.total_seconds()) if isinstance(it, timedelta) else it for name, it in changes.items()},
    }
    return jwt.sign({name: value for name, value in claims.items() if value is not None}, key, typ)


def send(protocol, token, path="/oauth/token", **more):
    sent = {"grant_type": "refresh_token", "refresh_token": "rt1_x", "token": "x", **more}
    return protocol.post(path, client_assertion=token, client_assertion_type=ASSERTION, **sent)


@pytest.mark.spec(RFC, "2.2", "a client authenticates by an assertion")
@pytest.mark.spec(RFC, "5", "every algorithm that is advertised")
@pytest.mark.parametrize("alg", list(KEYS))
def test_a_client_authenticates_by_its_key(protocol, client, alg):
    assert_error(send(protocol, assertion(client, KEYS[alg])), "invalid_grant")


@pytest.mark.spec(RFC, "2.2", "the same at every endpoint")
@pytest.mark.parametrize("path", ENDPOINTS[1:])
def test_an_assertion_is_good_at_every_endpoint(protocol, client, path):
    assert send(protocol, assertion(client), path).status_code == 200


@pytest.mark.spec(RFC, "3", "typ may be JWT or left to RFC 10070")
@pytest.mark.parametrize("typ", ["JWT", "jwt", "application/client-authentication+jwt"])
def test_the_types_that_clients_write_are_taken(protocol, client, typ):
    assert_error(send(protocol, assertion(client, typ=typ)), "invalid_grant")


AUDIENCES = {
    "endpoint": f"{ISSUER}oauth/token",
    "list": [ISSUER],
    # as openid-client before its version 6 writes it
    "list-of-both": [ISSUER, f"{ISSUER}oauth/token"],
}


@pytest.mark.spec(RFC, "3", "the token endpoint may be the audience")
@pytest.mark.parametrize("audience", AUDIENCES.values(), ids=AUDIENCES)
def test_the_audiences_that_clients_write_are_taken(protocol, client, audience):
    assert_error(send(protocol, assertion(client, aud=audience)), "invalid_grant")


#: Times are counted from when the test runs, which may be long after they were read here.
BAD_CLAIMS = {
    "iss-not-sub": {"iss": "somebody"},
    "no-sub": {"sub": None},
    "no-iss": {"iss": None},
    "no-aud": {"aud": None},
    "aud-of-another": {"aud": "https://other.example/"},
    "aud-of-two": {"aud": [ISSUER, "https://other.example/"]},
    "aud-without-slash": {"aud": ISSUER.rstrip("/")},
    "aud-number": {"aud": 5},
    "aud-empty": {"aud": []},
    "aud-of-odd-things": {"aud": [ISSUER, [ISSUER]]},
    "no-exp": {"exp": None},
    "exp-in-ten-years": {"exp": timedelta(days=3650)},
    "exp-past": {"exp": timedelta(seconds=-1)},
    "exp-text": {"exp": "soon"},
    "exp-bool": {"exp": True},
    "iat-in-ten-minutes": {"iat": timedelta(minutes=10)},
    "nbf-in-ten-minutes": {"nbf": timedelta(minutes=10)},
    "no-jti": {"jti": None},
    "empty-jti": {"jti": ""},
    "jti-number": {"jti": 7},
}


@pytest.mark.spec(RFC, "3", "iss, sub, aud, exp, nbf, iat and jti are checked")
@pytest.mark.parametrize("changes", BAD_CLAIMS.values(), ids=BAD_CLAIMS)
def test_an_assertion_with_a_bad_claim_is_refused(protocol, client, changes):
    response = send(protocol, assertion(client, **changes))
    assert_error(response, "invalid_client", 401)
    assert "WWW-Authenticate" not in response.headers


@pytest.mark.spec(RFC, "3", "the signature is that of a registered key")
def test_an_assertion_by_another_key_is_refused(protocol, client):
    assert_error(send(protocol, assertion(client, OTHER)), "invalid_client", 401)


@pytest.mark.spec(RFC, "3", "the jti is used once")
@pytest.mark.parametrize("path", ENDPOINTS)
def test_an_assertion_is_good_once(protocol, client, path):
    token = assertion(client)
    assert send(protocol, token).get_json()["error"] == "invalid_grant"
    assert_error(send(protocol, token, path), "invalid_client", 401)


@pytest.mark.spec(RFC, "3", "the jti of one client does not block another's")
def test_two_clients_may_choose_the_same_jti(app, protocol, client):
    other = make_client(app, jwks={"keys": [jwt.public_jwk(KEY)]})
    for each in (client, other):
        assert_error(send(protocol, assertion(each, jti="the same")), "invalid_grant")


@pytest.mark.spec(RFC, "3", "an expired assertion is refused")
def test_an_assertion_expires(protocol, client):
    token = assertion(client)
    with later(120):
        assert_error(send(protocol, token), "invalid_client", 401)


@pytest.mark.spec("RFC 7521", "4.2", "client_id, if sent, is the subject")
def test_another_client_id_beside_the_assertion_is_refused(app, protocol, client):
    response = send(protocol, assertion(client), client_id=make_client(app).id)
    assert_error(response, "invalid_client", 401)


@pytest.mark.spec("RFC 7521", "4.2", "client_assertion_type names the format")
@pytest.mark.parametrize("kind", [None, "x", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"])
def test_another_type_of_assertion_is_refused(protocol, client, kind):
    response = protocol.post(
        "/oauth/token", grant_type="refresh_token", client_assertion=assertion(client), client_assertion_type=kind
    )
    assert_error(response, "invalid_client", 401)


@pytest.mark.spec(RFC, "2.2", "a client registered for a secret cannot use an assertion, nor the other way round")
def test_a_client_authenticates_only_as_it_is_registered(app, protocol, client):
    with_secret = make_client(app)
    assert_error(send(protocol, assertion(with_secret)), "invalid_client", 401)
    response = protocol.post("/oauth/token", grant_type="refresh_token", client_id=client.id, client_secret="x")
    assert_error(response, "invalid_client", 401)
    assert_error(protocol.post("/oauth/token", client, grant_type="refresh_token"), "invalid_client", 401)
