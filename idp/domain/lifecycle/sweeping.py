"""Sweeping: rows that can matter to nobody any more are removed, and keys rotate by their schedule.

Safe to run at any time, by any process.
"""

import time
from collections.abc import Callable

import structlog
from sqlalchemy import delete, exists, or_, select

from idp.domain.clients import assertions, initial_access
from idp.domain.credentials import challenges, throttle, totp
from idp.domain.credentials.models import Challenge, Passkey, Password
from idp.domain.events import retention
from idp.domain.events.names import EventName
from idp.domain.events.recording import record
from idp.domain.interactions import progress
from idp.domain.keys import rotation
from idp.domain.sessions import pending_logins
from idp.domain.sessions.browser_sessions import end_expired_sessions
from idp.domain.sessions.models import Session
from idp.domain.tenant import settings
from idp.domain.tokens.models import AuthorizationCode, RefreshToken, RevokedToken, TokenGrant
from idp.domain.users.models import Ticket, User
from idp.infra import clock, jobs
from idp.infra.db import db, unit_of_work

#: A spent code or token is kept this long past its end, so that a replay is still known for one.
REPLAY_SECONDS = 86400
_KEEP_SESSIONS_SECONDS = 30 * 86400
_OPENED_WITHIN = 7 * 86400
_ENDED_AT_ONCE = 500
_EVENTS_AT_ONCE = 1000
#: Between two lots of events, so that whoever waits to write on SQLite gets a turn.
_PAUSE_SECONDS = 0.05

log = structlog.get_logger("idp.sweeping")


def sweep_codes() -> None:
    """Codes that have long expired."""
    db.session.execute(delete(AuthorizationCode).where(AuthorizationCode.expires_at < clock.now() - REPLAY_SECONDS))


def sweep_refresh_tokens() -> None:
    """Refresh tokens that nobody can use or replay."""
    old = clock.now() - REPLAY_SECONDS
    db.session.execute(
        delete(RefreshToken).where(or_(RefreshToken.idle_expires_at < old, RefreshToken.expires_at < old))
    )


def sweep_grants() -> None:
    """Token grants with no code and no refresh token left, older than any access token of theirs."""
    old = clock.now() - rotation.LONGEST_TOKEN - REPLAY_SECONDS
    has_code = exists(select(AuthorizationCode.code_hash).where(AuthorizationCode.grant_id == TokenGrant.id))
    has_token = exists(select(RefreshToken.token_hash).where(RefreshToken.grant_id == TokenGrant.id))
    db.session.execute(delete(TokenGrant).where(TokenGrant.created_at < old, ~has_code, ~has_token))


def sweep_revoked_tokens() -> None:
    """Revocations of access tokens that have expired by themselves."""
    db.session.execute(delete(RevokedToken).where(RevokedToken.expires_at < clock.now()))


def end_sessions() -> None:
    """Logins whose time is up: their apps are told, as of any other end. What is left over waits for the next sweep."""
    end_expired_sessions(_ENDED_AT_ONCE)


def sweep_sessions() -> None:
    """Logins that ended long ago; some weeks stay, for whoever looks at what happened."""
    old = clock.now() - _KEEP_SESSIONS_SECONDS
    idle = old - settings.current().session_idle_lifetime
    db.session.execute(
        delete(Session).where(or_(Session.expires_at < old, Session.last_seen_at < idle, Session.ended_at < old))
    )


def sweep_tickets() -> None:
    """Links sent by mail that have expired."""
    db.session.execute(delete(Ticket).where(Ticket.expires_at < clock.now() - REPLAY_SECONDS))


def sweep_events() -> None:
    """The audit log, which each token adds to: a lot at a time, each in a transaction of its own."""
    days = settings.current().events_keep_days
    before = clock.now_ms() - days * 86_400_000
    while days:
        with unit_of_work():
            removed = retention.forget_before(before, _EVENTS_AT_ONCE)
        if removed == 0:
            return
        time.sleep(_PAUSE_SECONDS)


def remove_unopened_accounts() -> None:
    """Accounts that somebody signed up for by mail and that nobody ever opened; what an operator made stays."""
    has_nothing = [~exists().where(each.user_id == User.id) for each in (Password, Passkey, Session, Challenge, Ticket)]
    is_unused = (User.is_self_made, ~User.is_admin, ~User.email_verified, User.blocked_at.is_(None))
    found = select(User.id).where(*is_unused, User.created_at < clock.now() - _OPENED_WITHIN, *has_nothing)
    removed = db.session.execute(
        delete(User)
        .where(User.id.in_(found.limit(_ENDED_AT_ONCE)))
        .returning(User.id)
        .execution_options(synchronize_session=False)
    )
    for user_id in removed.scalars().all():
        record(EventName.USER_DELETED, user_id=user_id, by="nobody opened it")


SWEEPS: tuple[Callable[[], object], ...] = (
    progress.forget_expired,
    sweep_codes,
    sweep_refresh_tokens,
    sweep_grants,
    sweep_revoked_tokens,
    end_sessions,
    sweep_sessions,
    pending_logins.sweep,
    challenges.sweep,
    totp.sweep,
    sweep_tickets,
    remove_unopened_accounts,
    throttle.sweep,
    assertions.forget_expired,
    initial_access.forget_expired,
    rotation.rotate_due,
    rotation.sweep,
    jobs.sweep,
)


def sweep_all() -> None:
    """Run every sweep, each in a short transaction of its own, so that none holds a lock for long."""
    for sweep in SWEEPS:
        with unit_of_work():
            sweep()
    sweep_events()
    log.debug("swept")
