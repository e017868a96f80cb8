"""What every store can do; tests/infra/test_expiring_store.py is the contract that each one runs."""

from typing import Protocol


class StoreUnavailableError(Exception):
    """The store does not answer. The caller goes on without it."""


class ExpiringStore(Protocol):
    """Values that vanish. `ttl` is in seconds and at least 1; every method may raise StoreUnavailableError."""

    def get(self, key: str) -> bytes | None:
        """The value, unless it was never set or has vanished."""

    def set(self, key: str, value: bytes, ttl: int) -> None:
        """Set the value and its life anew."""

    def add(self, key: str, value: bytes, ttl: int) -> bool:
        """Set the value only if there is none. Of many callers at once, one gets True."""

    def incr(self, key: str, ttl: int) -> int:
        """Count one up and return the count. The first count sets the life; later ones do not prolong it."""

    def delete(self, key: str) -> None:
        """Forget the value, if there is one."""
