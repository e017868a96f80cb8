"""RFC 7591 §3.2.1, RFC 7592 §3: what a client is told of its registration."""

from typing import Any

from idp.domain.clients.models import ClientRecord
from idp.domain.clients.self_registration import metadata_of

PATH = "oidc/register"


def information(client: ClientRecord, issuer: str, token: str, secret: str | None = None) -> dict[str, Any]:
    """The client information response. The secret is told once: when it is made.

    Args:
        client: whose.
        issuer: of this deployment.
        token: the registration access token, which only the caller knows.
        secret: one just made.
    """
    told: dict[str, Any] = {"client_id": client.id, "client_id_issued_at": client.created_at}
    if secret is not None:
        told |= {"client_secret": secret, "client_secret_expires_at": 0}
    return {
        **told,
        "registration_client_uri": f"{issuer}{PATH}/{client.id}",
        "registration_access_token": token,
        **metadata_of(client),
    }
