"""RFC 7515 §7.1: the compact form, put together and taken apart.

Signing is the dearest thing on a hot path, so beside the mathematics it does next to nothing: the
encoded header is cached per key and type, and the key is a live object, never a parsed JWK.
Parsing is strict and comes before any cryptography.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from json import JSONDecoder
from typing import Any, Final, TypeAlias

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.hashes import SHA256

from idp.infra.jwt import base64url
from idp.infra.jwt.errors import InvalidToken
from idp.infra.jwt.keys import SigningKey, VerificationKey

Claims: TypeAlias = dict[str, Any]

MAXIMUM_LENGTH: Final = 16 * 1024
_COMPACT: Final = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")
_SHA256: Final = SHA256()
_PKCS1: Final = PKCS1v15()
_PSS: Final = PSS(mgf=MGF1(_SHA256), salt_length=32)
_ECDSA: Final = ECDSA(_SHA256)
_P256_BYTES: Final = 32


@dataclass(frozen=True)
class ParsedToken:
    """A token taken apart. Nothing in it is to be believed before its signature was verified."""

    header: Claims
    claims: Claims
    signing_input: bytes
    signature: bytes

    @property
    def alg(self) -> str:
        """The algorithm that the header names."""
        return str(self.header["alg"])

    @property
    def kid(self) -> str | None:
        """The key that the header names; a hint for the look-up and nothing more."""
        return self.header.get("kid")


def sign(claims: Mapping[str, Any], key: SigningKey, typ: str) -> str:
    """The compact JWS of `claims`, with `alg`, `typ` and `kid` in its header."""
    data = _header(key.alg, typ, key.kid) + base64url.encode(orjson.dumps(claims))
    return (data + b"." + base64url.encode(_SIGN[key.alg](key.key, data))).decode()


def parse(token: str) -> ParsedToken:
    """Take the token apart without verifying it. Raises InvalidToken on anything out of the ordinary."""
    if len(token) > MAXIMUM_LENGTH:
        raise InvalidToken(f"longer than {MAXIMUM_LENGTH} bytes")
    match = _COMPACT.fullmatch(token)
    if match is None:
        raise InvalidToken("not three non-empty base64url segments")
    header = _json_object(match[1], "header")
    _check_header(header)
    try:
        signature = base64url.decode(match[3])
    except ValueError as error:
        raise InvalidToken("the signature is not canonical base64url") from error
    return ParsedToken(
        header,
        _json_object(match[2], "payload"),
        token[: match.end(2)].encode(),
        signature,
    )


def verify_signature(token: ParsedToken, key: VerificationKey) -> bool:
    """Whether `key` made this signature, with the key's own algorithm (RFC 8725 §3.1), whatever the header says."""
    if token.alg != key.alg:
        return False
    try:
        _VERIFY[key.alg](key.key, token.signature, token.signing_input)
    except (InvalidSignature, ValueError):
        return False
    return True


@lru_cache(maxsize=256)
def _header(alg: str, typ: str, kid: str) -> bytes:
    return base64url.encode(orjson.dumps({"alg": alg, "typ": typ, "kid": kid})) + b"."


def _check_header(header: Claims) -> None:
    if not isinstance(header.get("alg"), str):
        raise InvalidToken("the header names no algorithm")
    # RFC 7515 §4.1.11 and RFC 7797 §3: we know no extension, so whatever is critical is refused
    for name in ("crit", "b64"):
        if name in header:
            raise InvalidToken(f"the header has {name!r}, an extension that is not understood")
    for name in ("typ", "kid"):
        if name in header and not isinstance(header[name], str):
            raise InvalidToken(f"the header's {name!r} is not a string")


def _json_object(segment: str, what: str) -> Claims:
    try:
        raw = base64url.decode(segment)
        # orjson refuses what the standard library lets through: bad UTF-8, lone surrogates, NaN
        orjson.loads(raw)
        value = _DECODER.decode(raw.decode())
    except (ValueError, RecursionError) as error:
        raise InvalidToken(f"the {what} is not one strict JSON value") from error
    if not isinstance(value, dict):
        raise InvalidToken(f"the {what} is not a JSON object")
    return value


def _no_duplicates(pairs: list[tuple[str, Any]]) -> Claims:
    # RFC 8725 §2.4: two readers must never see two different values in one token
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("duplicate member")
    return members


_DECODER: Final = JSONDecoder(object_pairs_hook=_no_duplicates)


def _sign_es256(key: Any, data: bytes) -> bytes:
    # RFC 7518 §3.4: r and s side by side, not in DER
    r, s = decode_dss_signature(key.sign(data, _ECDSA))
    return r.to_bytes(_P256_BYTES, "big") + s.to_bytes(_P256_BYTES, "big")


def _verify_es256(key: Any, signature: bytes, data: bytes) -> None:
    if len(signature) != 2 * _P256_BYTES:
        raise InvalidSignature
    r, s = (
        int.from_bytes(signature[:_P256_BYTES], "big"),
        int.from_bytes(signature[_P256_BYTES:], "big"),
    )
    key.verify(encode_dss_signature(r, s), data, _ECDSA)


# SigningKey and VerificationKey guarantee that the key object fits its algorithm
_SIGN: Final[Mapping[str, Callable[[Any, bytes], bytes]]] = {
    "RS256": lambda key, data: key.sign(data, _PKCS1, _SHA256),
    "PS256": lambda key, data: key.sign(data, _PSS, _SHA256),
    "ES256": _sign_es256,
    "EdDSA": lambda key, data: key.sign(data),
}
_VERIFY: Final[Mapping[str, Callable[[Any, bytes, bytes], None]]] = {
    "RS256": lambda key, signature, data: key.verify(signature, data, _PKCS1, _SHA256),
    "PS256": lambda key, signature, data: key.verify(signature, data, _PSS, _SHA256),
    "ES256": _verify_es256,
    "EdDSA": lambda key, signature, data: key.verify(signature, data),
}
