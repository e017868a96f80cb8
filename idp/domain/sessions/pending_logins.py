"""Logins that wait for their second factor: the first is proved, and nothing is given for it yet.

Who holds one proved the first factor in this browser a moment ago. It opens the pages of the second factor, and nothing
else; `claim` turns it into a login once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, select

from idp.domain.sessions.models import PendingLogin
from idp.infra import clock
from idp.infra.db import db
from idp.infra.secrets import digest, new_token

COOKIE_PREFIX: Final = "pl1_"
LIFETIME: Final = 15 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A login that waits: `method` and `amr` of its first factor."""

    user_id: str
    method: str
    amr: tuple[str, ...]
    auth_time: int


def begin_pending(user_id: str, method: str, amr: Sequence[str]) -> str:
    """Note that a first factor was proved; the value for the cookie."""
    now = clock.now()
    cookie = new_token(COOKIE_PREFIX)
    db.session.add(
        PendingLogin(
            id_hash=digest(cookie),
            user_id=user_id,
            method=method,
            amr=list(amr),
            auth_time=now,
            created_at=now,
            expires_at=now + LIFETIME,
        )
    )
    db.session.flush()
    return cookie


def find_pending(cookie: str) -> Pending | None:
    """The login of a cookie that still waits."""
    row = db.session.execute(
        select(PendingLogin).where(PendingLogin.id_hash == digest(cookie), PendingLogin.expires_at > clock.now())
    ).scalar()
    return None if row is None else _of(row)


def claim_pending(cookie: str) -> Pending | None:
    """Take it, to sign in: of several at once one gets it."""
    row = db.session.execute(
        delete(PendingLogin)
        .where(PendingLogin.id_hash == digest(cookie), PendingLogin.expires_at > clock.now())
        .returning(PendingLogin)
    ).scalar()
    return None if row is None else _of(row)


def end_pending_of_user(user_id: str, keep: str | None = None) -> None:
    """Let none of a user's go on, but that of the cookie to keep: what it was to prove has changed."""
    others = delete(PendingLogin).where(PendingLogin.user_id == user_id, PendingLogin.id_hash != digest(keep or ""))
    db.session.execute(others)


def sweep() -> None:
    """Remove those that nobody went on with."""
    db.session.execute(delete(PendingLogin).where(PendingLogin.expires_at <= clock.now()))


def _of(row: PendingLogin) -> Pending:
    return Pending(user_id=row.user_id, method=row.method, amr=tuple(row.amr), auth_time=row.auth_time)
