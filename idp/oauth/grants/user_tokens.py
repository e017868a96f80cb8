"""What the grants of a user share: the answer with access token, ID token and refresh token (OIDC Core §3.1.3.3)."""

from dataclasses import dataclass
from typing import Any

from idp.domain.apis.queries import find_api
from idp.domain.clients.client import Client
from idp.domain.events.names import EventName
from idp.domain.events.recording import record
from idp.domain.interactions.request import OPENID
from idp.domain.tokens.grants import GrantState
from idp.domain.tokens.minting import AccessTokenOrder, IdTokenOrder, mint_access_token, mint_id_token
from idp.domain.tokens.subjects import subject_of
from idp.oauth.errors import invalid_grant


@dataclass(frozen=True, slots=True, kw_only=True)
class UserTokens:
    """An order for the tokens of a user."""

    grant_type: str
    client: Client
    grant: GrantState
    scopes: tuple[str, ...]
    refresh_token: str | None
    nonce: str | None = None


def answer(order: UserTokens) -> dict[str, Any]:
    """Mint, and write down that it was done.

    Raises:
        Refusal: invalid_grant, when the API is not there any more.
    """
    grant = order.grant
    subject = subject_of(order.client, grant.user.id)
    api = find_api(grant.audience) if grant.audience else None
    if grant.audience and api is None:
        raise invalid_grant(
            "The API of this grant does not exist any more.", "audience", "a registered API", grant.audience
        )
    access = mint_access_token(
        AccessTokenOrder(client=order.client, subject=subject, scopes=order.scopes, api=api, grant=grant)
    )
    body: dict[str, Any] = {"access_token": access.token, "token_type": "Bearer", "expires_in": access.expires_in}
    body["scope"] = access.scope
    if OPENID in order.scopes:
        body["id_token"] = mint_id_token(_id_token(order, subject, access.token))
    if order.refresh_token is not None:
        body["refresh_token"] = order.refresh_token
    record(
        EventName.TOKEN_ISSUED,
        user_id=grant.user.id,
        client_id=order.client.id,
        session_id=grant.original_sid,
        grant_type=order.grant_type,
        audience=grant.audience,
        scope=access.scope,
    )
    return body


def _id_token(order: UserTokens, subject: str, access_token: str) -> IdTokenOrder:
    return IdTokenOrder(
        client=order.client,
        subject=subject,
        grant=order.grant,
        scopes=order.scopes,
        nonce=order.nonce,
        access_token=access_token,
    )
