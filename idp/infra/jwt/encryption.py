"""RFC 7516: tokens that one reader alone can open, for clients that registered for it (OIDC Core §10.2)."""

from collections.abc import Mapping
from typing import Any, Final

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry

from idp.infra.jwt.errors import InvalidKey

#: Key management → the types of key that fit (RFC 7518 §4). No RSA1_5 (RFC 8725 §3.2), no passwords.
KEY_TYPES: Final[Mapping[str, tuple[str, ...]]] = {
    "RSA-OAEP": ("RSA",),
    "RSA-OAEP-256": ("RSA",),
    "ECDH-ES": ("EC", "OKP"),
    "ECDH-ES+A128KW": ("EC", "OKP"),
    "ECDH-ES+A256KW": ("EC", "OKP"),
}
ALGS: Final = tuple(KEY_TYPES)
ENCS: Final = ("A128CBC-HS256", "A256CBC-HS512", "A128GCM", "A256GCM")
#: Of the OKP curves those of ECDH (RFC 8037 §3.2); the others sign.
_CURVES_THAT_AGREE: Final = frozenset({"X25519", "X448"})
DEFAULT_ENC: Final = "A128CBC-HS256"


def encrypt(plain: bytes, jwks: Mapping[str, Any], alg: str, enc: str, *, cty: str | None = "JWT") -> str:
    """The compact JWE for the first key of the set that fits. Raises InvalidKey if none does."""
    found = next((key for key in jwks.get("keys", ()) if _fits(key, alg)), None)
    if found is None:
        raise InvalidKey(f"the client has no key for {alg}")
    header = {"alg": alg, "enc": enc}
    if cty is not None:
        header["cty"] = cty
    if isinstance(found.get("kid"), str):
        header["kid"] = found["kid"]
    try:
        return jwe.encrypt_compact(header, plain, JWKRegistry.import_key(dict(found)), algorithms=[alg, enc])
    except (JoseError, ValueError, TypeError) as error:
        raise InvalidKey(f"the client's key cannot be used for {alg}: {error}") from error


def has_key(jwks: Mapping[str, Any], alg: str) -> bool:
    """Whether a key of the set fits."""
    return any(_fits(key, alg) for key in jwks.get("keys", ()))


def _fits(key: Mapping[str, Any], alg: str) -> bool:
    if key.get("kty") == "OKP" and key.get("crv") not in _CURVES_THAT_AGREE:
        return False
    return key.get("kty") in KEY_TYPES[alg] and key.get("use", "enc") == "enc" and key.get("alg", alg) == alg
