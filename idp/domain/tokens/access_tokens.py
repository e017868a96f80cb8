"""Checking access tokens at our own endpoints: the signature, and whether what they stand on still lives."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, insert, select

from idp.domain.clients.client import Client
from idp.domain.clients.queries import find_client
from idp.domain.keys import keyring
from idp.domain.tenant import settings
from idp.domain.tokens.grants import GrantState, find_live_grant
from idp.domain.tokens.minting import ACCESS_TOKEN
from idp.domain.tokens.models import RevokedToken
from idp.infra import jwt
from idp.infra.db import db, execute, table

_revoked = table(RevokedToken)
_find_revoked = select(_revoked.c.jti).where(_revoked.c.jti == bindparam("presented"))


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveAccessToken:
    """An access token that is good now."""

    claims: dict[str, Any]
    client: Client
    grant: GrantState | None

    @property
    def scopes(self) -> frozenset[str]:
        """What it allows."""
        return frozenset(self.claims["scope"].split())

    @property
    def audiences(self) -> frozenset[str]:
        """Whom it is for."""
        aud = self.claims["aud"]
        return frozenset([aud] if isinstance(aud, str) else aud)


def find_live_access_token(token: str, audience: str | None = None) -> LiveAccessToken | None:
    """The token, if it is ours, unexpired and unrevoked, and its client, user, grant and login are good.

    Args:
        token: the compact JWS as presented.
        audience: whom it has to be for; None when that is judged by the caller.
    """
    expected = jwt.Expected(typ=ACCESS_TOKEN, issuer=settings.current().issuer, audience=audience)
    try:
        claims = keyring.verify(token, expected)
    except jwt.InvalidToken:
        return None
    client = find_client(claims["client_id"])
    if client is None or client.disabled_at is not None or _is_revoked(claims["jti"]):
        return None
    if claims.get("gty") == "client-credentials":
        return LiveAccessToken(claims=claims, client=client, grant=None)
    grant = find_live_grant(grant_id_of(claims["jti"]))
    if grant is None or ("sid" in claims and grant.sid != claims["sid"]):
        return None
    return LiveAccessToken(claims=claims, client=client, grant=grant)


def grant_id_of(jti: str) -> str:
    """The grant that a user's access token came of."""
    return jti.partition(".")[0]


def revoke_access_token(claims: dict[str, Any]) -> None:
    """Take one access token back, by its parsed `jti`, never by its text."""
    if not _is_revoked(claims["jti"]):
        db.session.execute(insert(_revoked), {"jti": claims["jti"], "expires_at": claims["exp"]})


def _is_revoked(jti: str) -> bool:
    return execute(_find_revoked, {"presented": jti}).scalar() is not None
