"""The state of this browser's logins, as session management sees it (OIDC Session Management §2).

A value that a script of ours may read, that says nothing, and that is another one after each login, each choice of an
account and each logout. It is computed, not stored: from the cookies of the logins, or of the browser where nobody is
signed in. So a login that has run out is noticed the next time that the browser comes by.
"""

from collections.abc import Sequence

from flask import request

from idp.infra.secrets import derive
from idp.web import cookies
from idp.web.settings import settings

_PURPOSE = "op_browser_state"
_YEAR = 365 * 86400


def of_logins(current: str | None, others: Sequence[str] = ()) -> str:
    """Set the state to that of these logins, or of a browser where nobody is signed in; the state."""
    known = " ".join((current or "", *sorted(others))) if current or others else cookies.browser_id()
    state = derive(settings().secrets[0], _PURPOSE, known)
    if cookies.read(cookies.OP_STATE) != state:
        cookies.write(cookies.OP_STATE, state, _YEAR)
    return state


def now(current: str | None, others: Sequence[str]) -> str | None:
    """The state to tell an app of.

    In a frame on another site, our other cookies do not come along (they are Lax): the state is what it is.
    """
    if _is_foreign_frame():
        return cookies.read(cookies.OP_STATE)
    return of_logins(current, others)


def _is_foreign_frame() -> bool:
    headers = request.headers
    return headers.get("Sec-Fetch-Site") == "cross-site" and headers.get("Sec-Fetch-Dest", "document") != "document"
