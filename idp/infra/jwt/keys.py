"""RFC 7517, 7518, 7638, 8037: key objects, their public JWK and their name (the thumbprint)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, TypeAlias

import orjson
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from idp.infra.jwt import base64url
from idp.infra.jwt.errors import InvalidKey

PrivateKey: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | Ed25519PrivateKey
PublicKey: TypeAlias = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | Ed25519PublicKey
Jwk: TypeAlias = dict[str, Any]

_RSA_BITS: Final = 2048
_MAXIMUM_RSA_BITS: Final = 8192
_P256_BYTES: Final = 32
_MAXIMUM_KEYS: Final = 20

# Algorithm → key type of RFC 7518 §6.1 and RFC 8037 §2
ALGORITHMS: Final[Mapping[str, str]] = {
    "RS256": "RSA",
    "PS256": "RSA",
    "ES256": "EC",
    "EdDSA": "OKP",
}
# RFC 7638 §3.2: the members that make the thumbprint, in order
_THUMBPRINT_MEMBERS: Final = {
    "RSA": ("e", "kty", "n"),
    "EC": ("crv", "kty", "x", "y"),
    "OKP": ("crv", "kty", "x"),
}


@dataclass(frozen=True)
class VerificationKey:
    """A public key bound to its one algorithm. `kid` may be None only for keys that clients registered."""

    kid: str | None
    alg: str
    key: PublicKey

    def __post_init__(self) -> None:
        _require_fit(self.alg, self.key)


@dataclass(frozen=True)
class SigningKey:
    """A private key bound to its one algorithm (RFC 8725 §3.1)."""

    kid: str
    alg: str
    key: PrivateKey

    def __post_init__(self) -> None:
        _require_fit(self.alg, self.key.public_key())

    @cached_property
    def public(self) -> VerificationKey:
        """The half that verifies."""
        return VerificationKey(self.kid, self.alg, self.key.public_key())

    def __repr__(self) -> str:
        return f"SigningKey(kid={self.kid!r}, alg={self.alg!r})"


def new_key(alg: str) -> SigningKey:
    """Make a key pair for one of ALGORITHMS; its kid is the thumbprint."""
    private: PrivateKey
    if ALGORITHMS.get(alg) == "RSA":
        private = rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS)
    elif alg == "ES256":
        private = ec.generate_private_key(ec.SECP256R1())
    elif alg == "EdDSA":
        private = Ed25519PrivateKey.generate()
    else:
        raise InvalidKey(f"unknown algorithm {alg!r}")
    return _named(alg, private)


def load_key(alg: str, pem: bytes) -> SigningKey:
    """The key that `private_pem` wrote down. Raises InvalidKey."""
    try:
        # We wrote it, and it was kept under an authenticated cipher: to check an RSA key's primes anew costs 30 ms,
        # paid by the next token after each change of any client.
        private = load_pem_private_key(pem, password=None, unsafe_skip_rsa_key_validation=True)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise InvalidKey("not a readable private key") from error
    if not isinstance(private, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | Ed25519PrivateKey):
        raise InvalidKey("a kind of key that signs none of our algorithms")
    return _named(alg, private)


def private_pem(key: SigningKey) -> bytes:
    """PKCS #8, not encrypted: wrap it before it is stored."""
    return key.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def public_jwk(key: SigningKey | VerificationKey) -> Jwk:
    """The public JWK with `use`, `alg` and `kid`, as the JWKS shows it."""
    public = key.public.key if isinstance(key, SigningKey) else key.key
    members = _members(public)
    return {
        **members,
        "use": "sig",
        "alg": key.alg,
        "kid": key.kid or thumbprint(members),
    }


def thumbprint(jwk: Mapping[str, Any]) -> str:
    """RFC 7638: SHA-256 over the required members in lexical order. Raises InvalidKey."""
    try:
        required = {name: jwk[name] for name in _THUMBPRINT_MEMBERS[jwk["kty"]]}
    except (KeyError, TypeError) as error:
        raise InvalidKey("a member is missing, or the key type is unknown") from error
    return base64url.encode(hashlib.sha256(orjson.dumps(required)).digest()).decode()


