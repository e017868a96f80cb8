"""An app's own keys: what it signs request objects and assertions with, and what it decrypts."""

import secrets
import time
from typing import Any

from joserfc import jwe, jwt
from joserfc.jwk import ECKey, RSAKey

from tests.support.factories import CALLBACK, App

ISSUER = "http://localhost:8000/"
RSA = RSAKey.generate_key(2048, parameters={"kid": "rp-rsa", "use": "sig"})
EC = ECKey.generate_key("P-256", parameters={"kid": "rp-ec", "use": "sig"})
RSA_ENC = RSAKey.generate_key(2048, parameters={"kid": "rp-rsa-enc", "use": "enc"})
EC_ENC = ECKey.generate_key("P-256", parameters={"kid": "rp-ec-enc", "use": "enc"})
SIGNERS: dict[str, RSAKey | ECKey] = {"RS256": RSA, "PS256": RSA, "ES256": EC}
JWKS: dict[str, Any] = {"keys": [key.as_dict(private=False) for key in (RSA, EC, RSA_ENC, EC_ENC)]}


def request_object(client: App, alg: str = "RS256", **changes: Any) -> str:
    """A signed request object (OIDC Core §6.1); None leaves a member out."""
    claims = {"iss": client.id, "aud": ISSUER, "client_id": client.id, "redirect_uri": CALLBACK, **changes}
    key = SIGNERS[alg]
    header = {"alg": alg, "kid": key.kid}
    return jwt.encode(
        header, {name: value for name, value in claims.items() if value is not None}, key, algorithms=[alg]
    )


def client_assertion(client_id: str, key: Any, alg: str, **changes: Any) -> str:
    """A client assertion (RFC 7523 §3)."""
    now = int(time.time())
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": ISSUER,
        "iat": now,
        "exp": now + 60,
        "jti": secrets.token_hex(),
    }
    return jwt.encode({"alg": alg}, {**claims, **changes}, key, algorithms=[alg])


def decrypt(token: str, alg: str, enc: str) -> bytes:
    """What is inside."""
    key = RSA_ENC if alg.startswith("RSA") else EC_ENC
    return jwe.decrypt_compact(token, key, algorithms=[alg, enc]).plaintext or b""
