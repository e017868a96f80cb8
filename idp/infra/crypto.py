"""Wrapping of what must be readable again: signing keys, seeds, upstream tokens.

AES-256-GCM (NIST SP 800-38D) under keys derived with HKDF-SHA-256 (RFC 5869) from secrets that
live outside the database. The context ("signing_key:<kid>") is authenticated, so a stored value
copied into another row does not open there. Stored form: `w1.<key id>.<base64url(nonce + box)>`.
"""

import base64
import binascii
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_VERSION = "w1"
_NONCE_BYTES = 12
_MINIMUM_KEY_BYTES = 16


class UnwrapError(Exception):
    """The stored value cannot be opened: wrong key, wrong context, or altered."""


class Wrapper:
    """Wraps under the first of `keys`; unwraps under any, so that a key can be replaced while values remain."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys:
            raise ValueError("at least one wrapping key is needed")
        self._boxes: dict[str, AESGCM] = {}
        for key in keys:
            if len(key) < _MINIMUM_KEY_BYTES:
                raise ValueError(f"a wrapping key needs at least {_MINIMUM_KEY_BYTES} bytes")
            self._boxes.setdefault(
                _derive(key, b"idp/wrap/id", 4).hex(),
                AESGCM(_derive(key, b"idp/wrap/key", 32)),
            )
        self._current = next(iter(self._boxes))

    def wrap(self, plain: bytes, context: str) -> str:
        """Encrypt for storage; `context` names the row and purpose and is needed again to open it."""
        nonce = os.urandom(_NONCE_BYTES)
        box = self._boxes[self._current].encrypt(nonce, plain, _associated(self._current, context))
        return f"{_VERSION}.{self._current}.{base64.urlsafe_b64encode(nonce + box).decode()}"

    def unwrap(self, stored: str, context: str) -> bytes:
        """The plain bytes. Raises UnwrapError."""
        version, _, rest = stored.partition(".")
        key_id, _, text = rest.partition(".")
        box = self._boxes.get(key_id)
        if version != _VERSION or box is None:
            raise UnwrapError("wrapped under a key that is not configured")
        try:
            raw = base64.b64decode(text, altchars=b"-_", validate=True)
            return box.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], _associated(key_id, context))
        except (binascii.Error, ValueError, InvalidTag) as error:
            raise UnwrapError("the wrapped value does not open: altered, or moved from another place") from error

    def is_current(self, stored: str) -> bool:
        """Whether the value is wrapped under the first key; if not, it is due to be wrapped anew."""
        return stored.startswith(f"{_VERSION}.{self._current}.")


def _derive(key: bytes, purpose: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=purpose).derive(key)


def _associated(key_id: str, context: str) -> bytes:
    return f"{_VERSION}.{key_id}.{context}".encode()
