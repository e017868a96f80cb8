"""What follows when a client is removed: its codes, tokens and consents go with it."""

from idp.domain.clients.queries import get_record
from idp.domain.events.names import EventName
from idp.domain.events.recording import record
from idp.domain.tenant.config_version import bump
from idp.infra.db import db


def delete_client(client_id: str) -> None:
    """Remove a client and all that came of it.

    Raises:
        NotFoundError: there is no such client.
    """
    client = get_record(client_id)
    db.session.delete(client)
    db.session.flush()
    record(EventName.CLIENT_DELETED, client_id=client_id)
    bump()
