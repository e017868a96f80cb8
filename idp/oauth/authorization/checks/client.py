"""RFC 6749 §4.1.1: `client_id` names a registered client."""

from idp.domain.clients.queries import find_client_now
from idp.oauth.authorization.draft import Draft
from idp.oauth.errors import invalid_request, refusal


def check_client(draft: Draft) -> None:
    """Find the client, as the database has it now: a change is seen at once where people sign in."""
    client_id = draft.sent.get("client_id")
    if client_id is None:
        raise invalid_request("The parameter client_id is missing.", "client_id", "a registered client", "nothing")
    if "client_id" in draft.doubled:
        raise invalid_request("The parameter client_id was sent more than once.", "client_id", "one", "several")
    client = find_client_now(client_id)
    if client is None:
        raise refusal("invalid_client", "There is no such client.", "client_id", "a registered client", client_id)
    if client.disabled_at is not None:
        raise refusal("unauthorized_client", "The client is disabled.", "client", "enabled", "disabled")
    draft.client = client
