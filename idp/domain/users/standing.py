"""The one gate: whether a user may be served. Every way in, every grant and every check of a token passes it."""

from dataclasses import dataclass

from sqlalchemy import bindparam, select

from idp.domain.tenant.models import TENANT_ID, Tenant
from idp.domain.users.models import User
from idp.infra.db import execute, table


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a user is served, and if not, what the audit log says of it."""

    is_good: bool
    reason: str = ""


GOOD = Standing(is_good=True)
DELETED = Standing(is_good=False, reason="the user does not exist any more")
BLOCKED = Standing(is_good=False, reason="user is blocked")

_users = table(User)
_tenant = table(Tenant)
_hold = select(_users.c.blocked_at).where(_users.c.id == bindparam("user_id")).with_for_update(key_share=True)
_hold_all = select(_tenant.c.id).where(_tenant.c.id == TENANT_ID).with_for_update()


def standing_of(*, exists: bool, blocked_at: int | None) -> Standing:
    """The standing of a user, from the columns that decide it."""
    if not exists:
        return DELETED
    return BLOCKED if blocked_at is not None else GOOD


def hold_standing(user_id: str) -> Standing:
    """The standing of a user, which nobody changes until this transaction ends.

    Whatever signs a person in, ends all that they have, or changes how they sign in, holds it: of two at the same
    instant, the second sees what the first did. It comes before every other lock on what is theirs.
    """
    row = execute(_hold, {"user_id": user_id}).first()
    return standing_of(exists=row is not None, blocked_at=None if row is None else row.blocked_at)


def hold_administrators() -> None:
    """Until this transaction ends nobody else blocks or deletes an administrator: two must not each count the other.

    It comes after `hold_standing` of the one who goes.
    """
    execute(_hold_all, {}).all()
