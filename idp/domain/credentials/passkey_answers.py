"""What an authenticator answers (Web Authentication Level 3 §7): parsed, and held against what was asked.

Nothing here looks anything up. Sizes, nesting and what must not be there at all are checked before a parser of the
library sees a byte. The library is loaded when the first passkey comes: it costs 6 MB.
"""

import ipaddress
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final
from urllib.parse import urlsplit

import orjson
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from idp.domain.errors import DomainError
from idp.domain.tenant import settings
from idp.infra.cbor import CborError, end_of_item
from idp.infra.jwt.base64url import decode
from idp.infra.words import say

#: The largest answer that is looked at, in characters of JSON; a usual one has a thousand.
LONGEST_ANSWER: Final = 16 * 1024
#: WebAuthn §4, credential ID: at most 1023 bytes.
LONGEST_CREDENTIAL_ID: Final = 1023
#: ES256, EdDSA, RS256 (IANA COSE Algorithms), what we would like best first.
ALGORITHMS: Final = (-7, -8, -257)
_ATTESTATIONS: Final = frozenset({"none", "packed"})
_CURVES: Final = {-7: 1, -8: 6}
_RSA_BITS: Final = range(2048, 4097)
_LONGEST_EXPONENT: Final = 2**32
#: rpIdHash, flags, signCount; then AAGUID and the length of the credential id (WebAuthn §6.1).
_HEAD: Final = 37
_ATTESTED_HEAD: Final = 18
_HAS_KEY, _HAS_EXTENSIONS = 0x40, 0x80
#: What a person is told when a passkey is not accepted, by kind.
REFUSALS: Final = {
    "wrong": say("That passkey could not be checked. Try again, or use another way."),
    "empty": say("No passkey came from this browser: it may have none, or JavaScript is off. Use another way."),
    "late": say("That took too long, or was done before. Try again."),
    "unknown": say("This passkey is not known here any more. Sign in another way, and set up a new one."),
    "another": say("This passkey belongs to another account. Choose one of this account, or use another way."),
    "copied": say("This passkey was refused for your safety: it looks like a copy. Use another way, and remove it."),
    "known": say("This passkey is set up already."),
    "full": say("There are as many passkeys in this account as it can hold. Remove one first."),
}


