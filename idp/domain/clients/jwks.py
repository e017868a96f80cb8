"""The public keys of a client: registered with it, or at its `jwks_uri`, fetched again when a key is unknown.

A fetched set is kept for a while; an unknown `kid` fetches it anew, but not more often than once in some seconds, so
that nobody can make us fetch without end (R41).
"""

import threading
from dataclasses import dataclass
from typing import Any

import orjson

from idp.domain.clients.client import Client
from idp.domain.tenant.fetching import fetch
from idp.infra import clock
from idp.infra.http_client import FetchError

KEPT_SECONDS = 600
REFETCH_SECONDS = 5
MOST_KEYS = 100
_MOST_SETS = 1000


@dataclass(frozen=True, slots=True)
class _Fetched:
    jwks: dict[str, Any]
    at: float


_sets: dict[str, _Fetched] = {}
_lock = threading.Lock()


def keys_of(client: Client, kid: str | None = None) -> dict[str, Any]:
    """The client's JWK Set; empty when it has none or it cannot be had.

    Args:
        client: whose keys.
        kid: the key that is looked for: if it is not among those at hand, they are fetched anew.
    """
    uri = client.registered("jwks_uri")
    if uri is None:
        return dict(client.jwks or {"keys": []})
    known = _sets.get(uri)
    age = clock.monotonic() - known.at if known else None
    if known is not None and age is not None:
        is_unknown = kid is not None and all(key.get("kid") != kid for key in known.jwks["keys"])
        if age < REFETCH_SECONDS or (age < KEPT_SECONDS and not is_unknown):
            return known.jwks
    return _fetch(uri, known)


def forget_fetched() -> None:
    """Forget every fetched set."""
    with _lock:
        _sets.clear()


def _fetch(uri: str, known: _Fetched | None) -> dict[str, Any]:
    try:
        answer = fetch(uri)
        jwks = _parse(answer.body) if answer.is_ok else None
    except FetchError:
        jwks = None
    if jwks is None:
        # What was good a while ago is better than nothing: their server may be down, ours is not.
        return known.jwks if known else {"keys": []}
    with _lock:
        if len(_sets) >= _MOST_SETS:
            _sets.clear()
        _sets[uri] = _Fetched(jwks, clock.monotonic())
    return jwks


def _parse(body: bytes) -> dict[str, Any] | None:
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    keys = parsed.get("keys") if isinstance(parsed, dict) else None
    if not isinstance(keys, list) or len(keys) > MOST_KEYS or not all(isinstance(key, dict) for key in keys):
        return None
    return {"keys": keys}
