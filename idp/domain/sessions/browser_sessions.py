"""Beginning, finding and ending sessions. The id in the cookie is new at each rise in privilege.

Whoever ends a session does it by `end_session`: there its apps are told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, bindparam, or_, select, update

from idp.domain.errors import DomainError
from idp.domain.events.context import facts
from idp.domain.events.names import EventName
from idp.domain.events.recording import record
from idp.domain.sessions import participants
from idp.domain.sessions.models import Session
from idp.domain.tenant import settings
from idp.domain.users.models import User
from idp.domain.users.standing import standing_of
from idp.infra import clock
from idp.infra.db import db, execute, table
from idp.infra.secrets import digest, new_token

COOKIE_PREFIX = "se1_"
SID_PREFIX = "sid_"
TOUCH_SECONDS = 60
#: Live logins of one person: one more ends the one that was used longest ago.
MOST_SESSIONS = 300
#: What one statement may name; only a person of a deployment that had no such bound has more.
_ENDED_AT_ONCE = 1000


class SignedOutError(DomainError):
    """The login that asked for it has ended meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveSession:
    """A login that is good now, with the person it belongs to."""

    sid: str
    user_id: str
    email: str
    auth_time: int
    amr: tuple[str, ...]
    is_admin: bool
    email_verified: bool


_find = select(
    Session.sid,
    Session.user_id,
    Session.auth_time,
    Session.amr,
    Session.last_seen_at,
    Session.expires_at,
    Session.ended_at,
    User.email,
    User.is_admin,
    User.email_verified,
    User.blocked_at,
).join(User, User.id == Session.user_id)
_sessions = table(Session)
_find_others = (
    select(_sessions.c.sid)
    .where(
        _sessions.c.user_id == bindparam("of_user"),
        _sessions.c.ended_at.is_(None),
        _sessions.c.sid != bindparam("newest"),
    )
    .order_by(_sessions.c.last_seen_at.desc(), _sessions.c.created_at.desc(), _sessions.c.sid)
)


def begin_session(user: User, amr: Sequence[str], *, replaces: str | None = None) -> tuple[str, str]:
    """Sign a user in.

    Args:
        user: who proved who they are.
        amr: how, in the words of RFC 8176.
        replaces: the cookie value of the user's session in this browser before. It goes on under the new cookie, so
            that a fresh login for one app does not sign the person out of the others; one that is no more ends.

    Returns:
        The value for the cookie, and the sid.
    """
    now = clock.now()
    cookie = new_token(COOKIE_PREFIX)
    login = {
        **_here(cookie, amr),
        "auth_time": now,
        "expires_at": now + settings.current().session_lifetime,
    }
    if replaces is not None:
        own = (Session.cookie_hash == digest(replaces), Session.user_id == user.id)
        if (found := _update_live(login, *own)) is not None:
            return cookie, found
        end_session_of_cookie(replaces, by="a new login")
    sid = new_token(SID_PREFIX)[:36]
    db.session.add(Session(sid=sid, user_id=user.id, created_at=now, **login))
    db.session.flush()
    _end_oldest(user.id, sid)
    return cookie, sid


def strengthen_session(sid: str, amr: Sequence[str]) -> str | None:
    """Let a login go on under a new cookie, with what was proved in it now; when it began and ends stays the same.

    Returns:
        The value for the cookie; None if the login has ended.
    """
    cookie = new_token(COOKIE_PREFIX)
    return cookie if _update_live(_here(cookie, amr), Session.sid == sid) is not None else None


def find_live_session(cookie: str) -> LiveSession | None:
    """The session of a cookie, if it and its user are good."""
    if not cookie.startswith(COOKIE_PREFIX):
        return None
    row = db.session.execute(_find.where(Session.cookie_hash == digest(cookie))).first()
    if row is None or not _is_live(row) or not standing_of(exists=True, blocked_at=row.blocked_at).is_good:
        return None
    return LiveSession(
        sid=row.sid,
        user_id=row.user_id,
        email=row.email,
        auth_time=row.auth_time,
        amr=tuple(row.amr),
        is_admin=row.is_admin,
        email_verified=row.email_verified,
    )


