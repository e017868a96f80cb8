"""Tokens that the browser carries (OIDC Core §3.2.2.5, §3.3.2.5): for clients registered for such response types."""

from idp.domain.apis.queries import find_api
from idp.domain.clients.client import Client
from idp.domain.interactions.request import OFFLINE_ACCESS, AuthorizationRequest
from idp.domain.tokens.grants import find_live_grant
from idp.domain.tokens.minting import AccessTokenOrder, IdTokenOrder, mint_access_token, mint_id_token
from idp.domain.tokens.subjects import subject_of
from idp.oauth.authorization.response_types import RESPONSE_TYPES


def tokens(request: AuthorizationRequest, client: Client, grant_id: str, code: str | None) -> dict[str, str]:
    """The access token and the ID token that the response type asks for, as parameters of the answer."""
    kind = RESPONSE_TYPES[request.response_type]
    grant = find_live_grant(grant_id)
    assert grant is not None  # noqa: S101 -- begun a moment ago, for a user in good standing
    subject = subject_of(client, grant.user.id)
    scopes = tuple(scope for scope in request.scopes if scope != OFFLINE_ACCESS)
    parameters: dict[str, str] = {}
    if kind.token:
        api = find_api(request.audience) if request.audience else None
        order = AccessTokenOrder(client=client, subject=subject, scopes=scopes, api=api, grant=grant)
        access = mint_access_token(order)
        parameters |= {"access_token": access.token, "token_type": "Bearer", "expires_in": str(access.expires_in)}
        parameters["scope"] = access.scope
    if kind.id_token:
        parameters["id_token"] = mint_id_token(
            IdTokenOrder(
                client=client,
                subject=subject,
                grant=grant,
                scopes=scopes,
                nonce=request.nonce,
                access_token=parameters.get("access_token"),
                code=code,
            )
        )
    return parameters