class PasskeyRefusedError(DomainError):
    """A passkey was not accepted. `reason` is for the audit log, `kind` one of REFUSALS."""

    def __init__(self, reason: str, kind: str = "wrong") -> None:
        super().__init__(REFUSALS[kind])
        self.reason = reason
        self.kind = kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A PublicKeyCredential as browsers write it in JSON (WebAuthn §5.1.8), not verified yet."""

    ceremony: str
    """`webauthn.create` or `webauthn.get`."""
    challenge: str
    """base64url, as it was asked."""
    credential_id: str
    """base64url."""
    user_handle: str | None
    raw: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """A new credential that was verified. Binary values are base64url."""

    credential_id: str
    public_key: str
    sign_count: int
    aaguid: str
    transports: list[str]
    is_backed_up: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Asserted:
    """A use of a credential that was verified."""

    sign_count: int
    is_backed_up: bool


def rp_id() -> str:
    """The relying party: the host of the issuer (WebAuthn §4)."""
    return urlsplit(settings.current().issuer).hostname or ""


def are_possible() -> bool:
    """Whether browsers have passkeys for this deployment: an address is no domain (WebAuthn §5.1.2)."""
    try:
        ipaddress.ip_address(rp_id())
    except ValueError:
        return True
    return False


def read_answer(text: str, ceremony: str) -> Answer:
    """Parse what came, and check all that no signature is needed for (WebAuthn §7.1, §7.2).

    Raises:
        PasskeyRefusedError: it does not fit this place.
    """
    with _refused("malformed"):
        if not text:
            raise PasskeyRefusedError("empty", "empty")
        _require(len(text) <= LONGEST_ANSWER, "too large")
        raw = orjson.loads(text)
        response = raw["response"]
        client = orjson.loads(decode(response["clientDataJSON"]))
        _require(client["type"] == ceremony, "wrong ceremony")
        _require(client["origin"] == settings.current().origin, "wrong origin")
        _require(client.get("crossOrigin", False) is False and "topOrigin" not in client, "in a frame of another site")
        credential_id, handle = raw["id"], response.get("userHandle")
        _require(0 < len(decode(credential_id)) <= LONGEST_CREDENTIAL_ID, "wrong credential id")
        _require(isinstance(client["challenge"], str) and isinstance(handle, str | None), "wrong types")
        return Answer(
            ceremony=ceremony,
            challenge=client["challenge"],
            credential_id=credential_id,
            user_handle=handle,
            raw=raw,
        )


def verify_registration(answer: Answer) -> Registered:
    """Verify a new credential (WebAuthn §7.1).

    Raises:
        PasskeyRefusedError: it is not what was asked for.
    """
    with _refused("not verified"):
        _check_attestation(decode(answer.raw["response"]["attestationObject"]))
        library = import_module("webauthn")
        done = library.verify_registration_response(
            credential=answer.raw,
            expected_challenge=decode(answer.challenge),
            expected_rp_id=rp_id(),
            expected_origin=settings.current().origin,
            require_user_verification=True,
            supported_pub_key_algs=list(ALGORITHMS),
        )
        _check_key(done.credential_public_key)
        encode = import_module("webauthn.helpers").bytes_to_base64url
        _require(encode(done.credential_id) == answer.credential_id, "another credential id")
        return Registered(
            credential_id=answer.credential_id,
            public_key=encode(done.credential_public_key),
            sign_count=done.sign_count,
            aaguid=done.aaguid,
            transports=_transports(answer.raw["response"].get("transports")),
            is_backed_up=done.credential_backed_up,
        )


def verify_assertion(answer: Answer, public_key: str) -> Asserted:
    """Verify a use of a credential (WebAuthn §7.2); its count is for the caller to compare.

    Raises:
        PasskeyRefusedError: it is not this key's, or not what was asked for.
    """
    with _refused("not verified"):
        _check_authenticator_data(decode(answer.raw["response"]["authenticatorData"]))
        done = import_module("webauthn").verify_authentication_response(
            credential=answer.raw,
            expected_challenge=decode(answer.challenge),
            expected_rp_id=rp_id(),
            expected_origin=settings.current().origin,
            credential_public_key=decode(public_key),
            credential_current_sign_count=0,
            require_user_verification=True,
        )
        return Asserted(sign_count=done.new_sign_count, is_backed_up=done.credential_backed_up)


def _check_attestation(data: bytes) -> None:
    """Only what says nothing of the device: no statement, or one that the key itself made (WebAuthn §5.4.7)."""
    _require(end_of_item(data) == len(data), "bytes after the attestation object")
    found = import_module("webauthn.helpers").parse_cbor(data)
    _require(found["fmt"] in _ATTESTATIONS and "x5c" not in found["attStmt"], "attestation was not asked for")
    _check_authenticator_data(found["authData"])


def _check_authenticator_data(data: bytes) -> None:
    """What must be there is there, and nothing after it (WebAuthn §6.1)."""
    _require(len(data) >= _HEAD, "authenticator data cut off")
    flags, at = data[_HEAD - 5], _HEAD
    if flags & _HAS_KEY:
        length = int.from_bytes(data[at + _ATTESTED_HEAD - 2 : at + _ATTESTED_HEAD], "big")
        at = end_of_item(data, at + _ATTESTED_HEAD + length)
    if flags & _HAS_EXTENSIONS:
        at = end_of_item(data, at)
    _require(at == len(data), "bytes after the authenticator data")


def _check_key(key: bytes) -> None:
    """A key that can verify, of a size that takes no time."""
    helpers = import_module("webauthn.helpers")
    decoded = helpers.decode_credential_public_key(key)
    _require(getattr(decoded, "crv", None) == _CURVES.get(decoded.alg), "wrong curve")
    usable = helpers.decoded_public_key_to_cryptography(decoded)
    if isinstance(usable, RSAPublicKey):
        _require(usable.key_size in _RSA_BITS, "wrong key size")
        _require(usable.public_numbers().e < _LONGEST_EXPONENT, "wrong exponent")


def _transports(said: object) -> list[str]:
    """How the authenticator is reached, as a hint for the next time (WebAuthn §5.8.4)."""
    known = ("usb", "nfc", "ble", "smart-card", "hybrid", "internal")
    return [name for name in known if isinstance(said, list) and name in said]


def _require(condition: bool, reason: str) -> None:  # noqa: FBT001 -- reads as an assertion
    if not condition:
        raise PasskeyRefusedError(reason)


@contextmanager
def _refused(otherwise: str) -> Iterator[None]:
    """Whatever a forged answer makes the parsers stumble over is a refusal."""
    try:
        yield
    except PasskeyRefusedError:
        raise
    except CborError as error:
        raise PasskeyRefusedError(f"{otherwise}: CBOR {error}") from error
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, UnsupportedAlgorithm) as error:
        raise PasskeyRefusedError(f"{otherwise}: {type(error).__name__}") from error
    except import_module("webauthn.helpers.exceptions").WebAuthnException as error:
        raise PasskeyRefusedError(f"{otherwise}: {error}") from error
