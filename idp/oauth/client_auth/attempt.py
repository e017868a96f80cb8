"""What a method of client authentication reads of a request, and how a client is found for it."""

from collections.abc import Mapping
from typing import Protocol

from idp.domain.clients.client import Client
from idp.domain.clients.queries import find_client, find_client_now
from idp.oauth.errors import Refusal, invalid_client


class Attempt(Protocol):
    """A request that is to be authenticated."""

    parameters: Mapping[str, str]
    used_basic: bool

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers of the request."""


def get_client(client_id: str) -> Client:
    """The client.

    Raises:
        Refusal: invalid_client.
    """
    client = find_client(client_id)
    if client is None:
        raise invalid_client("Client authentication failed.", "client_id", "a registered client", client_id)
    return client


def check_secret(client_id: str, secret: str) -> Client:
    """The client whose secret this is. A secret made a moment ago is good: before refusing, the database is asked.

    Raises:
        Refusal: invalid_client.
    """
    client = get_client(client_id)
    if client.check_client_secret(secret):
        return client
    now = find_client_now(client_id)
    if now is None or not now.check_client_secret(secret):
        raise wrong_secret()
    return now


def wrong_secret() -> Refusal:
    """The secret is none of the client's."""
    return invalid_client("Client authentication failed.", "client secret", "a current secret of the client", "another")
