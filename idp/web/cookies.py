"""Our cookies: opaque, `__Host-` over https, HttpOnly, Lax. What a view sets is written when the response goes out.

One is not: OP_STATE is for our script in a frame on an app's page (OIDC Session Management §3.2); it says nothing.
"""

from dataclasses import dataclass

from flask import Response, g, request

from idp.infra.secrets import new_token
from idp.web.settings import settings

SESSION = "idp_session"
#: Of the other logins in this browser: the values of their session cookies.
ACCOUNTS = "idp_accounts"
BROWSER = "idp_browser"
DEVICE = "idp_device"
PENDING = "idp_pending"
OP_STATE = "idp_op_state"
LANGUAGE = "idp_language"
PASSKEYS = "idp_passkeys"
#: The address of who chose a new password here a moment ago, and is to sign in with it.
HINT = "idp_hint"
HINT_SECONDS = 10 * 60
_YEAR = 365 * 86400
_BROWSER_PREFIX = "br1_"


@dataclass(frozen=True, slots=True)
class _Change:
    value: str | None
    max_age: int | None


def read(name: str) -> str | None:
    """The value of one of our cookies, or what this request has set it to."""
    changes: dict[str, _Change] = g.get("cookie_changes", {})
    if name in changes:
        return changes[name].value
    return request.cookies.get(full_name(name)) or None


def write(name: str, value: str | None, max_age: int | None = None) -> None:
    """Set a cookie with the response, or with None remove it. Without `max_age` it ends with the browser."""
    if "cookie_changes" not in g:
        g.cookie_changes = {}
    g.cookie_changes[name] = _Change(value, max_age)


def browser_id() -> str:
    """An opaque id of this browser: interactions and CSRF tokens are bound to it. Made when there is none."""
    known = find_browser_id()
    if known is None:
        known = new_token(_BROWSER_PREFIX)
        write(BROWSER, known, _YEAR)
    return known


def find_browser_id() -> str | None:
    """The id of this browser, if it has one."""
    known = read(BROWSER)
    return known if known and known.startswith(_BROWSER_PREFIX) else None


def device_id() -> str | None:
    """Which device this is, once somebody has signed in on it."""
    return read(DEVICE)


def apply(response: Response) -> None:
    """Write what the request has set."""
    changes: dict[str, _Change] = g.get("cookie_changes", {})
    for name, change in changes.items():
        response.set_cookie(
            full_name(name),
            change.value or "",
            max_age=0 if change.value is None else change.max_age,
            secure=settings().is_https,
            httponly=name != OP_STATE,
            samesite="None" if name == OP_STATE and settings().is_https else "Lax",
            path="/",
        )


def full_name(name: str) -> str:
    """What browsers know a cookie by."""
    return f"__Host-{name}" if settings().is_https else name
