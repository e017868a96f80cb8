"""Where every access token and ID token is made and signed: RFC 9068 with Auth0's claims, OIDC Core §2."""

import base64
import hashlib
from dataclasses import dataclass
from typing import Any

from idp.domain.apis.api import Api
from idp.domain.clients.client import Client
from idp.domain.keys import keyring
from idp.domain.sessions.acr import acr_of
from idp.domain.tenant import settings
from idp.domain.tokens.grants import GrantState
from idp.domain.tokens.sealing import seal_id_token
from idp.domain.users.claims import claims_for
from idp.infra import clock, jwt
from idp.infra.secrets import new_token

ACCESS_TOKEN = "at+jwt"
ID_TOKEN = "JWT"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessTokenOrder:
    """What an access token is to say."""

    client: Client
    subject: str
    scopes: tuple[str, ...]
    api: Api | None = None
    grant: GrantState | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IdTokenOrder:
    """What an ID token is to say, and what it is sent together with."""

    client: Client
    subject: str
    grant: GrantState
    scopes: tuple[str, ...]
    nonce: str | None = None
    access_token: str | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MintedToken:
    """An access token and its life in seconds."""

    token: str
    expires_in: int
    scope: str


def userinfo_audience() -> str:
    """The audience of tokens for /userinfo."""
    return f"{settings.current().issuer}userinfo"


def mint_access_token(order: AccessTokenOrder) -> MintedToken:
    """Make an access token (RFC 9068 §2.2); its `jti` begins with the id of the grant it came of."""
    now = clock.now()
    lifetime = (order.api and order.api.token_lifetime) or settings.current().access_token_lifetime
    scope = " ".join(order.scopes)
    claims: dict[str, Any] = {
        "iss": settings.current().issuer,
        "sub": order.subject,
        "aud": _audience(order),
        "client_id": order.client.id,
        "azp": order.client.id,
        "iat": now,
        "exp": now + lifetime,
        "jti": new_token(f"{order.grant.id}." if order.grant else "")[:66],
        "scope": scope,
    }
    if order.grant is None:
        claims["gty"] = "client-credentials"
    else:
        # How and when the person signed in, for an API that wants it stronger or fresher (RFC 9068 §2.2.1, RFC 9470 §6)
        claims |= {"auth_time": order.grant.auth_time, "acr": acr_of(order.grant.amr)}
        if order.grant.sid is not None:
            claims["sid"] = order.grant.sid
    key = keyring.active_key(order.api.signing_alg if order.api else "RS256")
    return MintedToken(token=jwt.sign(claims, key, ACCESS_TOKEN), expires_in=lifetime, scope=scope)


def mint_id_token(order: IdTokenOrder) -> str:
    """Make an ID token (OIDC Core §2). `auth_time`, `amr` and `sid` are those of the login, also after a refresh."""
    client, grant, now = order.client, order.grant, clock.now()
    key = keyring.active_key(client.id_token_alg)
    # Without an access token there is no /userinfo to ask (OIDC Core §5.4).
    repeats = client.has_profile_in_id_token or (order.access_token is None and order.code is None)
    claims = claims_for(grant.user, order.scopes if repeats else (), grant.requested_claims("id_token"))
    claims |= {
        "iss": settings.current().issuer,
        "sub": order.subject,
        "aud": client.id,
        "iat": now,
        "exp": now + settings.current().id_token_lifetime,
        "auth_time": grant.auth_time,
        "acr": acr_of(grant.amr),
        "amr": list(grant.amr),
    }
    optional = {
        "sid": grant.original_sid,
        "nonce": order.nonce,
        "at_hash": order.access_token and half_hash(order.access_token, key.alg),
        "c_hash": order.code and half_hash(order.code, key.alg),
    }
    claims |= {name: value for name, value in optional.items() if value is not None}
    return seal_id_token(client, jwt.sign(claims, key, ID_TOKEN))


def half_hash(value: str, alg: str) -> str:
    """The left half of the hash that goes with the algorithm (OIDC Core §3.1.3.6); Ed25519 goes with SHA-512."""
    full = hashlib.sha512(value.encode()) if alg == "EdDSA" else hashlib.sha256(value.encode())
    raw = full.digest()
    return base64.urlsafe_b64encode(raw[: len(raw) // 2]).rstrip(b"=").decode()


def _audience(order: AccessTokenOrder) -> str | list[str]:
    if order.api is None:
        return userinfo_audience()
    if "openid" in order.scopes:
        return [order.api.audience, userinfo_audience()]
    return order.api.audience
