"""Refresh tokens: a family for each token grant, rotated at each use (RFC 9700 §4.14.2).

    issued ──used──> rotated: its successor lives      a rotated one comes again …
                                                       … inside the grace, its successor unused: the same successor
                                                       … else: a thief has one of the two; the family ends

A successor is derived from the token it replaces, under the server's secret: so every answer inside the grace carries
the same token. Lost answers and two tabs never fork a family, and nothing readable is stored.
"""

from dataclasses import dataclass

from sqlalchemy import bindparam, insert, select, update

from idp.domain.events.names import EventName
from idp.domain.events.recording import record
from idp.domain.tenant import settings
from idp.domain.tokens.grants import revoke_grant
from idp.domain.tokens.models import RefreshToken
from idp.infra import clock
from idp.infra.db import db, execute, table
from idp.infra.secrets import derive, digest, new_token

PREFIX = "rt1_"
PURPOSE = "refresh-successor"

_tokens = table(RefreshToken)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpentRefreshToken:
    """A refresh token that was accepted, and the one to send on: itself, where tokens are not rotated."""

    grant_id: str
    successor: str


_IS_GOOD = (
    _tokens.c.token_hash == bindparam("presented"),
    _tokens.c.client_id == bindparam("by"),
    _tokens.c.used_at.is_(None),
    _tokens.c.idle_expires_at > bindparam("now"),
    _tokens.c.expires_at > bindparam("now"),
)
_new = insert(_tokens)
_claim = (
    update(_tokens)
    .where(*_IS_GOOD)
    .values(used_at=bindparam("now"))
    .returning(_tokens.c.grant_id, _tokens.c.generation, _tokens.c.expires_at)
)
_keep = update(_tokens).where(*_IS_GOOD).values(idle_expires_at=bindparam("idle_end")).returning(_tokens.c.grant_id)


def issue_refresh_token(grant_id: str, client_id: str) -> str:
    """The first refresh token of a grant."""
    token = new_token(PREFIX)
    expires_at = clock.now() + settings.current().refresh_token_lifetime
    _insert(token, grant_id=grant_id, client_id=client_id, generation=0, expires_at=expires_at)
    return token


def use_refresh_token(token: str, client_id: str, *, rotates: bool) -> SpentRefreshToken | None:
    """Accept a refresh token of this client; None if it is not good, and its family ends if it was replayed."""
    if not token.startswith(PREFIX):
        return None
    now = clock.now()
    values = {"presented": digest(token), "by": client_id, "now": now}
    if not rotates:
        idle_end = now + settings.current().refresh_token_idle_lifetime
        kept = execute(_keep, {**values, "idle_end": idle_end}).scalar()
        return SpentRefreshToken(grant_id=kept, successor=token) if kept else None
    row = execute(_claim, values).first()
    if row is None:
        return _answer_again(token, client_id)
    successor = _successor_of(token)
    # Rotation never lengthens the life of the family.
    _insert(
        successor,
        grant_id=row.grant_id,
        client_id=client_id,
        generation=row.generation + 1,
        expires_at=row.expires_at,
    )
    return SpentRefreshToken(grant_id=row.grant_id, successor=successor)


def find_refresh_token(token: str) -> RefreshToken | None:
    """The token, if it is still good; looking spends nothing."""
    now = clock.now()
    return db.session.execute(
        select(RefreshToken).where(
            RefreshToken.token_hash == digest(token),
            RefreshToken.used_at.is_(None),
            RefreshToken.idle_expires_at > now,
            RefreshToken.expires_at > now,
        )
    ).scalar()


def find_grant_of_refresh_token(token: str, client_id: str) -> str | None:
    """The grant that any token of a family belongs to, rotated or not: what its own client may revoke."""
    return db.session.execute(
        select(_tokens.c.grant_id).where(_tokens.c.token_hash == digest(token), _tokens.c.client_id == client_id)
    ).scalar()


def _answer_again(token: str, client_id: str) -> SpentRefreshToken | None:
    """A token that was rotated before: the grace is for the immediate predecessor alone."""
    row = db.session.execute(
        select(_tokens.c.grant_id, _tokens.c.used_at, _tokens.c.expires_at).where(
            _tokens.c.token_hash == digest(token), _tokens.c.client_id == client_id
        )
    ).first()
    if row is None or row.used_at is None or row.expires_at <= clock.now():
        return None
    successor = _successor_of(token)
    is_recent = clock.now() - row.used_at < settings.current().refresh_token_grace
    if is_recent and find_refresh_token(successor) is not None:
        return SpentRefreshToken(grant_id=row.grant_id, successor=successor)
    if revoke_grant(row.grant_id):
        record(EventName.REFRESH_TOKEN_REUSED, client_id=client_id, outcome="refused", grant=row.grant_id)
    return None


def _successor_of(token: str) -> str:
    return PREFIX + derive(settings.current().secrets[0], PURPOSE, token)


def _insert(token: str, *, grant_id: str, client_id: str, generation: int, expires_at: int) -> None:
    now = clock.now()
    execute(
        _new,
        {
            "token_hash": digest(token),
            "grant_id": grant_id,
            "client_id": client_id,
            "generation": generation,
            "created_at": now,
            "idle_expires_at": min(now + settings.current().refresh_token_idle_lifetime, expires_at),
            "expires_at": expires_at,
        },
    )
