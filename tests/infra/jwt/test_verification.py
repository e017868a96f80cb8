"""RFC 8725: every way to forge, bend or replay the form of a token that others fell for."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt as joserfc_jwt
from joserfc.jwk import import_key

from idp.infra import jwt
from idp.infra.jwt import Expected, InvalidToken, base64url, compact

NOW = 1_800_000_000
ISSUER = "https://id.test/"
KEYS = {alg: jwt.new_key(alg) for alg in jwt.ALGORITHMS}
RSA = KEYS["RS256"]
JOSE_TYPES: dict[str, Any] = {"RS256": "RSA", "PS256": "RSA", "ES256": "EC", "EdDSA": "OKP"}
PUBLIC = [key.public for key in KEYS.values()]
EXPECTED = Expected(typ="at+jwt", issuer=ISSUER, audience="api", required=("iss", "aud", "exp", "iat"))


@pytest.fixture(autouse=True)
def _frozen_time() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def claims(**changes: Any) -> dict[str, Any]:
    return {
        "iss": ISSUER,
        "aud": "api",
        "sub": "a",
        "iat": NOW,
        "exp": NOW + 60,
    } | changes


def encoded(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64url.encode(raw).decode()


def signed(header: Any, payload: Any, key: jwt.SigningKey = RSA) -> str:
    """A token with a sound signature over any header and payload, as an attacker with a key could make it."""
    parts = jwt.sign({}, key, "x").split(".")
    parsed = jwt.parse(".".join(parts))
    assert parsed.alg == key.alg
    data = f"{encoded(header)}.{encoded(payload)}"
    return f"{data}.{base64url.encode(_raw_signature(key, data.encode())).decode()}"


def _raw_signature(key: jwt.SigningKey, data: bytes) -> bytes:
    return compact._SIGN[key.alg](key.key, data)


def refuse(token: str, expected: Expected = EXPECTED) -> str:
    with pytest.raises(InvalidToken) as caught:
        jwt.verify(token, PUBLIC, expected)
    return caught.value.reason


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
@pytest.mark.parametrize("alg", sorted(jwt.ALGORITHMS))
def test_what_we_sign_we_and_joserfc_verify(alg: str) -> None:
    token = jwt.sign(claims(), KEYS[alg], "at+jwt")
    assert jwt.verify(token, PUBLIC, EXPECTED) == claims()
    decoded = joserfc_jwt.decode(token, import_key(jwt.public_jwk(KEYS[alg])), algorithms=[alg])
    assert decoded.claims == claims()
    assert decoded.header == {"alg": alg, "typ": "at+jwt", "kid": KEYS[alg].kid}


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
@pytest.mark.parametrize("alg", sorted(jwt.ALGORITHMS))
def test_what_joserfc_signs_we_verify(alg: str) -> None:
    key = import_key(jwt.private_pem(KEYS[alg]), JOSE_TYPES[alg])
    token = joserfc_jwt.encode({"alg": alg, "typ": "at+jwt"}, claims(), key, algorithms=[alg])
    assert jwt.verify(token, PUBLIC, EXPECTED) == claims()


def none_algorithm() -> str:
    return f"{encoded({'alg': 'none', 'typ': 'at+jwt'})}.{encoded(claims())}.AA"


def hmac_with_the_public_key() -> str:
    pem = RSA.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    data = f"{encoded({'alg': 'HS256', 'typ': 'at+jwt', 'kid': RSA.kid})}.{encoded(claims())}"
    return f"{data}.{encoded(hmac.digest(pem, data.encode(), hashlib.sha256))}"


def other_algorithm_of_the_same_key() -> str:
    return signed({"alg": "PS256", "typ": "at+jwt", "kid": RSA.kid}, claims(), RSA)


def zero_signature() -> str:
    head = f"{encoded({'alg': 'ES256', 'typ': 'at+jwt', 'kid': KEYS['ES256'].kid})}.{encoded(claims())}"
    return f"{head}.{encoded(bytes(64))}"


def signature_in_der() -> str:
    key = KEYS["ES256"]
    header, payload, signature = jwt.sign(claims(), key, "at+jwt").split(".")
    raw = base64url.decode(signature)
    return f"{header}.{payload}.{encoded(b'0' + raw)}"


def embedded_key() -> str:
    mine = jwt.new_key("ES256")
    header = {
        "alg": "ES256",
        "typ": "at+jwt",
        "kid": mine.kid,
        "jwk": jwt.public_jwk(mine),
    }
    return signed(
        header | {"jku": "http://127.0.0.1:9/", "x5u": "http://127.0.0.1:9/"},
        claims(),
        mine,
    )


def foreign_key_under_our_kid() -> str:
    return signed(
        {"alg": "ES256", "typ": "at+jwt", "kid": KEYS["ES256"].kid},
        claims(),
        jwt.new_key("ES256"),
    )


@pytest.mark.parametrize(
    "forge",
    [
        none_algorithm,
        hmac_with_the_public_key,
        other_algorithm_of_the_same_key,
        zero_signature,
        signature_in_der,
        embedded_key,
        foreign_key_under_our_kid,
    ],
)
def test_forged_signatures_are_refused(forge: Callable[[], str]) -> None:
    refuse(forge())


GOOD = {"alg": "RS256", "typ": "at+jwt", "kid": RSA.kid}


@pytest.mark.parametrize(
    "change",
    [
        {"crit": ["x"], "x": 1},
        {"crit": []},
        {"crit": ["b64"], "b64": False},
        {"b64": True},
        {"alg": "none"},
        {"alg": ["RS256"]},
        {"alg": None},
        {"alg": "rs256"},
        {"typ": "JWT"},
        {"typ": "at+jwt "},
        {"typ": None},
        {"typ": 5},
        {"kid": "other"},
        {"kid": 5},
        {"kid": {"a": 1}},
        {"kid": "../../../dev/null"},
    ],
)
def test_headers_out_of_the_ordinary_are_refused_though_soundly_signed(
    change: dict[str, Any],
) -> None:
    refuse(signed(GOOD | change, claims()))


@pytest.mark.parametrize("typ", ["at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt"])
def test_the_type_is_read_as_a_media_type(typ: str) -> None:
    assert jwt.verify(signed(GOOD | {"typ": typ}, claims()), PUBLIC, EXPECTED)


def test_a_header_without_type_or_key_name_is_judged_by_what_is_expected() -> None:
    token = signed({"alg": "RS256"}, claims())
    refuse(token)
    assert jwt.verify(token, PUBLIC, Expected(issuer=ISSUER))


@pytest.mark.parametrize(
    "part",
    [
        b'{"alg":"none","alg":"RS256","typ":"at+jwt"}',
        b'{"alg":"RS256","typ":"at+jwt","x":{"a":1,"a":2}}',
        b'["alg"]',
        b'"RS256"',
        b"null",
        b"",
        b"\xff\xfe",
        b'{"alg":"RS256","typ":"at+jwt","a":"\\ud800"}',
        b'{"alg":"RS256","typ":"at+jwt","a":NaN}',
        b'{"alg":"RS256","typ":"at+jwt"} {}',
        b'{"alg":"RS256","typ":"at+jwt","a":' + b"[" * 5000 + b"]" * 5000 + b"}",
        b'{"alg":"RS256","typ":"at+jwt","a":' + b"9" * 6000 + b"}",
        b'{"a":' * 1500 + b"1" + b"}" * 1500,
    ],
)
def test_what_is_not_one_strict_json_object_is_refused(part: bytes) -> None:
    refuse(signed(part, claims()))
    refuse(signed(GOOD, part))


def test_the_other_serialisations_of_a_signature_are_refused() -> None:
    header, payload, signature = jwt.sign(claims(), RSA, "at+jwt").split(".")
    flat = {"protected": header, "payload": payload, "signature": signature}
    general = {
        "payload": payload,
        "signatures": [{"protected": header, "signature": signature}],
    }
    for form in (flat, general, {"payload": payload, "signatures": []}):
        refuse(json.dumps(form))


BENDS: dict[str, Callable[[str], str]] = {
    "padding": lambda t: t + "=",
    "fourth empty segment": lambda t: t + ".",
    "leading dot": lambda t: "." + t,
    "line feed": lambda t: t + "\n",
    "leading space": lambda t: " " + t,
    "truncated": lambda t: t[:-4],
    "empty payload": lambda t: t.replace(".", "..", 1),
    "empty signature": lambda t: t.rpartition(".")[0] + ".",
    "no signature": lambda t: t.rpartition(".")[0],
    "five segments": lambda t: t + ".AAAA.AAAA",
    "other alphabet": lambda t: t.replace("-", "+").replace("_", "/") + "+/",
    "non-ASCII": lambda t: t[:-1] + "é",
    "huge": lambda t: "A" * (16 * 1024) + t,
    "empty": lambda _: "",
    "only dots": lambda _: "..",
    "NUL": lambda _: "\x00",
    "lone surrogate": lambda _: "\ud800",
}


@pytest.mark.parametrize("bend", BENDS.values(), ids=BENDS.keys())
def test_a_bent_token_is_refused(bend: Callable[[str], str]) -> None:
    refuse(bend(jwt.sign(claims(), RSA, "at+jwt")))


def test_a_signature_has_one_spelling() -> None:
    # 256 bytes leave four loose bits in the last character: each of the 16 spellings decodes alike
    token = jwt.sign(claims(), RSA, "at+jwt")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    position = alphabet.index(token[-1])
    refuse(token[:-1] + alphabet[position + 1])


@given(st.integers(min_value=0), st.integers(min_value=0, max_value=63))
def test_one_changed_character_anywhere_is_refused(where: int, what: int) -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    token = jwt.sign({"exp": NOW + 60}, KEYS["EdDSA"], "at+jwt")
    index = where % len(token)
    bent = token[:index] + alphabet[what] + token[index + 1 :]
    if bent != token:
        refuse(bent, Expected(typ="at+jwt"))


@given(st.text() | st.from_regex(r"[A-Za-z0-9_-]{0,40}\.[A-Za-z0-9_-]{0,40}\.[A-Za-z0-9_-]{0,40}"))
def test_any_text_is_refused_in_one_way(text: str) -> None:
    refuse(text)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"iss": "https://id.test"}, "iss"),
        ({"iss": [ISSUER]}, "iss"),
        ({"iss": None}, "iss"),
        ({"aud": "api2"}, "aud"),
        ({"aud": "ap"}, "aud"),
        ({"aud": []}, "aud"),
        ({"aud": ["other"]}, "aud"),
        ({"aud": ["api", 5]}, "aud"),
        ({"aud": {"api": 1}}, "aud"),
        ({"aud": None}, "aud"),
        ({"exp": NOW}, "expired"),
        ({"exp": NOW - 1}, "expired"),
        ({"exp": True}, "exp"),
        ({"exp": str(NOW + 60)}, "exp"),
        ({"exp": None}, "exp"),
        ({"exp": [NOW + 60]}, "exp"),
        ({"nbf": NOW + 31}, "nbf"),
        ({"nbf": "0"}, "nbf"),
        ({"nbf": False}, "nbf"),
        ({"iat": NOW + 31}, "iat"),
        ({"iat": False}, "iat"),
    ],
)
def test_each_claim_is_checked(change: dict[str, Any], said: str) -> None:
    assert said in refuse(jwt.sign(claims(**change), RSA, "at+jwt"))


@pytest.mark.parametrize("name", ["iss", "aud", "exp", "iat"])
def test_a_required_claim_may_not_be_missing(name: str) -> None:
    rest = claims()
    del rest[name]
    assert name in refuse(jwt.sign(rest, RSA, "at+jwt"))


def test_an_infinite_time_is_refused() -> None:
    refuse(signed(GOOD, b'{"iss":"https://id.test/","aud":"api","iat":0,"exp":1e999}'))


def test_allowances_are_as_wide_as_said() -> None:
    assert jwt.verify(
        jwt.sign(claims(nbf=NOW + 30, iat=NOW + 30, exp=NOW + 0.5), RSA, "at+jwt"),
        PUBLIC,
        EXPECTED,
    )
    expired = jwt.sign(claims(exp=NOW - 9), RSA, "at+jwt")
    assert jwt.verify(expired, PUBLIC, Expected(leeway=10))
    assert jwt.verify(expired, PUBLIC, Expected(expired_ok=True))
    assert jwt.verify(jwt.sign(claims(aud=["x", "api"]), RSA, "at+jwt"), PUBLIC, EXPECTED)


def test_a_client_key_verifies_only_with_the_algorithm_that_is_pinned() -> None:
    jwk = jwt.public_jwk(RSA)
    del jwk["alg"], jwk["kid"]
    jwks = {"keys": [jwk]}
    token = jwt.sign(claims(), RSA, "JWT")
    assert jwt.verify_with_public_jwks(token, jwks, Expected(algs=("RS256",))) == claims()
    with pytest.raises(InvalidToken, match="alg"):
        jwt.verify_with_public_jwks(token, jwks, Expected(algs=("PS256",)))
    with pytest.raises(InvalidToken, match="key"):
        jwt.verify_with_public_jwks(token, {"keys": []}, Expected(algs=("RS256",)))


def test_the_clock_of_the_claims_is_that_of_the_system() -> None:
    token = jwt.sign(claims(), RSA, "at+jwt")
    with time_machine.travel(NOW + 60, tick=False):
        assert int(time.time()) == NOW + 60
        assert "expired" in refuse(token)
