"""RFC 6749 §4.4: a client on its own behalf, at the APIs that it was given access to."""

from typing import Any

from authlib.oauth2.rfc6749 import grants

from idp.domain.apis.queries import find_api, find_client_grants
from idp.domain.clients.client import Client
from idp.domain.events.names import EventName
from idp.domain.events.recording import record
from idp.domain.tokens.minting import AccessTokenOrder, mint_access_token
from idp.oauth.authorization.checks.scope import parse_scope
from idp.oauth.authorization.checks.target import wanted_audience
from idp.oauth.errors import invalid_client, refusal


class ClientCredentialsGrant(grants.ClientCredentialsGrant):
    """The audience may be left out by a client that has access to one API alone."""

    def validate_token_request(self) -> None:
        """Check the request.

        Raises:
            Refusal: invalid_client, invalid_target, invalid_scope, access_denied.
        """
        client: Client = self.request.client
        if client.is_public:
            raise invalid_client(
                "A public client has no access of its own.", "client authentication", "a secret or a key"
            )
        grants_of_client = find_client_grants(client.id)
        self.audience = _choose(wanted_audience(self.request.parameters), grants_of_client)
        self.scopes = _scopes(self.request.parameters.get("scope", ""), grants_of_client[self.audience])

    def create_token_response(self) -> tuple[int, dict[str, Any], object]:
        """Mint the token: no refresh token (§4.4.3), no ID token."""
        order = AccessTokenOrder(
            client=self.client, subject=self.client.id, scopes=self.scopes, api=find_api(self.audience)
        )
        access = mint_access_token(order)
        record(
            EventName.TOKEN_ISSUED,
            client_id=self.client.id,
            grant_type=self.GRANT_TYPE,
            audience=self.audience,
            scope=access.scope,
        )
        body = {
            "access_token": access.token,
            "token_type": "Bearer",
            "expires_in": access.expires_in,
            "scope": access.scope,
        }
        return 200, body, self.TOKEN_RESPONSE_HEADER


def _choose(audience: str | None, granted: dict[str, frozenset[str]]) -> str:
    if audience is None and len(granted) == 1:
        return next(iter(granted))
    names = " or ".join(sorted(granted)) or "none: give the client access with: idp grants create"
    if audience is None:
        raise refusal("invalid_target", "Name the API in audience or resource.", "audience", names, "nothing")
    if audience not in granted:
        description = f"Client is not authorized to access '{audience}'. Give it access with: idp grants create"
        raise refusal("access_denied", description, "audience", names, audience)
    return audience


def _scopes(sent: str, granted: frozenset[str]) -> tuple[str, ...]:
    wanted = parse_scope(sent)
    if more := [scope for scope in wanted if scope not in granted]:
        expected = " ".join(sorted(granted)) or "none"
        raise refusal(
            "invalid_scope", f"Client has not been granted scopes: {' '.join(more)}", "scope", expected, more[0]
        )
    return wanted or tuple(sorted(granted))
