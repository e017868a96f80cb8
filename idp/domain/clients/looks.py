"""How the pages of an app look: the tenant's brand, and over it what the operator set for the app.

An app of a third party has no say in it: whoever may dress a login page as he likes, may dress it as another's.
"""

from dataclasses import replace
from typing import Any

from idp.domain.branding.branding import Branding
from idp.domain.branding.keeping import find_branding
from idp.domain.clients.client import Client
from idp.domain.clients.queries import get_record
from idp.domain.errors import InvalidInputError
from idp.domain.events.names import EventName
from idp.domain.events.recording import record
from idp.domain.tenant.config_version import bump
from idp.infra import clock


def own_branding(client: Client) -> Branding:
    """What is set for the app alone."""
    return Branding() if client.is_third_party else Branding.of(client.branding)


def branding_for(client: Client) -> Branding:
    """What holds on its pages. The name is that of the deployment: an app has its own."""
    own = own_branding(client)
    below = find_branding()
    if own == Branding():
        return below
    return replace(own.over(below), name=below.name)


def get_client_branding(client_id: str) -> Branding:
    """What is set for an app, as this transaction has it.

    Raises:
        NotFoundError: there is no such app.
    """
    return Branding.of(get_record(client_id).branding)


def change_client_branding(client_id: str, changes: dict[str, Any]) -> Branding:
    """Set what is given for one app; None takes a value away.

    Raises:
        NotFoundError: there is no such app.
        InvalidInputError: it belongs to a third party.
    """
    client = get_record(client_id)
    if client.is_third_party and any(value is not None for value in changes.values()):
        raise InvalidInputError(f"{client.name} belongs to a third party: its pages look like yours.", "client")
    branding = replace(Branding.of(client.branding), **changes)
    client.branding = branding.stored()
    client.updated_at = clock.now()
    record(EventName.BRANDING_CHANGED, client_id=client_id, fields=sorted(changes))
    bump()
    return branding
