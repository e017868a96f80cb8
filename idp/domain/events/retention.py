"""How long events are kept: the oldest go first, some at a time."""

from sqlalchemy import delete, select

from idp.domain.events.models import Event
from idp.infra.db import db, table

_events = table(Event)


def forget_before(at_ms: int, limit: int) -> int:
    """Remove events from before a time (milliseconds), of the oldest `limit`; how many went.

    Ids rise with time, so that the primary key alone finds them, and a newer event is never looked at.
    """
    oldest = select(_events.c.id, _events.c.at_ms).order_by(_events.c.id).limit(limit).subquery()
    over = select(oldest.c.id).where(oldest.c.at_ms < at_ms)
    return len(db.session.execute(delete(_events).where(_events.c.id.in_(over)).returning(_events.c.id)).all())
