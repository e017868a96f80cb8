"""The store of one process."""

import threading

from idp.infra import clock

_MAXIMUM_ENTRIES = 100_000


class MemoryStore:
    """A dictionary with a lock. Bounded: when it is full, what vanishes soonest goes first."""

    def __init__(self, maximum_entries: int = _MAXIMUM_ENTRIES) -> None:
        self._entries: dict[str, tuple[bytes, int]] = {}
        self._maximum = maximum_entries
        self._lock = threading.Lock()

    def get(self, key: str) -> bytes | None:
        with self._lock:
            return self._live(key)

    def set(self, key: str, value: bytes, ttl: int) -> None:
        with self._lock:
            self._put(key, value, clock.now_ms() + ttl * 1000)

    def add(self, key: str, value: bytes, ttl: int) -> bool:
        with self._lock:
            if self._live(key) is not None:
                return False
            self._put(key, value, clock.now_ms() + ttl * 1000)
            return True

    def incr(self, key: str, ttl: int) -> int:
        with self._lock:
            found = self._live(key)
            count = int(found or b"0") + 1
            ends = clock.now_ms() + ttl * 1000 if found is None else self._entries[key][1]
            self._put(key, b"%d" % count, ends)
            return count

    def delete(self, key: str) -> None:
        with self._lock:
            self._entries.pop(key, None)

    def _live(self, key: str) -> bytes | None:
        entry = self._entries.get(key)
        if entry is None:
            return None
        if entry[1] <= clock.now_ms():
            del self._entries[key]
            return None
        return entry[0]

    def _put(self, key: str, value: bytes, ends: int) -> None:
        if key not in self._entries and len(self._entries) >= self._maximum:
            self._make_room()
        self._entries[key] = (value, ends)

    def _make_room(self) -> None:
        now = clock.now_ms()
        ordered = sorted(self._entries, key=lambda key: self._entries[key][1])
        # A tenth at once, so that a full store does not sort at every call
        dead = sum(1 for key in ordered if self._entries[key][1] <= now)
        for key in ordered[: max(dead, len(ordered) // 10, 1)]:
            del self._entries[key]
