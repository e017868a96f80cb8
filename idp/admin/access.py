"""Who may use the console: administrators, signed in with what everybody needs. Anybody else is shown the way."""

from urllib.parse import urlencode

from flask import Response, request

from idp.domain.credentials.factors import TWO_FACTORS
from idp.domain.sessions.browser_sessions import LiveSession
from idp.domain.tenant.login_policy import find_login_policy
from idp.web.errors import error_page
from idp.web.sessions import current_session, prefer_session

_OPEN = frozenset({"/setup"})


def check() -> Response | None:
    """Before each request to the console: let an administrator pass."""
    if request.path in _OPEN:
        return None
    session = current_session()
    back = urlencode({"return_to": request.path if request.method == "GET" else "/admin"})
    if session is None:
        return see_other(f"/u/login?{back}")
    if not session.is_admin:
        return error_page(
            403,
            "This is for administrators",
            f"You are signed in as {session.email}, who does not administer this deployment.",
            advice="Sign out, and sign in as an administrator.",
            action_url="/v2/logout",
            action_label="Sign out",
        )
    if find_login_policy().second_factor == "required" and TWO_FACTORS not in session.amr:
        prefer_session(session)
        return see_other(f"/u/second-factor?{back}")
    return None


def see_other(url: str) -> Response:
    """Go there with GET."""
    return Response(status=303, headers={"Location": url})


def administrator() -> LiveSession:
    """The administrator who asks; `check` has seen to it."""
    session = current_session()
    if session is None:
        raise LookupError("a console page was reached without `check`")
    return session
