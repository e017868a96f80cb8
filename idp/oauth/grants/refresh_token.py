"""RFC 6749 §6: a refresh token for new tokens, never for more than was granted."""

from collections.abc import Mapping
from typing import Any

from authlib.oauth2.rfc6749 import grants

from idp.domain.clients.client import Client
from idp.domain.tokens.grants import GrantState, find_live_grant
from idp.domain.tokens.minting import userinfo_audience
from idp.domain.tokens.refresh_tokens import find_grant_of_refresh_token, use_refresh_token
from idp.oauth.authorization.checks.scope import parse_scope
from idp.oauth.authorization.checks.target import wanted_audience
from idp.oauth.errors import Refusal, guess, invalid_grant, refusal
from idp.oauth.grants.user_tokens import UserTokens, answer
from idp.oauth.parameters import required


class RefreshTokenGrant(grants.RefreshTokenGrant):
    """What is asked beyond the grant is refused before the token is spent, so that a mistake costs no login."""

    def validate_token_request(self) -> None:
        """Check the request; spends the token.

        Raises:
            Refusal: invalid_grant, invalid_scope, invalid_target.
        """
        client: Client = self.request.client
        parameters: Mapping[str, str] = self.request.parameters
        token = required(parameters, "refresh_token")
        wanted = parse_scope(parameters.get("scope", ""))
        audience = wanted_audience(dict(parameters))
        if wanted or audience:
            _check_narrower(_find_grant(token, client), wanted, audience)
        spent = use_refresh_token(token, client.id, rotates=client.rotates_refresh_tokens)
        grant = find_live_grant(spent.grant_id) if spent else None
        if spent is None or grant is None:
            known = find_grant_of_refresh_token(token, client.id) is not None
            raise _unknown() if known else guess(_unknown())
        self.spent, self.state = spent, grant
        self.scopes = wanted or tuple(grant.scope.split())

    def create_token_response(self) -> tuple[int, dict[str, Any], object]:
        """Mint the tokens. The ID token keeps `auth_time` and has no nonce (OIDC Core §12.2)."""
        body = answer(
            UserTokens(
                grant_type=self.GRANT_TYPE,
                client=self.client,
                grant=self.state,
                scopes=self.scopes,
                refresh_token=self.spent.successor,
            )
        )
        return 200, body, self.TOKEN_RESPONSE_HEADER


def _find_grant(token: str, client: Client) -> GrantState:
    grant_id = find_grant_of_refresh_token(token, client.id)
    grant = find_live_grant(grant_id) if grant_id else None
    if grant is None:
        raise _unknown()
    return grant


def _check_narrower(grant: GrantState, wanted: tuple[str, ...], audience: str | None) -> None:
    if more := [scope for scope in wanted if scope not in grant.scopes]:
        raise refusal("invalid_scope", "The scope exceeds what was granted.", "scope", grant.scope, more[0])
    if audience not in {None, grant.audience, userinfo_audience() if grant.audience is None else None}:
        expected = grant.audience or userinfo_audience()
        raise refusal("invalid_target", "The token was granted for another API.", "audience", expected, audience)


def _unknown() -> Refusal:
    expected = "a current refresh token of this client"
    return invalid_grant("Unknown or invalid refresh token.", "refresh_token", expected)
