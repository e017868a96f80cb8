"""RFC 8725 (BCP 225): what must hold before a signed token is believed."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from idp.infra import clock
from idp.infra.jwt.compact import Claims, ParsedToken, parse, verify_signature
from idp.infra.jwt.errors import InvalidToken
from idp.infra.jwt.keys import ALGORITHMS, VerificationKey, public_keys

_MAXIMUM_CANDIDATES: Final = 8
_TIME_CLAIMS: Final = ("exp", "nbf", "iat")


@dataclass(frozen=True)
class Expected:
    """What the token must be. None means that the caller checks it by itself, or that it does not matter.

    `skew` allows for another machine's clock running ahead (nbf, iat); `leeway` prolongs exp.
    `expired_ok` is for an id_token_hint, which may be old.
    """

    typ: str | None = None
    issuer: str | None = None
    audience: str | None = None
    algs: tuple[str, ...] = tuple(ALGORITHMS)
    required: tuple[str, ...] = ("exp",)
    leeway: int = 0
    skew: int = 30
    expired_ok: bool = False


def verify(token: str | ParsedToken, keys: Iterable[VerificationKey], expected: Expected) -> Claims:
    """The claims of a token that one of `keys` signed and that is all that was expected. Raises InvalidToken.

    Keys come from the caller alone: `jwk`, `jku`, `x5u` and `x5c` in a header are never followed.
    """
    parsed = parse(token) if isinstance(token, str) else token
    if parsed.alg not in expected.algs:
        raise InvalidToken(f"alg is {parsed.alg!r}, expected one of {', '.join(expected.algs)}")
    _check_type(parsed, expected.typ)
    _check_signature(parsed, keys)
    check_claims(parsed.claims, expected)
    return parsed.claims


def verify_with_public_jwks(token: str | ParsedToken, jwks: Mapping[str, Any], expected: Expected) -> Claims:
    """`verify` against a JWK Set that a client registered. `expected.algs` pins what the client registered."""
    return verify(token, public_keys(jwks), expected)


def _check_type(parsed: ParsedToken, typ: str | None) -> None:
    # RFC 8725 §3.11; RFC 7515 §4.1.9: case does not count and `application/` may be left out
    if typ is None:
        return
    given = str(parsed.header.get("typ", "")).lower().removeprefix("application/")
    if given != typ.lower():
        raise InvalidToken(f"typ is {parsed.header.get('typ')!r}, expected {typ!r}")


def _check_signature(parsed: ParsedToken, keys: Iterable[VerificationKey]) -> None:
    candidates = [key for key in keys if key.alg == parsed.alg and _may_be(key, parsed.kid)]
    if not candidates:
        raise InvalidToken(f"no {parsed.alg} key with kid {parsed.kid!r}")
    if not any(verify_signature(parsed, key) for key in candidates[:_MAXIMUM_CANDIDATES]):
        raise InvalidToken("the signature does not match")


def _may_be(key: VerificationKey, kid: str | None) -> bool:
    return kid is None or key.kid is None or key.kid == kid


def check_claims(claims: Claims, expected: Expected) -> None:
    """What the claims must be, once the signature is known to be good. Raises InvalidToken."""
    for name in expected.required:
        if name not in claims:
            raise InvalidToken(f"the claim {name!r} is missing")
    if expected.issuer is not None and claims.get("iss") != expected.issuer:
        raise InvalidToken(f"iss is {claims.get('iss')!r}, expected {expected.issuer!r}")
    if expected.audience is not None and expected.audience not in _audiences(claims):
        raise InvalidToken(f"aud is {claims.get('aud')!r}, expected {expected.audience!r}")
    _check_times(claims, expected)


def _audiences(claims: Claims) -> list[Any]:
    value = claims.get("aud")
    audiences = value if isinstance(value, list) else [value]
    if not all(isinstance(item, str) for item in audiences):
        raise InvalidToken("aud is neither a string nor a list of strings")
    return audiences


def _check_times(claims: Claims, expected: Expected) -> None:
    now = clock.now()
    for name in _TIME_CLAIMS:
        if name in claims and not _is_number(claims[name]):
            raise InvalidToken(f"the claim {name!r} is not a number")
    if "exp" in claims and not expected.expired_ok and now >= claims["exp"] + expected.leeway:
        raise InvalidToken(f"expired at {claims['exp']}, it is {now}")
    for name in ("nbf", "iat"):
        if name in claims and claims[name] > now + expected.skew:
            raise InvalidToken(f"{name} is {claims[name]}, in the future; it is {now}")


def _is_number(value: object) -> bool:
    # bool is an int in Python, and a JSON number can be written so large that it reads as infinity
    return not isinstance(value, bool) and isinstance(value, int | float) and math.isfinite(value)
