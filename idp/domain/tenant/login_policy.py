"""How people sign in here: which methods are on, and when one proof of who they are is not enough.

The tenant's policy is one for all; an app may ask for more (`idp.domain.clients.login_rules`), never for less.
"""

from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, Self, cast

from sqlalchemy import select, update

from idp.domain.errors import InvalidInputError
from idp.domain.tenant.config_version import bump, cache
from idp.domain.tenant.models import TENANT_ID, Tenant
from idp.infra.db import db

Demanded = Literal["off", "optional", "required"]
FIRST_FACTORS = ("password", "passkey", "email_code", "magic_link")
SECOND_FACTORS = ("passkey", "totp", "email_code", "recovery_code")
#: Second factors that a person can set up: where neither is on, nobody can be asked for one.
SET_UP_FACTORS = frozenset({"passkey", "totp"})
DEMANDS: tuple[Demanded, ...] = ("off", "optional", "required")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginPolicy:
    """What is on. The order within `first` and `second` is that of the constants above."""

    first: tuple[str, ...] = ("password", "passkey", "email_code")
    """The ways in."""
    second: tuple[str, ...] = ("passkey", "totp", "recovery_code")
    """What may prove it a second time."""
    second_factor: Demanded = "optional"
    """off: only where an app asks; optional: of whoever has set one up; required: of all."""
    verified_email: bool = False
    """Whether the address must be confirmed before an app hears of the login."""
    identifier_first: bool = False
    """Whether the address has a page of its own, and the password the next."""

    @classmethod
    def of(cls, stored: dict[str, Any]) -> Self:
        """From what the database has; members of a later version are passed over.

        Raises:
            InvalidInputError: naming what is not known, or missing.
        """
        names = {field.name for field in fields(cls)}
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in stored.items() if name in names
        }
        policy = cls(**values)
        _check("first", policy.first, FIRST_FACTORS)
        _check("second", policy.second, SECOND_FACTORS)
        if policy.second_factor not in DEMANDS:
            raise InvalidInputError(f"second_factor is one of {', '.join(DEMANDS)}.", "second_factor")
        if not policy.first:
            raise InvalidInputError("At least one way in must be on, or nobody can sign in.", "first")
        if policy.second_factor == "required" and not SET_UP_FACTORS & set(policy.second):
            raise InvalidInputError("A second factor is required: leave passkey or totp on, to be set up.", "second")
        return policy


def find_login_policy() -> LoginPolicy:
    """The tenant's policy, from the cache of this process where it is there (at most a second old)."""
    return cast("LoginPolicy", cache.get("login_policy", _load))


def change_login_policy(**changes: Any) -> LoginPolicy:
    """Change what is given; the rest stays.

    Raises:
        InvalidInputError: the policy would let nobody in, or names what does not exist.
    """
    policy = LoginPolicy.of({**asdict(_load()), **changes})
    stored = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(policy).items()}
    db.session.execute(update(Tenant).where(Tenant.id == TENANT_ID).values(login=stored))
    bump()
    return policy


def _load() -> LoginPolicy:
    return LoginPolicy.of(db.session.execute(select(Tenant.login).where(Tenant.id == TENANT_ID)).scalar_one())


def _check(field: str, chosen: tuple[str, ...], known: tuple[str, ...]) -> None:
    for name in chosen:
        if name not in known:
            raise InvalidInputError(f"{name!r} is no such method; there are {', '.join(known)}.", field)
