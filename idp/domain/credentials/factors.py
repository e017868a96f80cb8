"""Second factors: which a person has set up, and whether a login needs one. Decided here, for every path alike."""

from collections.abc import Collection
from enum import Enum
from typing import Final

from sqlalchemy import exists, select

from idp.domain.credentials.models import Passkey, RecoveryCode, Totp
from idp.domain.credentials.passwords import is_paired
from idp.domain.tenant.login_policy import SET_UP_FACTORS, LoginPolicy
from idp.domain.users.models import User
from idp.infra.db import db

#: What stands in `amr` when two factors were proved (RFC 8176 §2).
TWO_FACTORS: Final = "mfa"
#: Set up by the person; the others follow from these, or from the address.
OWN_FACTORS: Final = SET_UP_FACTORS


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


def usable_factors(policy: LoginPolicy, enrolled: Collection[str], user: User, first: str) -> list[str]:
    """The second factors that may follow this first one, in the policy's order: never the same thing twice."""
    has_own = bool(OWN_FACTORS & set(enrolled))
    usable = set(enrolled) & set(policy.second) - {first} - (set() if has_own else {"recovery_code"})
    order = policy.second
    # A passkey that is a way in proves two factors by itself: nobody is to set up another beside it unproved
    if not OWN_FACTORS & usable and first != "passkey" and "passkey" in set(enrolled) & set(policy.first):
        usable, order = {*usable, "passkey"}, ("passkey", *order)
    if "email_code" in order and _proves_by_mail(user, first, has_other=bool(usable)):
        usable.add("email_code")
    return [name for name in order if name in usable]


def _proves_by_mail(user: User, first: str, *, has_other: bool) -> bool:
    """Whether a code by mail proves anything after this first factor.

    Whoever came in by mail has proved that already. So has who chose a password by a mailed link: where there is
    something else to prove, it is asked for once before a mail stands in for it.
    """
    if not user.email_verified or first in {"email_code", "magic_link"}:
        return False
    return not has_other or is_paired(user.id)


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