def import_public_jwk(jwk: Mapping[str, Any]) -> list[VerificationKey]:
    """The key once for each algorithm that it may verify: one if `alg` is given, else all of its type.

    Raises InvalidKey for what a client must not register: unknown, malformed, weak, meant for
    encryption, or a private key.
    """
    if "d" in jwk or "k" in jwk:
        raise InvalidKey("holds a private or symmetric key; only public keys belong here")
    if jwk.get("use", "sig") != "sig" or "verify" not in _key_ops(jwk):
        raise InvalidKey("not meant for signatures")
    alg = jwk.get("alg")
    fitting = [name for name, kty in ALGORITHMS.items() if kty == jwk.get("kty") and alg in (None, name)]
    if not fitting:
        raise InvalidKey(f"no algorithm of ours fits kty {jwk.get('kty')!r} with alg {alg!r}")
    kid = jwk.get("kid")
    if kid is not None and not isinstance(kid, str):
        raise InvalidKey("kid is not a string")
    public = _import_members(jwk)
    return [VerificationKey(kid, name, public) for name in fitting]


def public_keys(jwks: Mapping[str, Any]) -> list[VerificationKey]:
    """The usable keys of a client's JWK Set; RFC 7517 §5 says to leave out those one cannot use."""
    members = jwks.get("keys")
    if not isinstance(members, list):
        return []
    keys: list[VerificationKey] = []
    for jwk in members[:_MAXIMUM_KEYS]:
        try:
            keys += import_public_jwk(jwk) if isinstance(jwk, dict) else []
        except InvalidKey:
            continue
    return keys


def _named(alg: str, private: PrivateKey) -> SigningKey:
    return SigningKey(thumbprint(_members(private.public_key())), alg, private)


def _require_fit(alg: str, public: PublicKey) -> None:
    kty = ALGORITHMS.get(alg)
    fits = (
        (kty == "RSA" and isinstance(public, rsa.RSAPublicKey))
        or (kty == "EC" and isinstance(public, ec.EllipticCurvePublicKey) and isinstance(public.curve, ec.SECP256R1))
        or (kty == "OKP" and isinstance(public, Ed25519PublicKey))
    )
    if not fits:
        raise InvalidKey(f"this kind of key does not serve {alg!r}")
    if isinstance(public, rsa.RSAPublicKey) and not _RSA_BITS <= public.key_size <= _MAXIMUM_RSA_BITS:
        raise InvalidKey(f"an RSA key needs {_RSA_BITS} to {_MAXIMUM_RSA_BITS} bits, this one has {public.key_size}")


def _members(public: PublicKey) -> Jwk:
    if isinstance(public, rsa.RSAPublicKey):
        numbers = public.public_numbers()
        return {
            "kty": "RSA",
            "n": base64url.encode_int(numbers.n),
            "e": base64url.encode_int(numbers.e),
        }
    if isinstance(public, ec.EllipticCurvePublicKey):
        point = public.public_numbers()
        x, y = (
            base64url.encode_int(point.x, _P256_BYTES),
            base64url.encode_int(point.y, _P256_BYTES),
        )
        return {"kty": "EC", "crv": "P-256", "x": x, "y": y}
    return {
        "kty": "OKP",
        "crv": "Ed25519",
        "x": base64url.encode(public.public_bytes_raw()).decode(),
    }


def _import_members(jwk: Mapping[str, Any]) -> PublicKey:
    try:
        if jwk["kty"] == "RSA":
            modulus = _integer(jwk["n"])
            # Before the library sees it: its own checks take seconds on a number of a million bits
            if not _RSA_BITS <= modulus.bit_length() <= _MAXIMUM_RSA_BITS:
                raise InvalidKey(f"an RSA key needs {_RSA_BITS} to {_MAXIMUM_RSA_BITS} bits")
            return rsa.RSAPublicNumbers(_integer(jwk["e"]), modulus).public_key()
        if jwk["kty"] == "EC" and jwk["crv"] == "P-256":
            return ec.EllipticCurvePublicNumbers(_integer(jwk["x"]), _integer(jwk["y"]), ec.SECP256R1()).public_key()
        if jwk["kty"] == "OKP" and jwk["crv"] == "Ed25519":
            return Ed25519PublicKey.from_public_bytes(base64url.decode(jwk["x"]))
    except (
        KeyError,
        TypeError,
        ValueError,
        AttributeError,
        UnsupportedAlgorithm,
    ) as error:
        raise InvalidKey("a member is missing or malformed") from error
    raise InvalidKey("an unknown curve")


def _integer(text: str) -> int:
    return int.from_bytes(base64url.decode(text), "big")


def _key_ops(jwk: Mapping[str, Any]) -> list[Any]:
    operations = jwk.get("key_ops", ["verify"])
    return operations if isinstance(operations, list) else []
