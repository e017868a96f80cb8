"""RFC 7515, RFC 7519, RFC 8725: signed tokens in compact form, and the keys behind them.

`sign` and `verify` are all that most callers need:

    token = sign({"sub": "a"}, key, "at+jwt")
    claims = verify(token, [key.public], Expected(typ="at+jwt", issuer="https://id.test/", audience="api"))

One key serves one algorithm (RFC 8725 §3.1). Only asymmetric algorithms exist here, so neither
`none` nor an HMAC with a public key can ever be chosen. Anything wrong raises `InvalidToken`.
"""

from idp.infra.jwt.compact import Claims, ParsedToken, parse, sign, verify_signature
from idp.infra.jwt.encryption import encrypt
from idp.infra.jwt.errors import InvalidKey, InvalidToken
from idp.infra.jwt.keys import (
    ALGORITHMS,
    SigningKey,
    VerificationKey,
    import_public_jwk,
    load_key,
    new_key,
    private_pem,
    public_jwk,
    public_keys,
    thumbprint,
)
from idp.infra.jwt.secret import verify_with_secrets
from idp.infra.jwt.unsigned import is_unsigned, parse_unsigned
from idp.infra.jwt.verification import Expected, verify, verify_with_public_jwks

__all__ = [
    "ALGORITHMS",
    "Claims",
    "Expected",
    "InvalidKey",
    "InvalidToken",
    "ParsedToken",
    "SigningKey",
    "VerificationKey",
    "encrypt",
    "import_public_jwk",
    "is_unsigned",
    "load_key",
    "new_key",
    "parse",
    "parse_unsigned",
    "private_pem",
    "public_jwk",
    "public_keys",
    "sign",
    "thumbprint",
    "verify",
    "verify_signature",
    "verify_with_public_jwks",
    "verify_with_secrets",
]