def is_live(sid: str) -> bool:
    """Whether a login is good now, and its user."""
    row = db.session.execute(_find.where(Session.sid == sid)).first()
    return row is not None and _is_live(row) and standing_of(exists=True, blocked_at=row.blocked_at).is_good


def touch_session(sid: str) -> None:
    """Note that the session is in use; written at most once a minute."""
    now = clock.now()
    db.session.execute(
        update(Session).where(Session.sid == sid, Session.last_seen_at < now - TOUCH_SECONDS).values(last_seen_at=now)
    )


def end_session_of_cookie(cookie: str, by: str) -> str | None:
    """End the session that a cookie holds; its sid, if there was one."""
    sid = db.session.execute(select(Session.sid).where(Session.cookie_hash == digest(cookie))).scalar()
    return sid if sid is not None and end_session(sid, by) else None


def end_session(sid: str, by: str) -> bool:
    """End a session, and have its apps told; False if it had ended before."""
    return _end(by, Session.sid == sid) > 0


def end_sessions_of_user(user_id: str, by: str, keep: str | None = None) -> int:
    """End every session of a user, but for the one to keep; how many ended."""
    return _end(by, Session.user_id == user_id, Session.sid != (keep or ""))


def end_expired_sessions(limit: int) -> int:
    """End sessions whose time is up, at most so many, so that their apps hear of it; how many ended."""
    now = clock.now()
    idle_since = now - settings.current().session_idle_lifetime
    is_over = or_(Session.expires_at <= now, Session.last_seen_at <= idle_since)
    sids = select(Session.sid).where(Session.ended_at.is_(None), is_over).limit(limit)
    return _end("its time was up", Session.sid.in_(sids.with_for_update(skip_locked=True)))


def _end_oldest(user_id: str, newest: str) -> None:
    others = [row.sid for row in execute(_find_others, {"of_user": user_id, "newest": newest})]
    if len(others) >= MOST_SESSIONS:
        _end("too many logins of one person", Session.sid.in_(others[MOST_SESSIONS - 1 :][:_ENDED_AT_ONCE]))


def _end(by: str, *conditions: ColumnElement[bool]) -> int:
    """End those that have not ended, and have their apps told: in a handful of statements, however many there are."""
    ended = db.session.execute(
        update(Session)
        .where(Session.ended_at.is_(None), *conditions)
        .values(ended_at=clock.now())
        .returning(Session.sid, Session.user_id)
        .execution_options(synchronize_session=False)
    ).all()
    for row in ended:
        record(EventName.LOGOUT, user_id=row.user_id, session_id=row.sid, by=by)
    participants.tell_all({row.sid: row.user_id for row in ended})
    return len(ended)


def _here(cookie: str, amr: Sequence[str]) -> dict[str, Any]:
    """What is noted of a login whenever it gets a cookie."""
    about = facts()
    return {
        "cookie_hash": digest(cookie),
        "amr": list(amr),
        "ip": about.ip,
        "user_agent": about.user_agent,
        "last_seen_at": clock.now(),
    }


def _update_live(values: dict[str, Any], *which: ColumnElement[bool]) -> str | None:
    """Change a login that is good now: its sid; None if it has ended, be it in this instant."""
    now = clock.now()
    idle_since = now - settings.current().session_idle_lifetime
    is_good = (Session.ended_at.is_(None), Session.expires_at > now, Session.last_seen_at > idle_since)
    changed = db.session.execute(
        update(Session)
        .where(*which, *is_good)
        .values(values)
        .returning(Session.sid)
        .execution_options(synchronize_session=False)
    )
    return changed.scalar()


def _is_live(row: "Row[*tuple[Any, ...]]") -> bool:
    now = clock.now()
    idle_since = now - settings.current().session_idle_lifetime
    return bool(row.ended_at is None and row.expires_at > now and row.last_seen_at > idle_since)
