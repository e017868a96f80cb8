"""RFC 6749 §2.1: a public client says who it is, and proves it by its code, PKCE and redirect URI."""

from idp.domain.clients.client import Client
from idp.oauth.client_auth.attempt import Attempt, get_client
from idp.oauth.errors import invalid_client


def is_tried(attempt: Attempt) -> bool:
    """Whether the request only names a client."""
    return "client_id" in attempt.parameters


def authenticate(attempt: Attempt) -> Client:
    """The client that is named.

    Raises:
        Refusal: invalid_client.
    """
    client_id = attempt.parameters.get("client_id")
    if client_id is None:
        raise invalid_client("Client authentication is missing.", "client authentication", "a client", "nothing")
    return get_client(client_id)
