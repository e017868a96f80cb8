"""The keys in use, as live objects: read and unwrapped once, then cached until the version stamp changes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import orjson

from idp.domain.errors import NotFoundError
from idp.domain.keys.models import SigningKeyRow
from idp.domain.keys.queries import list_keys
from idp.domain.keys.rotation import wrapping_context
from idp.domain.tenant.config_version import FRESH_SECONDS, cache
from idp.domain.tenant.reading import only_reads
from idp.domain.tenant.wrapping import wrapper
from idp.infra import clock, jwt
from idp.infra.crypto import UnwrapError

_PUBLISHED_WITHIN: Final = 0.05
"""Seconds after which every process publishes a key that another made: it may have signed already."""


@dataclass(frozen=True)
class Keyring:
    """One state of the keys."""

    active: dict[str, jwt.SigningKey]
    verifying: tuple[jwt.VerificationKey, ...]
    jwks: bytes
    """The JWK Set, as JSON."""


def active_key(alg: str) -> jwt.SigningKey:
    """The key that signs with `alg`. Raises NotFoundError if there never was one (`rotation.ensure` makes it)."""
    # Not in the cache, it may have been made by another process a moment ago
    key = _keyring().active.get(alg) or _keyring(fresh=0).active.get(alg)
    if key is None:
        raise NotFoundError(f"There is no {alg} key to sign with.")
    return key


def verify(token: str, expected: jwt.Expected) -> jwt.Claims:
    """The claims of a token that we signed, with a key that is next, active or retired. Raises InvalidToken."""
    parsed = jwt.parse(token)
    keys = _keyring().verifying
    if parsed.kid not in {key.kid for key in keys}:
        # Another process may have made its key, and signed with it, a moment ago
        keys = _keyring(fresh=0).verifying
    return jwt.verify(parsed, keys, expected)


def jwks() -> bytes:
    """The JWK Set to publish (RFC 7517 §5), as JSON."""
    return _keyring(_load_without_lock, fresh=_PUBLISHED_WITHIN).jwks


def faults() -> list[str]:
    """What is wrong with the stored keys, a line each; empty if all can be opened. For the start of a server."""
    lines = []
    for row in list_keys("next", "active"):
        try:
            _open(row)
        except (UnwrapError, jwt.InvalidKey) as error:
            lines.append(f"signing key {row.kid} cannot be opened with IDP_SECRET_KEY: {error}")
    return lines


def _keyring(load: Callable[[], Keyring] | None = None, *, fresh: float = FRESH_SECONDS) -> Keyring:
    ring = cache.get("keyring", load or _load, fresh=fresh)
    if ring is None:
        raise NotFoundError("There are no signing keys.")
    return ring


def _load_without_lock() -> Keyring:
    # For a request that wants nothing else: published keys must not wait for who holds SQLite's write lock
    only_reads()
    return _load()


def _load() -> Keyring:
    now = clock.now()
    rows = [row for row in list_keys("next", "active", "retired") if row.expires_at is None or row.expires_at > now]
    active: dict[str, jwt.SigningKey] = {}
    for row in sorted(rows, key=lambda each: each.activated_at or 0):
        if row.state == "active":
            active[row.alg] = _open(row)
    # Active keys first: some clients take the first key that fits
    rows.sort(key=lambda each: (each.state != "active", each.alg != "RS256", -each.created_at))
    verifying = tuple(key for row in rows for key in jwt.import_public_jwk(row.public_jwk))
    return Keyring(active=active, verifying=verifying, jwks=orjson.dumps({"keys": [row.public_jwk for row in rows]}))


def _open(row: SigningKeyRow) -> jwt.SigningKey:
    return jwt.load_key(row.alg, wrapper().unwrap(row.private_wrapped or "", wrapping_context(row.kid)))
