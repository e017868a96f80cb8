"""The way of one authorization request through the pages: begun, marked at each step, answered once."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import bindparam, delete, select, update

from idp.domain.interactions.models import Interaction
from idp.domain.interactions.request import AuthorizationRequest
from idp.infra import clock
from idp.infra.db import db, execute, table
from idp.infra.secrets import digest, new_token

LIFETIME_SECONDS = 3600
#: A page older than its interaction can still restart its own request for this long.
KEPT_SECONDS = 7 * 86400
PREFIX = "in1_"

_interactions = table(Interaction)
_find_marks = select(_interactions.c.marks).where(_interactions.c.id == bindparam("interaction_id")).with_for_update()


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where an interaction stands. `marks`: step name → what came of it (`login`, `consent`: whose sid)."""

    id: str
    request: AuthorizationRequest
    marks: dict[str, Any]
    is_expired: bool
    is_answered: bool

    @property
    def is_open(self) -> bool:
        """Whether it can still be answered."""
        return not self.is_expired and not self.is_answered


def start(request: AuthorizationRequest, browser: str) -> Progress:
    """Begin an interaction, bound to the browser whose cookie this is."""
    now = clock.now()
    interaction = Interaction(
        id=new_token(PREFIX),
        browser_hash=digest(browser),
        request=request.to_json(),
        marks={},
        created_at=now,
        expires_at=now + LIFETIME_SECONDS,
    )
    db.session.add(interaction)
    db.session.flush()
    return _progress(interaction)


def find(interaction_id: str, browser: str | None) -> Progress | None:
    """The interaction, if it is this browser's own: another browser's link leads nowhere."""
    row = db.session.execute(select(Interaction).where(Interaction.id == interaction_id)).scalar()
    if row is None or browser is None or row.browser_hash != digest(browser):
        return None
    return _progress(row)


def find_anywhere(interaction_id: str) -> Progress | None:
    """The interaction, whichever browser it belongs to: enough to begin its request anew, or to point to its app."""
    if "\0" in interaction_id:
        return None
    row = db.session.execute(select(Interaction).where(Interaction.id == interaction_id)).scalar()
    return None if row is None else _progress(row)


def mark(progress: Progress, outcomes: Mapping[str, Any]) -> Progress:
    """Note what came of steps, beside what another tab has noted since."""
    known = execute(_find_marks, {"interaction_id": progress.id}).scalar()
    marks = {**(known or {}), **outcomes}
    db.session.execute(update(Interaction).where(Interaction.id == progress.id).values(marks=marks))
    return replace(progress, marks=marks)


def claim_answer(progress: Progress) -> bool:
    """Take the right to answer: of several tries at once (a double click, the back button) one gets it."""
    return (
        db.session.execute(
            update(Interaction)
            .where(Interaction.id == progress.id, Interaction.answered_at.is_(None))
            .values(answered_at=clock.now())
            .returning(Interaction.id)
        ).scalar()
        is not None
    )


def forget_expired() -> None:
    """Drop interactions that nobody can come back to."""
    db.session.execute(delete(Interaction).where(Interaction.expires_at < clock.now() - KEPT_SECONDS))


def _progress(row: Interaction) -> Progress:
    return Progress(
        id=row.id,
        request=AuthorizationRequest.from_json(row.request),
        marks=dict(row.marks),
        is_expired=row.expires_at <= clock.now(),
        is_answered=row.answered_at is not None,
    )
