"""The one gate: whether a user may be served. Every way in, every grant and every check of a token passes it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a user is served, and if not, what the audit log says of it."""

    is_good: bool
    reason: str = ""


GOOD = Standing(is_good=True)
DELETED = Standing(is_good=False, reason="the user does not exist any more")
BLOCKED = Standing(is_good=False, reason="user is blocked")


def standing_of(*, exists: bool, blocked_at: int | None) -> Standing:
    """The standing of a user, from the columns that decide it."""
    if not exists:
        return DELETED
    return BLOCKED if blocked_at is not None else GOOD
