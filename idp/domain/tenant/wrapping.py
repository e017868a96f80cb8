"""The wrapper for what must be readable again, under the secret keys of this deployment."""

from functools import lru_cache

from idp.domain.tenant import settings
from idp.infra.crypto import Wrapper


def wrapper() -> Wrapper:
    """Wraps under the newest secret key, unwraps under any."""
    return _wrapper(tuple(settings.current().secrets))


@lru_cache(maxsize=4)
def _wrapper(secrets: tuple[str, ...]) -> Wrapper:
    return Wrapper([secret.encode() for secret in secrets])
