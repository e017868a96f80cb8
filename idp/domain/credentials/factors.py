"""Second factors: which a person has set up, and whether a login needs one. Decided here, for every path alike."""

from collections.abc import Collection
from enum import Enum
from typing import Final

from sqlalchemy import exists, select

from idp.domain.credentials.models import Passkey, RecoveryCode, Totp
from idp.domain.tenant.login_policy import LoginPolicy
from idp.infra.db import db

#: What stands in `amr` when two factors were proved (RFC 8176 §2).
TWO_FACTORS: Final = "mfa"
#: Set up by the person; the others follow from these, or from the address.
OWN_FACTORS: Final = frozenset({"passkey", "totp"})


class Demand(Enum):
    """What a login still has to do."""

    NOTHING = "nothing"
    PROVE = "prove"
    """A second factor that is there."""
    ENROL = "enrol"
    """Set one up: the person has none."""


def enrolled_factors(user_id: str) -> frozenset[str]:
    """The second factors that a person has set up, whatever the policy says of them."""
    found = db.session.execute(
        select(
            exists().where(Passkey.user_id == user_id).label("passkey"),
            exists().where(Totp.user_id == user_id, Totp.confirmed_at.is_not(None)).label("totp"),
            exists().where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None)).label("recovery_code"),
        )
    ).one()
    return frozenset(name for name, is_there in found._asdict().items() if is_there)


def usable_factors(policy: LoginPolicy, enrolled: Collection[str], *, first: str, email_verified: bool) -> list[str]:
    """The second factors that may follow this first one, in the policy's order: never the same thing twice."""
    by_mail = {"email_code", "magic_link"}
    usable: list[str] = []
    for name in policy.second:
        if name == "email_code":
            # Whoever came in by mail has proved that already
            is_usable = email_verified and first not in by_mail
        elif name == "recovery_code":
            is_usable = name in enrolled and bool(OWN_FACTORS & set(enrolled))
        else:
            is_usable = name in enrolled and name != first
        if is_usable:
            usable.append(name)
    # A passkey that is a way in proves two factors by itself: nobody is to set up another beside it unproved
    if not OWN_FACTORS & set(usable) and first != "passkey" and "passkey" in {*enrolled} & {*policy.first}:
        usable.insert(0, "passkey")
    return usable


def has_own_factor(policy: LoginPolicy, enrolled: Collection[str]) -> bool:
    """Whether a person has set up what can be proved here: that comes before any of their factors changes."""
    return bool(OWN_FACTORS & set(enrolled) & {*policy.second, *policy.first})


def has_chosen_factor(policy: LoginPolicy, enrolled: Collection[str]) -> bool:
    """Whether a person has set up what is a second factor and nothing else."""
    # A passkey that is a way in by itself was made to be quicker, and must not lock out who has it not at hand
    chosen = OWN_FACTORS - ({"passkey"} & set(policy.first))
    return bool(chosen & set(enrolled) & set(policy.second))


def demand_of(policy: LoginPolicy, enrolled: Collection[str], usable: Collection[str], *, is_asked: bool) -> Demand:
    """What a login by one factor still has to do.

    Args:
        policy: of this login.
        enrolled: from `enrolled_factors`.
        usable: from `usable_factors`.
        is_asked: the app asked for two factors (`acr_values`).
    """
    has_own = has_chosen_factor(policy, enrolled)
    is_due = is_asked or policy.second_factor == "required" or (policy.second_factor == "optional" and has_own)
    if not is_due:
        return Demand.NOTHING
    if usable:
        return Demand.PROVE
    return Demand.ENROL if set(policy.second) & OWN_FACTORS else Demand.NOTHING
