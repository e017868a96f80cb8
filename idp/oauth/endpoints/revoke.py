"""RFC 7009: a client takes back a token of its own. A refresh token takes all that came of its grant along."""

from flask import Response

from idp.domain.clients.client import Client
from idp.domain.events.names import EventName
from idp.domain.events.recording import record
from idp.domain.tokens.access_tokens import find_live_access_token, revoke_access_token
from idp.domain.tokens.grants import revoke_grant
from idp.domain.tokens.refresh_tokens import PREFIX, find_grant_of_refresh_token
from idp.oauth.parameters import required
from idp.oauth.server import TokenRequest, server


def revoke() -> Response:
    """200 and an empty body, also for a token that is unknown or another's (§2.2). The hint is not needed."""
    return server().respond(_revoke)


def _revoke(request: TokenRequest) -> tuple[int, dict[str, str]]:
    client = server().authenticate(request)
    token = required(request.parameters, "token")
    if token.startswith(PREFIX):
        _revoke_family(token, client)
    else:
        _revoke_access_token(token, client)
    return 200, {}


def _revoke_family(token: str, client: Client) -> None:
    grant_id = find_grant_of_refresh_token(token, client.id)
    if grant_id is not None and revoke_grant(grant_id):
        record(EventName.TOKEN_REVOKED, client_id=client.id, kind="refresh_token", grant=grant_id)


def _revoke_access_token(token: str, client: Client) -> None:
    live = find_live_access_token(token)
    if live is not None and live.client.id == client.id:
        revoke_access_token(live.claims)
        user_id = live.grant.user.id if live.grant else None
        record(EventName.TOKEN_REVOKED, client_id=client.id, kind="access_token", user_id=user_id)
