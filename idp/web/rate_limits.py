"""Rate limits a process, or all nodes where Redis is shared. When Redis fails, each process counts for itself."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import MemoryStorage, Storage, storage_from_string
from limits.strategies import FixedWindowRateLimiter

from idp.domain.errors import TryLaterError
from idp.infra import clock
from idp.infra.words import say
from idp.web.settings import settings

_PATIENCE = 0.25
_OUTAGE_SECONDS = 5

#: Counts of this process.
local = FixedWindowRateLimiter(MemoryStorage())


@dataclass
class _Outage:
    """Until when Redis is left alone after a failure."""

    ends_at: float = 0.0


_outage = _Outage()


def limit(rule: str, *key: str) -> None:
    """Count one use of `key` against a rule such as `30/minute`.

    Raises:
        TryLaterError: there were too many.
    """
    wait = _count(rule, key)
    if wait:
        raise TryLaterError(say("Too many requests: wait a moment and try again."), wait)


def allows(rule: str, *key: str) -> bool:
    """Count one use; False if there were too many, for what is then left out in silence."""
    return _count(rule, key) == 0


def seconds_to_wait(rule: str, *key: str) -> int:
    """Count one use; the seconds to wait if there were too many, for who says so on a page of its own. 0 if not."""
    return _count(rule, key)


def _count(rule: str, key: tuple[str, ...]) -> int:
    """Count one use; the seconds to wait if there were too many, else 0."""
    item = _item(rule)
    shared = _shared(settings().redis_url)
    if shared is None or clock.monotonic() < _outage.ends_at:
        return _hit(local, item, key)
    try:
        return _hit(shared, item, key)
    except StorageError:
        # Not asked again by every request: each would wait until it fails
        _outage.ends_at = clock.monotonic() + _OUTAGE_SECONDS
        return _hit(local, item, key)


def _hit(limiter: FixedWindowRateLimiter, item: RateLimitItem, key: tuple[str, ...]) -> int:
    if limiter.hit(item, *key):
        return 0
    return max(1, int(limiter.get_window_stats(item, *key).reset_time - clock.now()) + 1)


@lru_cache(maxsize=64)
def _item(rule: str) -> RateLimitItem:
    return parse(rule)


@lru_cache(maxsize=2)
def _shared(redis_url: str | None) -> FixedWindowRateLimiter | None:
    if redis_url is None:
        return None
    # `retry` None is none at all: redis-py would try for seconds
    patience: dict[str, Any] = {"socket_timeout": _PATIENCE, "socket_connect_timeout": _PATIENCE, "retry": None}
    storage = storage_from_string(redis_url, wrap_exceptions=True, **patience)
    assert isinstance(storage, Storage)  # noqa: S101 -- narrows for the type checker: async storages need another scheme
    return FixedWindowRateLimiter(storage)
