"""Reads of the audit log for operators: by the reference id that a user names, or by whom and what it is about."""

from collections.abc import Sequence

from sqlalchemy import select

from idp.domain.events.models import Event
from idp.infra.db import db


def list_events_of_reference(reference: str) -> Sequence[Event]:
    """What was recorded for one request, in its order. Letters may be small, as people type."""
    found = select(Event).where(Event.reference == reference.strip().upper())
    return db.session.execute(found.order_by(Event.id)).scalars().all()


def list_events(
    *, user_id: str | None = None, client_id: str | None = None, since_ms: int | None = None, limit: int = 100
) -> Sequence[Event]:
    """What happened, newest first: about a user, an app, since a time in milliseconds."""
    found = select(Event)
    if user_id is not None:
        found = found.where(Event.user_id == user_id)
    if client_id is not None:
        found = found.where(Event.client_id == client_id)
    if since_ms is not None:
        found = found.where(Event.at_ms >= since_ms)
    return db.session.execute(found.order_by(Event.id.desc()).limit(limit)).scalars().all()
