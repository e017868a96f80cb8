"""In-process caches of what seldom changes (clients, APIs, keys), bound to one version stamp in the database.

An entry is served for a second without a look; then one small read tells whether anything changed. The process that
makes a change drops its own entries at once. While the database is gone, what is cached stays good, so that keys are
published.
"""

import threading
from collections.abc import Callable
from typing import TypeVar, cast

from sqlalchemy import select, update

from idp.domain.tenant.models import TENANT_ID, Tenant
from idp.infra import clock
from idp.infra.db import UNAVAILABLE, db, is_in_transaction, read_apart, table

FRESH_SECONDS = 1.0

T = TypeVar("T")

_select_version = select(table(Tenant).c.config_version).where(table(Tenant).c.id == TENANT_ID)


class ConfigCache:
    """Entries that all fall when the version stamp changes."""

    def __init__(self) -> None:
        self._entries: dict[object, object] = {}
        self._version: int | None = None
        self._checked_at = float("-inf")
        self._lock = threading.Lock()

    def get(self, key: object, load: Callable[[], T | None], *, fresh: float = FRESH_SECONDS) -> T | None:
        """The entry, loaded if missing or outdated. Nothing is remembered of what does not exist.

        `fresh` is for how many seconds it may be served without a look at the version stamp.
        """
        self._revalidate(fresh)
        with self._lock:
            if key in self._entries:
                return cast("T", self._entries[key])
            version = self._version
        value = load()
        if value is not None:
            with self._lock:
                if version == self._version:
                    self._entries[key] = value
        return value

    def clear(self) -> None:
        """Forget everything, and look at the version stamp at the next use."""
        with self._lock:
            self._entries.clear()
            self._checked_at = float("-inf")

    def _revalidate(self, fresh: float) -> None:
        if clock.monotonic() - self._checked_at < fresh:
            return
        if is_in_transaction():
            # A snapshot that began before a change must not be kept under the version after it. If the connection
            # fails, so does the request: what it has written is lost.
            version = db.session.execute(_select_version).scalar()
        else:
            try:
                version = read_apart(_select_version)
            except UNAVAILABLE:
                if not self._entries:
                    raise
                # Asked again in a second, not by every request: each may have to wait until it fails
                self._checked_at = clock.monotonic()
                return
        with self._lock:
            if version != self._version:
                self._entries.clear()
            self._version = version
            self._checked_at = clock.monotonic()


cache = ConfigCache()


def bump() -> None:
    """Say that something cached has changed: in the same transaction as the change."""
    db.session.execute(update(Tenant).where(Tenant.id == TENANT_ID).values(config_version=Tenant.config_version + 1))
    cache.clear()
