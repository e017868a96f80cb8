"""NIST SP 800-63B-4 §3.1.1, RFC 9106: argon2id, in a pool so small that logins never starve anything else.

A hash takes some 20 ms of a core and 19 MiB. Without a bound, a burst of logins would hold every thread of a
process and every token request with them; beyond the bound one is told at once to come back.
"""

import os
import threading
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from idp.domain.errors import TryLaterError
from idp.domain.tenant import settings
from idp.infra import low_priority, metrics
from idp.infra.words import say

MAXIMUM_BYTES: Final = 1024
_MAXIMUM_CHARACTERS: Final = 4096


@dataclass(frozen=True, slots=True)
class Cost:
    """What a hash costs: so many passes over so many KiB. The least is what OWASP asks for (2024)."""

    passes: int = 2
    memory: int = 19456


@dataclass(frozen=True, slots=True)
class _Work:
    hasher: PasswordHasher
    dummy: str
    """Belongs to nobody and matches nothing: verifying against it takes as long as against a real one."""


class HashingBusy(TryLaterError):
    """Too many passwords are being checked at this moment."""

    def __init__(self) -> None:
        super().__init__(say("Many people are signing in at this moment. Please try again."), retry_after=2)


class HashingPool:
    """At most `slots` hashes at once, and `limit` requests that run or wait for one. One more is refused at once."""

    def __init__(self, slots: int, limit: int) -> None:
        self._slots = threading.BoundedSemaphore(slots)
        self._limit = limit
        self._inside = 0
        self._lock = threading.Lock()
        self._here = threading.local()

    @contextmanager
    def place(self) -> Iterator[None]:
        """Be one of the `limit`; a place inside a place is the same one. Raises HashingBusy."""
        if getattr(self._here, "has_place", False):
            yield
            return
        self._count(1)
        self._here.has_place = True
        try:
            yield
        finally:
            self._here.has_place = False
            self._count(-1)

    @contextmanager
    def slot(self, before_waiting: Callable[[], None] | None = None) -> Iterator[None]:
        """Wait for a slot and hold it; `before_waiting` lets go of what others need. Raises HashingBusy."""
        with self.place():
            if before_waiting is not None:
                before_waiting()
            with self._slots:
                yield

    def _count(self, change: int) -> None:
        with self._lock:
            if change > 0 and self._inside >= self._limit:
                raise HashingBusy
            self._inside += change
            metrics.set_hashing(self._inside)


def use(cost: Cost) -> None:
    """Make new hashes so in this process from now on; a stored one names its own cost, and is renewed when used."""
    _work(cost)
    _current[:] = [cost]


def dummy() -> str:
    """A stored form that no password matches, of today's cost."""
    return _work(_current[0]).dummy


def pool() -> HashingPool:
    """This process's pool: one hash at a time, as there is a process a core, and a thread left for other requests."""
    return _pool(1, max(1, settings.current().threads - 1))


@contextmanager
def place() -> Iterator[None]:
    """A place in the pool for all that a login does, so that who is refused has cost next to nothing.

    Raises:
        HashingBusy: there is none left.
    """
    with pool().place():
        yield


def normalise(password: str) -> bytes | None:
    """What is hashed: NFKC once, then UTF-8, nothing trimmed or cut. None if no account can have such a password."""
    if len(password) > _MAXIMUM_CHARACTERS:
        return None
    try:
        encoded = unicodedata.normalize("NFKC", password).encode()
    except UnicodeEncodeError:  # a lone surrogate, which JSON can carry
        return None
    return encoded if 0 < len(encoded) <= MAXIMUM_BYTES else None


def compute(encoded: bytes) -> str:
    """The hash to store. Call inside a slot."""
    return low_priority.run(_work(_current[0]).hasher.hash, encoded)


def matches(stored: str, encoded: bytes) -> bool:
    """Whether the password is the stored one. Call inside a slot."""
    try:
        return low_priority.run(_work(_current[0]).hasher.verify, stored, encoded)
    except (VerifyMismatchError, VerificationError, InvalidHashError):
        return False


def is_outdated(stored: str) -> bool:
    """Whether the stored hash has other parameters than ours now."""
    return _work(_current[0]).hasher.check_needs_rehash(stored)


_current: list[Cost] = [Cost()]


@lru_cache(maxsize=4)
def _work(cost: Cost) -> _Work:
    hasher = PasswordHasher(time_cost=cost.passes, memory_cost=cost.memory, parallelism=1)
    return _Work(hasher, hasher.hash(os.urandom(32)))


@lru_cache(maxsize=4)
def _pool(slots: int, limit: int) -> HashingPool:
    return HashingPool(slots, limit)
