"""The `jwks` of a client: public keys, strong ones, and few. Only what makes up a key is kept of each."""

from collections.abc import Mapping
from typing import Any

from idp.domain.errors import InvalidInputError
from idp.infra import jwt

MOST_KEYS = 20
_LONGEST_NAME = 256
_SECRET_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
#: Members that make a key (RFC 7518 §6, RFC 8037 §2). No x5u, no x5c: nothing that leads elsewhere.
_MATERIAL = ("kty", "n", "e", "crv", "x", "y")
_USABLE_CURVES = frozenset({"P-256", "Ed25519"})
_ABOUT = ("use", "alg", "kid")


def parse_jwks(value: Any) -> dict[str, Any]:
    """A JWK Set (RFC 7517 §5). Keys of kinds that are not supported are left out; at least one has to stay.

    Raises:
        InvalidInputError: saying what is wrong with it.
    """
    keys = value.get("keys") if isinstance(value, dict) else None
    if not isinstance(keys, list) or not 1 <= len(keys) <= MOST_KEYS:
        raise InvalidInputError(f'Send {{"keys": […]}} with 1 to {MOST_KEYS} keys.')
    usable = [_parse_key(key) for key in keys]
    kept = [key for key in usable if key is not None]
    if not kept:
        raise InvalidInputError("None of the keys can be used: send RSA, P-256 or Ed25519.")
    return {"keys": kept}


def _parse_key(key: Any) -> dict[str, Any] | None:
    if not isinstance(key, dict) or not isinstance(key.get("kty"), str):
        raise InvalidInputError("A key is a JSON object with a kty.")
    if key["kty"] == "oct" or _SECRET_MEMBERS & key.keys():
        raise InvalidInputError("A key is private or symmetric: send public keys alone.")
    if not _is_supported(key):
        return None
    material = {name: key[name] for name in _MATERIAL if name in key}
    try:
        jwt.import_public_jwk(material)
    except jwt.InvalidKey as error:
        raise InvalidInputError(f"A key cannot be used: {error}.") from None
    return {**material, **_described(key)}


def _is_supported(key: Mapping[str, Any]) -> bool:
    return key["kty"] == "RSA" or (key["kty"] in {"EC", "OKP"} and key.get("crv") in _USABLE_CURVES)


def _described(key: Mapping[str, Any]) -> dict[str, Any]:
    about = {name: key[name] for name in _ABOUT if key.get(name) is not None}
    for name, value in about.items():
        if not isinstance(value, str) or len(value) > _LONGEST_NAME or not value.isprintable():
            raise InvalidInputError(f"The {name} of a key is malformed.")
    operations = key.get("key_ops")
    if isinstance(operations, list) and all(isinstance(each, str) and each.isalnum() for each in operations):
        about["key_ops"] = operations[:8]
    return about
