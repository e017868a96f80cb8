"""Random values, and how they are kept and compared.

What we generate has at least 128 bits, so a plain SHA-256 is a safe thing to store (no salt or
slow hash adds anything); each kind of token bears its own prefix, so that one kind is never
mistaken for another and leaked ones can be searched for.
"""

import base64
import hashlib
import hmac
import os
import secrets

_CROCKFORD = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_BYTE_TO_CROCKFORD = _CROCKFORD * (256 // len(_CROCKFORD))
_ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_TOKEN_BYTES = 32
_REFERENCE_LENGTH = 10


def new_token(prefix: str) -> str:
    """`prefix` followed by 43 URL-safe characters (256 random bits)."""
    return prefix + secrets.token_urlsafe(_TOKEN_BYTES)


def digest(token: str) -> str:
    """SHA-256 of the token in hex: what the database stores. Any text is accepted, also lone surrogates."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def equal(a: str, b: str) -> bool:
    """Compare in constant time. Non-ASCII text is fine, unlike with `hmac.compare_digest` on str."""
    return hmac.compare_digest(a.encode("utf-8", "surrogatepass"), b.encode("utf-8", "surrogatepass"))


def reference_id() -> str:
    """Ten characters of Crockford's base32 (50 bits): short enough to read out on the telephone."""
    return os.urandom(_REFERENCE_LENGTH).translate(_BYTE_TO_CROCKFORD).decode()


def new_id(length: int) -> str:
    """`length` random letters and digits: for identifiers that are shown, at 5.9 bits a character."""
    return "".join(secrets.choice(_ALPHANUMERIC) for _ in range(length))


def derive(key: str, purpose: str, value: str) -> str:
    """43 URL-safe characters that only a holder of `key` can compute from `value` (HMAC-SHA-256)."""
    mac = hmac.digest(key.encode(), f"{purpose}\0{value}".encode("utf-8", "surrogatepass"), "sha256")
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()
