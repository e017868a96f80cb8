"""The state of this browser's login, as session management sees it (OIDC Session Management §2).

A value that a script of ours may read, that says nothing, and that is another one after each login and logout. It is
computed, not stored: from the cookie of the login, or of the browser where nobody is signed in. So a login that has run
out is noticed the next time that the browser comes by.
"""

from flask import request

from idp.infra.secrets import derive
from idp.web import cookies
from idp.web.settings import settings

_PURPOSE = "op_browser_state"
_YEAR = 365 * 86400


def of_login(cookie: str | None) -> str:
    """Set the state to that of a login, or of a browser where nobody is signed in; the state."""
    state = derive(settings().secrets[0], _PURPOSE, cookie or cookies.browser_id())
    if cookies.read(cookies.OP_STATE) != state:
        cookies.write(cookies.OP_STATE, state, _YEAR)
    return state


def now(*, signed_in: bool) -> str | None:
    """The state to tell an app of.

    In a frame on another site, our other cookies do not come along (they are Lax): the state is what it is.
    """
    if _is_foreign_frame():
        return cookies.read(cookies.OP_STATE)
    return of_login(cookies.read(cookies.SESSION) if signed_in else None)


def _is_foreign_frame() -> bool:
    headers = request.headers
    return headers.get("Sec-Fetch-Site") == "cross-site" and headers.get("Sec-Fetch-Dest", "document") != "document"
