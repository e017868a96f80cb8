"""Authentication context classes (OIDC Core §2, `acr`): how sure a login is, by the ways in that it used (`amr`).

"1" is one factor, "2" two. A provider that says more than it did would be believed: so it is derived, never stored.
"""

from collections.abc import Iterable
from typing import Any

from idp.domain.credentials.factors import TWO_FACTORS

ONE_FACTOR_CLASS = "1"
TWO_FACTOR_CLASS = "2"
SUPPORTED = (ONE_FACTOR_CLASS, TWO_FACTOR_CLASS)
#: What Auth0's apps ask for when they want two factors.
_ASKS_FOR_TWO = (TWO_FACTOR_CLASS, "http://schemas.openid.net/pape/policies/2007/06/multi-factor")


def acr_of(amr: Iterable[str]) -> str:
    """The class of a login."""
    return TWO_FACTOR_CLASS if TWO_FACTORS in amr else ONE_FACTOR_CLASS


def ways_of(amr: Iterable[str]) -> frozenset[str]:
    """The ways in, as the login policy names them, that may have led to a login (RFC 8176 §2 for its words).

    "otp" alone came by mail; beside the others it may be a second factor.
    """
    proved = set(amr)
    ways = {way for word, way in (("pwd", "password"), ("pop", "passkey")) if word in proved}
    return frozenset(ways or {"email_code", "magic_link"})


def wants_two_factors(acr_values: Iterable[Any]) -> bool:
    """Whether the first class of these that we know is that of two factors (OIDC Core §3.1.2.1: best first).

    What is no text, in a `claims` parameter, is no class that we know.
    """
    known = (value for value in acr_values if value in _ASKS_FOR_TWO or value == ONE_FACTOR_CLASS)
    return next(known, ONE_FACTOR_CLASS) in _ASKS_FOR_TWO
