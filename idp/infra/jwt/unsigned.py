"""RFC 7515 §A.5: tokens that say `alg: none`. They prove nothing; only what needs no proof may come so."""

from idp.infra.jwt.compact import Claims, parse
from idp.infra.jwt.errors import InvalidToken

_ANY_SIGNATURE = "AA"


def is_unsigned(token: str) -> bool:
    """Whether the signature is empty."""
    return token.endswith(".")


def parse_unsigned(token: str) -> Claims:
    """The claims, as strictly read as those of a signed token. Raises InvalidToken, also if it is signed."""
    if not is_unsigned(token):
        raise InvalidToken("the token is signed")
    parsed = parse(token + _ANY_SIGNATURE)
    if parsed.alg != "none":
        raise InvalidToken("the signature is missing")
    return parsed.claims
