"""Recording an event: a row in the transaction it tells of, a log line and a count."""

from typing import Any

from sqlalchemy import insert

from idp.domain.events.context import facts, note_refusal
from idp.domain.events.models import Event
from idp.domain.events.names import EventName
from idp.infra import clock, metrics
from idp.infra.db import table, write_late
from idp.infra.logging import happened, without_secrets

#: The line has these in another form.
_NOT_IN_LINE = frozenset({"at_ms", "name"})
_insert = insert(table(Event))


def record(
    name: EventName,
    /,
    *,
    user_id: str | None = None,
    client_id: str | None = None,
    session_id: str | None = None,
    outcome: str = "success",
    **details: Any,
) -> None:
    """Write an event with the current transaction. `details` must hold no secret of ours.

    What was refused may hold a caller's: people paste a secret into the wrong field. It is hidden by its look.
    """
    about = facts()
    if outcome == "refused":
        note_refusal()
        client_id = client_id and without_secrets(client_id)
        details = {key: without_secrets(value) if isinstance(value, str) else value for key, value in details.items()}
    row = {
        "at_ms": clock.now_ms(),
        "name": name.value,
        "outcome": outcome,
        "reference": about.reference,
        "user_id": user_id,
        "client_id": client_id,
        "session_id": session_id,
        "ip": about.ip,
        "user_agent": about.user_agent,
        "details": details or None,
    }
    write_late(_insert, row)
    metrics.count_event(name.value, outcome)
    if name is EventName.TOKEN_ISSUED:
        metrics.count_tokens(details["grant_type"])
    happened(name.value, {key: value for key, value in row.items() if value is not None and key not in _NOT_IN_LINE})
