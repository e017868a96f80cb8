"""Token grants: made with a code, checked at each use of what came of it, and ended as one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from idp.domain.interactions.request import AuthorizationRequest
from idp.domain.sessions import participants
from idp.domain.sessions.browser_sessions import LiveSession, SignedOutError
from idp.domain.sessions.models import Session
from idp.domain.tenant import settings
from idp.domain.tokens.models import TokenGrant
from idp.domain.users.models import User
from idp.domain.users.person import Person
from idp.domain.users.standing import standing_of
from idp.infra import clock
from idp.infra.db import db, execute, table
from idp.infra.secrets import new_id

ID_LENGTH = 22


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantState:
    """A token grant with the person and the login behind it."""

    id: str
    client_id: str
    user: Person
    sid: str | None
    """The login that it came of; None once that has ended."""
    original_sid: str | None
    scope: str
    audience: str | None
    auth_time: int
    amr: tuple[str, ...]
    claims: dict[str, Any]
    """Single claims asked for: `userinfo` and `id_token` → claim → null or how it is wanted."""

    def requested_claims(self, place: str) -> frozenset[str]:
        """The names of the single claims asked for in `userinfo` or `id_token`."""
        return frozenset(self.claims.get(place) or ())

    @property
    def scopes(self) -> frozenset[str]:
        """What was granted."""
        return frozenset(self.scope.split())


_grants = table(TokenGrant)
_sessions = table(Session)
_users = table(User)
_hold_login = (
    select(_sessions.c.sid)
    .where(_sessions.c.sid == bindparam("sid"), _sessions.c.ended_at.is_(None))
    .with_for_update(read=True)
)
_state = (
    select(
        _grants.c.client_id,
        _grants.c.sid,
        _grants.c.scope,
        _grants.c.audience,
        _grants.c.auth_time,
        _grants.c.amr,
        _grants.c.claims,
        _grants.c.revoked_at,
        _sessions.c.ended_at,
        _sessions.c.last_seen_at,
        _sessions.c.expires_at.label("session_expires_at"),
        _users.c.id.label("user_id"),
        _users.c.email,
        _users.c.email_verified,
        _users.c.claims.label("user_claims"),
        _users.c.updated_at,
        _users.c.blocked_at,
    )
    .select_from(_grants)
    .join(_users, _users.c.id == _grants.c.user_id)
    .outerjoin(_sessions, _sessions.c.sid == _grants.c.sid)
    .where(_grants.c.id == bindparam("grant_id"))
)


def find_live_grant(grant_id: str) -> GrantState | None:
    """The grant, if neither it has been revoked nor its user lost good standing: the gate of all that users granted."""
    row = execute(_state, {"grant_id": grant_id}).first()
    if row is None or row.revoked_at is not None:
        return None
    if not standing_of(exists=True, blocked_at=row.blocked_at).is_good:
        return None
    idle_since = clock.now() - settings.current().session_idle_lifetime
    session_is_live = (
        row.last_seen_at is not None
        and row.ended_at is None
        and row.session_expires_at > clock.now()
        and row.last_seen_at > idle_since
    )
    return GrantState(
        id=grant_id,
        client_id=row.client_id,
        user=Person(
            id=row.user_id,
            email=row.email,
            email_verified=row.email_verified,
            claims=row.user_claims,
            updated_at=row.updated_at,
        ),
        sid=row.sid if session_is_live else None,
        original_sid=row.sid,
        scope=row.scope,
        audience=row.audience,
        auth_time=row.auth_time,
        amr=tuple(row.amr),
        claims=row.claims or {},
    )


def begin_grant(request: AuthorizationRequest, session: LiveSession) -> str:
    """Write down what the user grants, and that the app takes part in the login; its id.

    Raises:
        SignedOutError: the login ended in this instant. Who ends it from now on waits, and ends the grant, too.
    """
    if execute(_hold_login, {"sid": session.sid}).first() is None:
        raise SignedOutError("The login that asked for it has ended.")
    participants.join(session.sid, request.client_id)
    grant_id = new_id(ID_LENGTH)
    db.session.execute(
        insert(_grants),
        {
            "id": grant_id,
            "client_id": request.client_id,
            "user_id": session.user_id,
            "sid": session.sid,
            "scope": request.scope,
            "audience": request.audience,
            "auth_time": session.auth_time,
            "amr": list(session.amr),
            "claims": request.claims,
            "created_at": clock.now(),
        },
    )
    return grant_id


def revoke_grant(grant_id: str) -> bool:
    """End a grant and all that came of it; False if it had ended before."""
    return _revoke(TokenGrant.id == grant_id) > 0


def revoke_grants_of_user(user_id: str, client_id: str | None = None) -> int:
    """End what a user granted, to one client or to all."""
    conditions = [TokenGrant.user_id == user_id]
    if client_id is not None:
        conditions.append(TokenGrant.client_id == client_id)
    return _revoke(*conditions)


def _revoke(*conditions: "object") -> int:
    revoked: Sequence[str] = (
        db.session.execute(
            update(TokenGrant)
            .where(TokenGrant.revoked_at.is_(None), *conditions)  # type: ignore[arg-type]
            .values(revoked_at=clock.now())
            .returning(TokenGrant.id)
        )
        .scalars()
        .all()
    )
    return len(revoked)
