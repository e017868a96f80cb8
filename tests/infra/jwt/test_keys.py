"""Keys: the thumbprint of the RFC, storage, and what a client may not register."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc.jwk import import_key

from idp.infra import jwt
from idp.infra.jwt import base64url

RFC7638_N = (
    "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhM"
    "stn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5"
    "hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
)


@pytest.fixture(scope="module", params=sorted(jwt.ALGORITHMS))
def key(request: pytest.FixtureRequest) -> jwt.SigningKey:
    return jwt.new_key(request.param)


def test_the_thumbprint_is_that_of_rfc_7638() -> None:
    jwk = {
        "kty": "RSA",
        "n": RFC7638_N,
        "e": "AQAB",
        "alg": "RS256",
        "kid": "2011-04-29",
    }
    assert jwt.thumbprint(jwk) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def test_the_kid_is_the_thumbprint_as_joserfc_computes_it(key: jwt.SigningKey) -> None:
    jwk = jwt.public_jwk(key)
    assert jwk["kid"] == key.kid == import_key(jwk).thumbprint()
    assert jwk["use"] == "sig"
    assert jwk["alg"] == key.alg
    assert "d" not in jwk


def test_a_stored_key_comes_back_as_it_was(key: jwt.SigningKey) -> None:
    again = jwt.load_key(key.alg, jwt.private_pem(key))
    assert jwt.public_jwk(again) == jwt.public_jwk(key)


def test_a_key_never_shows_its_private_part(key: jwt.SigningKey) -> None:
    assert repr(key) == f"SigningKey(kid={key.kid!r}, alg={key.alg!r})"


def test_a_public_jwk_comes_back_for_its_algorithm_alone(key: jwt.SigningKey) -> None:
    imported = jwt.import_public_jwk(jwt.public_jwk(key))
    assert [(each.kid, each.alg) for each in imported] == [(key.kid, key.alg)]


def test_an_rsa_jwk_without_alg_serves_both_rsa_algorithms() -> None:
    jwk = jwt.public_jwk(jwt.new_key("RS256"))
    del jwk["alg"]
    assert [each.alg for each in jwt.import_public_jwk(jwk)] == ["RS256", "PS256"]


@pytest.mark.parametrize("alg", ["none", "HS256", "RS1", "", "ES384"])
def test_there_is_no_key_for_other_algorithms(alg: str) -> None:
    with pytest.raises(jwt.InvalidKey):
        jwt.new_key(alg)


def test_a_key_serves_no_algorithm_of_another_kind() -> None:
    with pytest.raises(jwt.InvalidKey):
        jwt.SigningKey("x", "ES256", Ed25519PrivateKey.generate())
    with pytest.raises(jwt.InvalidKey):
        jwt.SigningKey("x", "ES256", ec.generate_private_key(ec.SECP384R1()))
    with pytest.raises(jwt.InvalidKey):
        jwt.load_key("EdDSA", jwt.private_pem(jwt.new_key("ES256")))


@pytest.mark.parametrize(
    "pem",
    [b"", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", b"\xff"],
)
def test_an_unreadable_private_key_is_named_so(pem: bytes) -> None:
    with pytest.raises(jwt.InvalidKey):
        jwt.load_key("RS256", pem)


def test_a_weak_rsa_key_is_refused() -> None:
    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024).public_key().public_numbers()
    jwk = {"kty": "RSA", "n": base64url.encode_int(weak.n), "e": "AQAB"}
    with pytest.raises(jwt.InvalidKey, match="2048"):
        jwt.import_public_jwk(jwk)
    assert jwt.public_keys({"keys": [jwk]}) == []


RSA_JWK = {"kty": "RSA", "n": RFC7638_N, "e": "AQAB"}


@pytest.mark.parametrize(
    "change",
    [
        {"d": "AQAB"},
        {"kty": "oct", "k": "c2VjcmV0"},
        {"use": "enc"},
        {"key_ops": ["encrypt"]},
        {"key_ops": "verify"},
        {"alg": "HS256"},
        {"alg": "ES256"},
        {"alg": ["RS256"]},
        {"kty": "EC", "crv": "P-256", "x": "AQAB", "y": "AQAB"},
        {"kty": "EC", "crv": "secp256k1", "x": "AQAB", "y": "AQAB"},
        {"kty": "OKP", "crv": "Ed25519", "x": "AQAB"},
        {"kty": "OKP", "crv": "X25519", "x": "AQAB"},
        {"kty": ["RSA"]},
        {"kid": 5},
        {"n": 5},
        {"n": "A" * 100_000},
        {"e": "Ag"},
        {"e": ""},
        {"n": RFC7638_N + "="},
    ],
)
def test_unfit_public_keys_are_refused_and_left_out_of_a_set(
    change: dict[str, object],
) -> None:
    jwk = RSA_JWK | change
    with pytest.raises(jwt.InvalidKey):
        jwt.import_public_jwk(jwk)
    assert [key.alg for key in jwt.public_keys({"keys": [jwk, RSA_JWK, "text"]})] == [
        "RS256",
        "PS256",
    ]


@pytest.mark.parametrize("jwks", [{}, {"keys": None}, {"keys": {}}, {"keys": [[], 5, None]}])
def test_a_malformed_set_has_no_keys(jwks: dict[str, object]) -> None:
    assert jwt.public_keys(jwks) == []
