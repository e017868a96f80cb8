"""The store that nodes share: Redis or Valkey. An optional dependency, so imported only if it is there."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

try:
    import redis
except ImportError:  # pragma: no cover - the extra `redis` is not installed
    redis = None  # type: ignore[assignment]

from idp.infra.expiring_store.port import StoreUnavailableError

_TIMEOUT_SECONDS = 0.5
_PREFIX = "idp:"


class RedisStore:
    """Values under keys that begin with `idp:`."""

    def __init__(self, url: str) -> None:
        if redis is None:
            raise StoreUnavailableError("IDP_REDIS_URL is set, but the package is missing: pip install 'idp[redis]'")
        self._client: Any = redis.Redis.from_url(
            url, socket_timeout=_TIMEOUT_SECONDS, socket_connect_timeout=_TIMEOUT_SECONDS
        )

    def get(self, key: str) -> bytes | None:
        with _answers():
            value: bytes | None = self._client.get(_PREFIX + key)
            return value

    def set(self, key: str, value: bytes, ttl: int) -> None:
        with _answers():
            self._client.set(_PREFIX + key, value, ex=ttl)

    def add(self, key: str, value: bytes, ttl: int) -> bool:
        with _answers():
            return bool(self._client.set(_PREFIX + key, value, ex=ttl, nx=True))

    def incr(self, key: str, ttl: int) -> int:
        with _answers():
            pipeline = self._client.pipeline(transaction=True)
            pipeline.set(_PREFIX + key, 0, ex=ttl, nx=True)
            pipeline.incr(_PREFIX + key)
            return int(pipeline.execute()[1])

    def delete(self, key: str) -> None:
        with _answers():
            self._client.delete(_PREFIX + key)


@contextmanager
def _answers() -> Iterator[None]:
    try:
        yield
    except redis.RedisError as error:
        raise StoreUnavailableError(type(error).__name__) from error
