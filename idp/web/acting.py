"""Which of this browser's logins an authorization request is about.

In this order: the one picked or made for it; the one that the app names by a hint (OIDC Core §3.1.2.1); the current.
"""

from collections.abc import Mapping
from typing import Any

from idp.domain.interactions.policy import ACCOUNT
from idp.domain.interactions.request import AuthorizationRequest
from idp.domain.sessions.browser_sessions import LiveSession
from idp.domain.users.addresses import email_key
from idp.web.sessions import act_as, current_session, list_accounts


def act_for(request: AuthorizationRequest, marks: Mapping[str, Any]) -> LiveSession | None:
    """Let the rest of what is done now be about that login; it, if there is one."""
    session = current_session()
    if ACCOUNT not in marks and request.hinted_user_id is None and request.login_hint is None:
        return session
    if session is not None and _is_meant(session, request, marks):
        return session
    meant = next((each.session for each in list_accounts() if _is_meant(each.session, request, marks)), None)
    if meant is None:
        return session
    act_as(meant)
    return meant


def _is_meant(session: LiveSession, request: AuthorizationRequest, marks: Mapping[str, Any]) -> bool:
    if ACCOUNT in marks:
        return bool(marks[ACCOUNT] == session.sid)
    if request.hinted_user_id is not None:
        return request.hinted_user_id == session.user_id
    return request.login_hint is not None and email_key(request.login_hint) == email_key(session.email)
