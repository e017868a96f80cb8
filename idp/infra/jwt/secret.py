"""RFC 7515 with HS256, for one use: assertions that a client signs with the secret we share (OIDC Core §9).

Kept apart from `verify`, so that no public key can ever be taken for a secret.
"""

import hashlib
import hmac
from collections.abc import Iterable

from idp.infra.jwt.compact import Claims, ParsedToken
from idp.infra.jwt.errors import InvalidToken
from idp.infra.jwt.verification import Expected, check_claims

ALG = "HS256"
_SHORTEST = 32


def verify_with_secrets(parsed: ParsedToken, secrets: Iterable[bytes], expected: Expected) -> Claims:
    """The claims of a token that one of the secrets signed and that is all that was expected. Raises InvalidToken."""
    if parsed.alg != ALG:
        raise InvalidToken(f"alg is {parsed.alg!r}, expected {ALG}")
    # RFC 7518 §3.2: a key as long as the hash, never empty.
    usable = [secret for secret in secrets if len(secret) >= _SHORTEST]
    macs = [hmac.digest(secret, parsed.signing_input, hashlib.sha256) for secret in usable]
    if not any(hmac.compare_digest(mac, parsed.signature) for mac in macs):
        raise InvalidToken("the signature does not match")
    check_claims(parsed.claims, expected)
    return parsed.claims
