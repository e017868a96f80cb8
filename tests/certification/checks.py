"""What is checked in every flow, whatever the module is about. What others would only warn of fails here too."""

import json
import math
import re
import time
from collections import Counter
from typing import Any

import requests
from joserfc import jwk

JSON = "application/json"
LONGEST_LIFE = 31_536_000
CLOCK_SECONDS = 300
PRIVATE_MEMBERS = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}
USABLE_KEYS = {"RSA", "EC", "OKP"}
ERROR_PARAMETERS = {"error", "error_description", "error_uri", "state", "session_state", "iss"}
SUCCESS_PARAMETERS = {
    "code",
    "id_token",
    "access_token",
    "token_type",
    "expires_in",
    "scope",
    "state",
    "session_state",
    "iss",
}
#: RFC 6749 §4.1.2.1: %x20-21 / %x23-5B / %x5D-7E.
DESCRIPTION = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]+")
ID_TOKEN_CLAIMS = {
    *("iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "azp", "at_hash", "c_hash", "sid", "jti"),
}
PROFILE = (
    *("name", "given_name", "family_name", "middle_name", "nickname", "profile", "picture", "website", "gender"),
    *("birthdate", "zoneinfo", "locale", "updated_at", "preferred_username"),
)
SCOPES = {
    "profile": PROFILE,
    "email": ("email", "email_verified"),
    "address": ("address",),
    "phone": ("phone_number", "phone_number_verified"),
}
BOOLEANS = {"email_verified", "phone_number_verified"}


def content_type(response: requests.Response) -> str:
    """Without its parameters."""
    return response.headers.get("Content-Type", "").partition(";")[0].strip()


def check_jwks(response: requests.Response) -> dict[str, Any]:
    """The server's keys: each named, none private, none of a kind that not everybody can use."""
    assert response.status_code == 200, response.text
    assert content_type(response) in {JSON, "application/jwk-set+json"}
    found: dict[str, Any] = response.json()
    kids = [key.get("kid") for key in found["keys"]]
    assert kids
    assert all(isinstance(kid, str) and kid for kid in kids), kids
    assert len(set(kids)) == len(kids), "two keys have one name"
    for key in found["keys"]:
        assert not PRIVATE_MEMBERS & key.keys(), f"{key['kid']} shows its private part"
        assert key["kty"] in USABLE_KEYS, key
        jwk.import_key(key)
    return found


def check_registration(response: requests.Response, sent: dict[str, Any]) -> dict[str, Any]:
    """The answer to a registration (OIDC Registration §3.2, RFC 7591 §3.2.1)."""
    assert response.status_code == 201, f"{response.status_code}: {response.text}"
    assert content_type(response) == JSON
    assert "no-store" in response.headers["Cache-Control"]
    found: dict[str, Any] = response.json()
    assert found["client_id"]
    if "client_secret" in found:
        assert isinstance(found["client_secret_expires_at"], int)
        assert len(found["client_secret"]) >= 32
    assert ("registration_client_uri" in found) == ("registration_access_token" in found)
    assert found["registration_client_uri"].startswith("https://")
    for name in sent.keys() - {"jwks"}:
        assert found[name] == sent[name], f"{name}: {found.get(name)!r} is not {sent[name]!r}"
    return found


def check_entropy(value: str) -> None:
    """At least 128 bits long, and as random as 96."""
    assert len(value) * 8 >= 128, f"{len(value)} characters"
    counts = Counter(value)
    per_character = -sum(count / len(value) * math.log2(count / len(value)) for count in counts.values())
    assert per_character * len(value) > 96, f"{per_character * len(value):.0f} bits of entropy"


def check_error(parameters: dict[str, str]) -> None:
    """An error answer: nothing beside it, and words that fit the specification's characters."""
    assert not parameters.keys() - ERROR_PARAMETERS, parameters
    assert parameters["error"]
    if "error_description" in parameters:
        assert DESCRIPTION.fullmatch(parameters["error_description"]), parameters["error_description"]


def check_token_response(response: requests.Response) -> dict[str, Any]:
    """What the token endpoint gives (RFC 6749 §5.1, OIDC Core §3.1.3.3)."""
    assert response.status_code == 200, f"{response.status_code}: {response.text}"
    assert content_type(response) == JSON
    assert "no-store" in response.headers["Cache-Control"]
    found: dict[str, Any] = response.json()
    assert found["token_type"].lower() == "bearer"
    assert type(found["expires_in"]) is int
    assert 0 < found["expires_in"] <= LONGEST_LIFE
    check_entropy(found["access_token"])
    if "refresh_token" in found:
        check_entropy(found["refresh_token"])
    return found


def check_token_refusal(response: requests.Response, error: str, status: int = 400) -> None:
    """A refusal of the token endpoint (RFC 6749 §5.2)."""
    assert response.status_code == status, f"{response.status_code}: {response.text}"
    assert content_type(response) == JSON
    found = response.json()
    assert found["error"] == error, found
    assert not found.keys() - {"error", "error_description", "error_uri"}


def check_id_token_claims(claims: dict[str, Any], issuer: str, client_id: str, expected: set[str]) -> None:
    """The claims of an ID token (OIDC Core §2); `expected` are those that may be there besides the usual ones."""
    assert claims["iss"] == issuer
    audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    assert client_id in audience
    assert claims.get("azp", client_id) == client_id
    assert isinstance(claims["sub"], str)
    assert 0 < len(claims["sub"]) <= 255
    assert all(type(claims[name]) is int for name in ("exp", "iat"))
    assert claims["exp"] > time.time()
    assert abs(claims["iat"] - time.time()) < CLOCK_SECONDS
    assert type(claims.get("auth_time", 0)) is int
    assert isinstance(claims.get("acr", ""), str)
    assert not (extra := claims.keys() - ID_TOKEN_CLAIMS - expected), f"the ID token says too much: {extra}"
    check_claim_values(claims)


def check_claim_values(claims: dict[str, Any]) -> None:
    """Claims about a person are typed as OIDC Core §5.1 says; nothing is null, empty or the word null."""
    for name, value in claims.items():
        assert value not in (None, "", "null", [], {}), f"{name}: {value!r}"
        if name in BOOLEANS:
            assert isinstance(value, bool), f"{name}: {value!r}"
        elif name == "updated_at":
            assert type(value) in {int, float}, value
        elif name == "address":
            assert all(isinstance(part, str) and part for part in value.values()), value
        elif name in {*PROFILE, "email", "phone_number"}:
            assert isinstance(value, str), f"{name}: {value!r}"
    if "birthdate" in claims:
        assert re.fullmatch(r"(18[5-9]\d|19\d\d|20[0-2]\d)(-\d\d-\d\d)?", claims["birthdate"]), claims["birthdate"]


def claims_asked_for(request: dict[str, str]) -> set[str]:
    """The claims about the user that a request lets /userinfo say: by scope, and by name."""
    by_scope = {claim for scope in request["scope"].split() for claim in SCOPES.get(scope, ())}
    return by_scope | set(json.loads(request.get("claims", "{}")).get("userinfo", ()))
