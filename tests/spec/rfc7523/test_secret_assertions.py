"""RFC 7523 §2.2 with HS256 (client_secret_jwt, OIDC Core §9): a client signs with the secret that we share."""

import hmac
import time

import pytest
from joserfc.jwk import OctKey
from sqlalchemy import select

from idp.domain.clients.models import ClientSecret
from idp.domain.clients.registration import rotate_secret
from idp.domain.tenant.wrapping import wrapper
from idp.infra import jwt
from idp.infra.crypto import UnwrapError
from idp.infra.db import db, unit_of_work
from tests.support.factories import App, make_client
from tests.support.forgeries import b64, signed
from tests.support.protocol import ASSERTION, ISSUER, assert_error, claims_of, later
from tests.support.relying_party import client_assertion

RFC = "RFC 7523"
KEY = jwt.new_key("RS256")
HEADER = b'{"alg":"HS256"}'
JWKS = {"keys": [jwt.public_jwk(KEY)]}
ENDPOINTS = ("/oauth/token", "/oauth/revoke", "/oauth/introspect")


@pytest.fixture
def client(registrar):
    return registrar.made(token_endpoint_auth_method="client_secret_jwt").app


def assertion(client, secret=None, alg="HS256", **changes):
    return client_assertion(client.id, OctKey.import_key(secret or client.secret), alg, **changes)


def send(protocol, token, path="/oauth/token", **more):
    sent = {"grant_type": "authorization_code", "code": "x", "token": "x", "redirect_uri": "x", **more}
    return protocol.post(path, client_assertion=token, client_assertion_type=ASSERTION, **sent)


def is_in(protocol, token, path="/oauth/token"):
    response = send(protocol, token, path)
    if response.status_code != 401:
        return True
    assert_error(response, "invalid_client", 401)
    return False


@pytest.mark.spec(RFC, "2.2", "a client authenticates by an assertion signed with its secret, at every endpoint")
@pytest.mark.parametrize("path", ENDPOINTS)
def test_a_client_authenticates_by_its_secret(protocol, client, path):
    assert is_in(protocol, assertion(client), path)


@pytest.mark.parametrize("path", ENDPOINTS)
def test_another_secret_is_refused(registrar, protocol, client, path):
    other = registrar.made(token_endpoint_auth_method="client_secret_jwt").app
    for secret in (other.secret, client.secret[:-1] + "x", client.id * 2, "x" * 32):
        assert not is_in(protocol, assertion(client, secret), path)


@pytest.mark.spec(RFC, "3", "the jti is used once, at whichever endpoint")
@pytest.mark.parametrize("path", ENDPOINTS)
def test_an_assertion_is_good_once(protocol, client, path):
    token = assertion(client, jti="the same")
    assert is_in(protocol, token)
    assert not is_in(protocol, token, path)
    assert not is_in(protocol, assertion(client, jti="the same", exp=int(time.time()) + 100), path)
    assert is_in(protocol, assertion(client), path)


@pytest.mark.spec(RFC, "3", "iss, sub, aud, exp, nbf, iat and jti are checked")
@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "somebody"},
        {"sub": "somebody"},
        {"aud": "https://other.example/"},
        {"aud": [ISSUER, "https://other.example/"]},
        {"exp": 1},
        {"exp": 2**40},
        {"nbf": 2**40},
        {"iat": 2**40},
        {"jti": ""},
        {"jti": 5},
    ],
    ids=repr,
)
def test_a_bad_claim_is_refused(protocol, client, changes):
    assert not is_in(protocol, assertion(client, **changes))


