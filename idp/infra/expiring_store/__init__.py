"""Short-lived values and counters, for limits and caches: losing them all must cost nobody more than a retry."""

from idp.infra.expiring_store.memory import MemoryStore
from idp.infra.expiring_store.port import ExpiringStore, StoreUnavailableError
from idp.infra.expiring_store.redis_store import RedisStore

__all__ = ["ExpiringStore", "MemoryStore", "RedisStore", "StoreUnavailableError", "open_store"]


def open_store(redis_url: str | None) -> ExpiringStore:
    """The store that all nodes share, or this process's own."""
    return RedisStore(redis_url) if redis_url else MemoryStore()
