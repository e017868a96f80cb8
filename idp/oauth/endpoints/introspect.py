"""RFC 7662: whether a token is good, for the client it was given to and for the API that it is for."""

from typing import Any

from flask import Response

from idp.domain.apis.queries import find_client_grants
from idp.domain.clients.client import Client
from idp.domain.tenant.reading import only_reads
from idp.domain.tokens.access_tokens import find_live_access_token
from idp.domain.tokens.grants import find_live_grant
from idp.domain.tokens.refresh_tokens import PREFIX, find_refresh_token
from idp.domain.tokens.subjects import subject_of
from idp.oauth.errors import invalid_client
from idp.oauth.parameters import required
from idp.oauth.server import TokenRequest, server

INACTIVE: dict[str, Any] = {"active": False}
_SHOWN = ("iss", "sub", "aud", "client_id", "exp", "iat", "jti", "scope", "sid", "acr", "auth_time")


def introspect() -> Response:
    """What the token says if it is good and the caller may know; else only that it is not active (§2.2)."""
    return server().respond(_introspect)


def _introspect(request: TokenRequest) -> tuple[int, dict[str, Any]]:
    client = server().authenticate(request)
    if client.is_public:
        # §2.1: the endpoint is for callers that can prove who they are.
        raise invalid_client("A public client may not introspect tokens.", "client authentication", "a secret or a key")
    token = required(request.parameters, "token")
    only_reads()
    return 200, _refresh_token(token, client) if token.startswith(PREFIX) else _access_token(token, client)


def _access_token(token: str, client: Client) -> dict[str, Any]:
    live = find_live_access_token(token)
    if live is None or not (live.client.id == client.id or live.audiences & find_client_grants(client.id).keys()):
        return INACTIVE
    shown = {name: live.claims[name] for name in _SHOWN if name in live.claims}
    return {"active": True, "token_type": "Bearer", **shown}


def _refresh_token(token: str, client: Client) -> dict[str, Any]:
    found = find_refresh_token(token)
    grant = None if found is None or found.client_id != client.id else find_live_grant(found.grant_id)
    if found is None or grant is None:
        return INACTIVE
    return {
        "active": True,
        "client_id": client.id,
        "sub": subject_of(client, grant.user.id),
        "scope": grant.scope,
        "exp": found.idle_expires_at,
        "iat": found.created_at,
    }