@pytest.mark.spec("RFC 7518", "3.2", "a key as long as the hash: a short secret signs nothing")
@pytest.mark.parametrize("secret", ["", "short", "x" * 31])
def test_a_short_secret_signs_nothing(app, protocol, client, secret):
    with app.app_context(), unit_of_work():
        row = db.session.execute(select(ClientSecret).where(ClientSecret.client_id == client.id)).scalar_one()
        row.secret_wrapped = wrapper().wrap(secret.encode(), f"client_secret:{client.id}")
    _, payload, _ = assertion(client).split(".")
    unsigned = f"{b64(HEADER)}.{payload}."
    assert not is_in(protocol, unsigned)
    signing_input = unsigned.rpartition(".")[0]
    mac = b64(hmac.digest(secret.encode(), signing_input.encode(), "sha256"))
    assert not is_in(protocol, f"{signing_input}.{mac}")


# One kind of client is never taken for the other


def test_a_client_with_a_key_cannot_sign_with_what_is_public_of_it(app, protocol):
    client = make_client(app, jwks=JWKS)
    public = jwt.public_jwk(KEY)
    for secret in (public["n"], str(public), KEY.kid * 2, client.id * 2):
        assert not is_in(protocol, assertion(App(client.id, None), secret))
    assert is_in(protocol, by_key(client))


def by_key(client, **header):
    """A sound RS256 assertion under any header."""
    claims = claims_of(assertion(client, "x" * 32))
    return signed({"alg": "RS256", "typ": "JWT", "kid": KEY.kid, **header}, claims, KEY)


def test_a_client_with_a_secret_cannot_sign_with_a_key(registrar, protocol):
    client = registrar.made(token_endpoint_auth_method="client_secret_jwt", jwks=JWKS).app
    assert not is_in(protocol, by_key(client))
    assert not is_in(protocol, by_key(client, alg="HS256"))
    assert is_in(protocol, assertion(client))


@pytest.mark.parametrize("alg", ["HS384", "HS512"])
def test_other_algorithms_with_the_right_secret_are_refused(protocol, client, alg):
    assert not is_in(protocol, assertion(client, alg=alg))


@pytest.mark.parametrize("alg", ["none", "None", "hs256", "HS256 "])
def test_the_name_of_the_algorithm_is_exact(protocol, client, alg):
    _, payload, mac = assertion(client).split(".")
    header = b64(f'{{"alg":"{alg}"}}'.encode())
    assert not is_in(protocol, f"{header}.{payload}.{mac}")
    assert not is_in(protocol, f"{header}.{payload}.")


def test_its_secret_itself_is_no_proof(protocol, client):
    data = {"grant_type": "authorization_code", "code": "x"}
    assert_error(protocol.post("/oauth/token", client, **data), "invalid_client", 401)
    sent = protocol.post("/oauth/token", client_id=client.id, client_secret=client.secret, **data)
    assert_error(sent, "invalid_client", 401)
    assert_error(protocol.post("/oauth/token", App(client.id, None), **data), "invalid_client", 401)


def test_a_client_that_sends_its_secret_cannot_sign_with_it(app, protocol):
    assert not is_in(protocol, assertion(make_client(app)))


# The secret, where it is kept


def stored(app, client):
    with app.app_context():
        rows = db.session.execute(select(ClientSecret).where(ClientSecret.client_id == client.id)).scalars()
        return [(row.secret_hash, row.secret_wrapped) for row in rows]


def test_the_secret_cannot_be_read_from_the_database(app, protocol, client):
    ((hashed, wrapped),) = stored(app, client)
    assert client.secret not in wrapped + hashed
    with app.app_context():
        assert wrapper().unwrap(wrapped, f"client_secret:{client.id}").decode() == client.secret
        with pytest.raises(UnwrapError):
            wrapper().unwrap(wrapped, "client_secret:somebody")
    # nor is what is stored any secret
    for value in (hashed, wrapped):
        assert not is_in(protocol, assertion(client, value))


def test_both_secrets_sign_while_one_takes_over(app, protocol, client):
    with app.app_context(), unit_of_work():
        new = rotate_secret(client.id)
    assert is_in(protocol, assertion(client, new))
    assert is_in(protocol, assertion(client))
    with later(25 * 3600):
        assert not is_in(protocol, assertion(client))
        assert is_in(protocol, assertion(client, new))
