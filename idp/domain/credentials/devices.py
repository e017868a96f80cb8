"""Devices on which an account has logged in before: a cookie that proves it and names nobody.

The cookie holds up to five entries `id~mac`, one an account, newest first; the mac binds the id to the account, not to
its address: an account that is deleted and made again is another one, and with another address it stays the same one.
It gives no access. It only lets its device be counted by itself when passwords are guessed (see throttle.py).
"""

from typing import Final

from idp.domain.tenant import settings
from idp.infra.secrets import derive, equal, new_id

COOKIE_LIFETIME: Final = 400 * 86400
_MAXIMUM_ENTRIES: Final = 5
_ID_LENGTH: Final = 22
_LONGEST_COOKIE: Final = 600


def remember(user_id: str, cookie: str | None) -> str:
    """The cookie to set after a successful login; keeps the entries of other accounts."""
    if find_device(user_id, cookie) is not None and cookie is not None:
        return cookie
    device = new_id(_ID_LENGTH)
    mac = _mac(settings.current().secrets[0], device, user_id)
    return ".".join([f"{device}~{mac}", *_entries(cookie)][:_MAXIMUM_ENTRIES])


def find_device(user_id: str | None, cookie: str | None) -> str | None:
    """The id of this device, if the account has logged in on it before. For nobody (None) the work is the same."""
    for entry in _entries(cookie):
        device, _, mac = entry.partition("~")
        if any(equal(mac, _mac(secret, device, user_id or "")) for secret in settings.current().secrets):
            return device
    return None


def _entries(cookie: str | None) -> list[str]:
    if not cookie or len(cookie) > _LONGEST_COOKIE:
        return []
    return [entry for entry in cookie.split(".") if "~" in entry][:_MAXIMUM_ENTRIES]


def _mac(secret: str, device: str, user_id: str) -> str:
    return derive(secret, "known device of an account", f"{device}\0{user_id}")
