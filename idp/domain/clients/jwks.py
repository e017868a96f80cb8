"""The public keys of a client: registered with it, or at its `jwks_uri`, fetched again when a key is unknown.

A fetched set is kept for a while; an unknown `kid`, or a signature by none of the keys, fetches it anew, but not more
often than once in some seconds, also while their server does not answer: so nobody can make us fetch without end.
"""

import threading
from dataclasses import dataclass, replace
from typing import Any

import orjson

from idp.domain.clients.client import Client
from idp.domain.tenant.fetching import fetch
from idp.infra import clock, jwt
from idp.infra.http_client import FetchError

KEPT_SECONDS = 600
REFETCH_SECONDS = 5
MOST_KEYS = 100
_MOST_SETS = 1000


@dataclass(frozen=True, slots=True)
class _Fetched:
    jwks: dict[str, Any]
    at: float
    tried_at: float
    """When it was last asked for, with success or without."""


_NOTHING = _Fetched({"keys": []}, at=float("-inf"), tried_at=float("-inf"))
_sets: dict[str, _Fetched] = {}
_lock = threading.Lock()


def verify_by_keys_of(client: Client, parsed: jwt.ParsedToken, expected: jwt.Expected) -> dict[str, Any]:
    """The claims of what the client signed.

    Raises:
        InvalidToken, InvalidKey: it did not, or they are not as expected.
    """
    keys = keys_of(client, parsed.kid)
    try:
        return jwt.verify_with_public_jwks(parsed, keys, expected)
    except (jwt.InvalidToken, jwt.InvalidKey):
        # A key without a name, or with its old one, may have taken another's place.
        fresh = keys_of(client, parsed.kid, are_doubted=True)
        if fresh == keys:
            raise
        return jwt.verify_with_public_jwks(parsed, fresh, expected)


def keys_of(client: Client, kid: str | None = None, *, are_doubted: bool = False) -> dict[str, Any]:
    """The client's JWK Set; empty when it has none or it cannot be had.

    Args:
        client: whose keys.
        kid: the key that is looked for: if it is not among those at hand, they are fetched anew.
        are_doubted: fetch them anew in any case, if that is not too often.
    """
    uri = client.registered("jwks_uri")
    if uri is None:
        return dict(client.jwks or {"keys": []})
    known = _sets.get(uri)
    if known is not None:
        now = clock.monotonic()
        is_unknown = kid is not None and all(key.get("kid") != kid for key in known.jwks["keys"])
        is_good = now - known.at < KEPT_SECONDS and not is_unknown and not are_doubted
        if is_good or now - known.tried_at < REFETCH_SECONDS:
            return known.jwks
    return _fetch(uri, known)


def forget_fetched() -> None:
    """Forget every fetched set."""
    with _lock:
        _sets.clear()


def _fetch(uri: str, known: _Fetched | None) -> dict[str, Any]:
    if known is not None:
        # Whoever comes meanwhile makes do with what there is.
        _keep(uri, replace(known, tried_at=clock.monotonic()))
    try:
        answer = fetch(uri)
        jwks = _parse(answer.body) if answer.is_ok else None
    except FetchError:
        jwks = None
    now = clock.monotonic()
    # What was good a while ago is better than nothing: their server may be down, ours is not.
    found = replace(known or _NOTHING, tried_at=now) if jwks is None else _Fetched(jwks, now, now)
    _keep(uri, found)
    return found.jwks


def _keep(uri: str, fetched: _Fetched) -> None:
    with _lock:
        if len(_sets) >= _MOST_SETS and uri not in _sets:
            _sets.clear()
        _sets[uri] = fetched


def _parse(body: bytes) -> dict[str, Any] | None:
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    keys = parsed.get("keys") if isinstance(parsed, dict) else None
    if not isinstance(keys, list) or len(keys) > MOST_KEYS or not all(isinstance(key, dict) for key in keys):
        return None
    return {"keys": keys}
