"""Rate limits a process, or all nodes where Redis is shared. When Redis fails, each process counts for itself."""

from functools import lru_cache

from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import MemoryStorage, Storage, storage_from_string
from limits.strategies import FixedWindowRateLimiter

from idp.domain.errors import TryLaterError
from idp.infra import clock
from idp.web.settings import settings

#: Counts of this process.
local = FixedWindowRateLimiter(MemoryStorage())


def limit(rule: str, *key: str) -> None:
    """Count one use of `key` against a rule such as `30/minute`.

    Raises:
        TryLaterError: there were too many.
    """
    wait = _count(rule, key)
    if wait:
        raise TryLaterError("Too many requests: wait a moment and try again.", wait)


def allows(rule: str, *key: str) -> bool:
    """Count one use; False if there were too many, for what is then left out in silence."""
    return _count(rule, key) == 0


def _count(rule: str, key: tuple[str, ...]) -> int:
    """Count one use; the seconds to wait if there were too many, else 0."""
    item = _item(rule)
    shared = _shared(settings().redis_url)
    try:
        allowed = (shared or local).hit(item, *key)
        reset_at = (shared or local).get_window_stats(item, *key).reset_time if not allowed else 0.0
    except StorageError:
        allowed = local.hit(item, *key)
        reset_at = local.get_window_stats(item, *key).reset_time if not allowed else 0.0
    return 0 if allowed else max(1, int(reset_at - clock.now()) + 1)


@lru_cache(maxsize=64)
def _item(rule: str) -> RateLimitItem:
    return parse(rule)


@lru_cache(maxsize=2)
def _shared(redis_url: str | None) -> FixedWindowRateLimiter | None:
    if redis_url is None:
        return None
    storage = storage_from_string(redis_url, wrap_exceptions=True)
    assert isinstance(storage, Storage)  # noqa: S101 -- narrows for the type checker: async storages need another scheme
    return FixedWindowRateLimiter(storage)
