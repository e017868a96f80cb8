"""Tokens about a user, signed and encrypted as the client is registered (OIDC Core §10.2, §5.3.2)."""

from typing import Any

import orjson

from idp.domain.clients.client import Client
from idp.domain.clients.jwks import keys_of
from idp.domain.errors import DomainError
from idp.domain.keys import keyring
from idp.domain.tenant import settings
from idp.infra import jwt
from idp.infra.jwt.encryption import DEFAULT_ENC

#: Not the type of ID tokens, so that one is never taken for the other (RFC 8725 §3.12).
USERINFO = "userinfo+jwt"


def seal_id_token(client: Client, token: str) -> str:
    """The signed ID token, encrypted if the client is registered for that. Raises DomainError without a key for it."""
    alg = client.registered("id_token_encrypted_response_alg")
    if alg is None:
        return token
    enc = client.registered("id_token_encrypted_response_enc") or DEFAULT_ENC
    return _encrypt(client, token.encode(), alg, enc)


def seal_userinfo(client: Client, claims: dict[str, Any]) -> str | None:
    """The claims signed, encrypted or both; None if the client takes plain JSON. Raises DomainError."""
    signing_alg = client.registered("userinfo_signed_response_alg")
    alg = client.registered("userinfo_encrypted_response_alg")
    if signing_alg is None and alg is None:
        return None
    plain, cty = orjson.dumps(claims), None
    if signing_alg is not None:
        named = {"iss": settings.current().issuer, "aud": client.id, **claims}
        signed = jwt.sign(named, keyring.active_key(signing_alg), USERINFO)
        if alg is None:
            return signed
        plain, cty = signed.encode(), "JWT"
    enc = client.registered("userinfo_encrypted_response_enc") or DEFAULT_ENC
    return _encrypt(client, plain, alg, enc, cty)


def _encrypt(client: Client, plain: bytes, alg: str, enc: str, cty: str | None = "JWT") -> str:
    try:
        return jwt.encrypt(plain, keys_of(client), alg, enc, cty=cty)
    except jwt.InvalidKey as error:
        raise DomainError(f"What the client asked for cannot be encrypted: {error}.") from None
