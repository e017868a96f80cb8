"""Whether this deployment can serve a login: the database answers, and there is a key to sign with."""

from idp.domain.keys import keyring
from idp.infra.db import is_ready


def check_ready() -> None:
    """Pass, or raise what a request would meet: the database's error, or that there is no key."""
    # Not read only: a login has to be written, so whoever cannot get the write lock is not ready
    is_ready()
    keyring.active_key("RS256")
