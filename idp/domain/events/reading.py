"""Reads of the audit log for the person whom it is about."""

from collections.abc import Collection, Sequence

from sqlalchemy import select

from idp.domain.events.models import Event
from idp.domain.events.names import EventName
from idp.infra.db import db


def find_making(user_id: str) -> Event | None:
    """How a person's account was made, while the log still tells."""
    found = list_events_of_user(user_id, (EventName.USER_CREATED,), 1)
    return found[0] if found else None


def list_events_of_user(
    user_id: str, names: Collection[EventName], limit: int, before: int | None = None
) -> Sequence[Event]:
    """What happened to a person's account, newest first.

    Args:
        user_id: whose.
        names: which kinds.
        limit: how many at most.
        before: the id of an event: only what came before it.
    """
    found = select(Event).where(Event.user_id == user_id, Event.name.in_([name.value for name in names]))
    if before is not None:
        found = found.where(Event.id < before)
    return db.session.execute(found.order_by(Event.id.desc()).limit(limit)).scalars().all()
