"""An authenticator in software (Web Authentication Level 3): makes passkeys and uses them, as told or as forged.

`make(options)` and `use(options)` answer what a page's options ask for; keyword arguments change one thing of it.
"""

import hashlib
import json
import os
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from idp.infra.jwt.base64url import decode, encode

ORIGIN = "http://localhost:8000"
RP_ID = "localhost"
PRESENT, VERIFIED, SYNCABLE, SYNCED, HAS_KEY, HAS_EXTENSIONS = 1, 4, 8, 16, 64, 128
ES256, EDDSA, RS256, ES384 = -7, -8, -257, -35

Key = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey


def b64(data: bytes) -> str:
    """base64url."""
    return encode(data).decode()


@dataclass
class Authenticator:
    """One passkey, once it is made."""

    algorithm: int = ES256
    key: Key = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    id: bytes = field(default_factory=lambda: os.urandom(32))
    count: int = 0
    handle: str | None = None
    aaguid: bytes = bytes(16)

    def make(self, options: dict[str, Any], **changes: Any) -> str:
        """A new passkey, in JSON. `changes`: as for `client_data` and `authenticator_data`; `attestation`, `tail`."""
        self.handle = options["user"]["id"]
        data = self._authenticator_data(PRESENT | VERIFIED | HAS_KEY, changes)
        attestation = changes.get("attestation") or {"fmt": "none", "attStmt": {}, "authData": data}
        response = {
            "clientDataJSON": client_data("webauthn.create", options["challenge"], changes),
            "attestationObject": b64(cbor2.dumps(attestation) + changes.get("tail", b"")),
            "transports": ["internal", "hybrid"],
        }
        return self._credential(response)

    def use(self, options: dict[str, Any], **changes: Any) -> str:
        """A use of it, in JSON. `changes`: as above; `handle`, `signature`."""
        data = self._authenticator_data(PRESENT | VERIFIED, changes)
        client = client_data("webauthn.get", options["challenge"], changes)
        signed = data + hashlib.sha256(decode(client)).digest()
        response = {
            "clientDataJSON": client,
            "authenticatorData": b64(data),
            "signature": b64(changes.get("signature") or self._sign(signed)),
            "userHandle": changes.get("handle", self.handle),
        }
        return self._credential(response)

    def _credential(self, response: dict[str, Any]) -> str:
        return json.dumps({"id": b64(self.id), "rawId": b64(self.id), "type": "public-key", "response": response})

    def _authenticator_data(self, flags: int, changes: dict[str, Any]) -> bytes:
        flags = (flags | changes.get("flags", 0)) & ~changes.get("without", 0)
        count = changes.get("count", self.count)
        data = hashlib.sha256(changes.get("rp_id", RP_ID).encode()).digest() + bytes([flags]) + count.to_bytes(4, "big")
        if flags & HAS_KEY:
            key = changes.get("cose_key") or cbor2.dumps(self._cose_key())
            data += self.aaguid + len(self.id).to_bytes(2, "big") + self.id + key
        return data + changes.get("extra", b"")

    def _cose_key(self) -> dict[int, Any]:
        if isinstance(self.key, ed25519.Ed25519PrivateKey):
            return {1: 1, 3: self.algorithm, -1: 6, -2: self.key.public_key().public_bytes_raw()}
        if isinstance(self.key, rsa.RSAPrivateKey):
            public = self.key.public_key().public_numbers()
            return {1: 3, 3: self.algorithm, -1: public.n.to_bytes(self.key.key_size // 8, "big"), -2: b"\x01\x00\x01"}
        point = self.key.public_key().public_numbers()
        size = self.key.key_size // 8
        curve = 1 if size == 32 else 2
        return {
            1: 2,
            3: self.algorithm,
            -1: curve,
            -2: point.x.to_bytes(size, "big"),
            -3: point.y.to_bytes(size, "big"),
        }

    def _sign(self, data: bytes) -> bytes:
        if isinstance(self.key, ed25519.Ed25519PrivateKey):
            return self.key.sign(data)
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        return self.key.sign(data, ec.ECDSA(hashes.SHA256()))


def client_data(ceremony: str, challenge: str, changes: dict[str, Any]) -> str:
    """What the browser says of the ceremony. `changes`: `type`, `challenge`, `origin`, `client` (more)."""
    said = {
        "type": changes.get("type", ceremony),
        "challenge": changes.get("challenge", challenge),
        "origin": changes.get("origin", ORIGIN),
        "crossOrigin": False,
        **changes.get("client", {}),
    }
    return b64(json.dumps(said).encode() + changes.get("client_tail", b""))
