"""Claims about a user (OIDC Core §5.1), by scope (§5.4): typed as the specification says, nothing null or empty."""

from collections.abc import Iterable
from typing import Any

from idp.domain.errors import InvalidInputError
from idp.domain.users.person import Person

PROFILE_CLAIMS = (
    "name",
    "family_name",
    "given_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "updated_at",
)
SCOPE_CLAIMS: dict[str, tuple[str, ...]] = {
    "profile": PROFILE_CLAIMS,
    "email": ("email", "email_verified"),
    "address": ("address",),
    "phone": ("phone_number", "phone_number_verified"),
}
ADDRESS_FIELDS = frozenset({"formatted", "street_address", "locality", "region", "postal_code", "country"})
USER_CLAIMS = tuple(claim for claims in SCOPE_CLAIMS.values() for claim in claims)
CLAIMS_SUPPORTED = ("sub", *USER_CLAIMS)
_BOOLEANS = frozenset({"email_verified", "phone_number_verified"})


def claims_for(user: Person, scopes: Iterable[str], names: Iterable[str] = ()) -> dict[str, Any]:
    """What the scopes let an app know of the user, and the single claims that were asked for by name."""
    known = {
        **user.claims,
        "email": user.email,
        "email_verified": user.email_verified,
        "updated_at": user.updated_at,
    }
    wanted = {claim for scope in scopes for claim in SCOPE_CLAIMS.get(scope, ())}.union(names)
    return {claim: known[claim] for claim in USER_CLAIMS if claim in wanted and known.get(claim) not in (None, "", {})}


def scopes_of(names: Iterable[str]) -> tuple[str, ...]:
    """The scopes that these claims belong to: what a user is told, and asked, of claims wanted one by one."""
    wanted = frozenset(names)
    return tuple(scope for scope, claims in SCOPE_CLAIMS.items() if not wanted.isdisjoint(claims))


def parse_claims(raw: object) -> dict[str, Any]:
    """Standard claims given by an operator; unknown members are refused, so that a typing error shows.

    Raises:
        InvalidInputError: naming the member and what it should be.
    """
    if not isinstance(raw, dict):
        raise InvalidInputError("Claims must be a JSON object.", "claims")
    return {name: _checked(name, value) for name, value in raw.items() if name not in {"email", "sub", "updated_at"}}


def _checked(name: str, value: object) -> object:
    if name not in CLAIMS_SUPPORTED:
        raise InvalidInputError(f"{name!r} is no standard claim of OpenID Connect.", name)
    if name in _BOOLEANS:
        if not isinstance(value, bool):
            raise InvalidInputError(f"{name!r} must be true or false.", name)
    elif name == "address":
        if not isinstance(value, dict) or not all(k in ADDRESS_FIELDS and isinstance(v, str) for k, v in value.items()):
            raise InvalidInputError(f"'address' must be an object of texts: {', '.join(sorted(ADDRESS_FIELDS))}.", name)
    elif not isinstance(value, str):
        raise InvalidInputError(f"{name!r} must be text.", name)
    return value
