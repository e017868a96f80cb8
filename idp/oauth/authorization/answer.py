"""Answering an authorization request: with a code or an error, always with `iss` (RFC 9207), in the mode asked for."""

from flask import Response

from idp.domain.clients.client import Client
from idp.domain.errors import DomainError
from idp.domain.events.names import EventName
from idp.domain.events.recording import record
from idp.domain.interactions.request import AuthorizationRequest
from idp.domain.sessions.browser_sessions import LiveSession, SignedOutError
from idp.domain.tokens.codes import issue_code
from idp.domain.tokens.grants import begin_grant, revoke_grant
from idp.infra.words import say
from idp.oauth.authorization import front_channel
from idp.oauth.authorization.draft import Draft
from idp.oauth.authorization.response_types import RESPONSE_TYPES
from idp.oauth.errors import Refusal, finding_of, safe_description
from idp.oauth.logout.session_management import session_state
from idp.oauth.response_modes import MODES
from idp.web import languages
from idp.web.app_views import find_home
from idp.web.errors import error_page
from idp.web.pages import FailedCheck
from idp.web.settings import settings


def grant(request: AuthorizationRequest, session: LiveSession, client: Client) -> Response:
    """Send the app what its response type is made of (RFC 6749 §4.1.2, OIDC Core §3.2.2.5 and §3.3.2.5)."""
    kind = RESPONSE_TYPES[request.response_type]
    try:
        grant_id = begin_grant(request, session)
    except SignedOutError as error:  # in this instant: nobody is signed in now
        return deny(request, "login_required", error.message)
    parameters: dict[str, str] = {}
    if kind.code:
        parameters["code"] = issue_code(request, grant_id)
    if kind.is_front_channel:
        try:
            parameters |= front_channel.tokens(request, client, grant_id, parameters.get("code"))
        except DomainError as error:  # its ID token cannot be encrypted: the app has to be told, not its user
            revoke_grant(grant_id)
            return deny(request, "invalid_request", error.message)
    record(
        EventName.AUTHORIZE_GRANTED,
        user_id=session.user_id,
        client_id=request.client_id,
        session_id=session.sid,
        response_type=request.response_type,
        scope=request.scope,
        audience=request.audience,
    )
    parameters |= session_state(request)
    return _send(request.redirect_uri, request.response_mode, parameters, request.state)


def deny(request: AuthorizationRequest, error: str, description: str, expected: str = "") -> Response:
    """Tell the app that it gets nothing (RFC 6749 §4.1.2.1)."""
    record(
        EventName.AUTHORIZE_REFUSED,
        client_id=request.client_id,
        outcome="refused",
        error=error,
        check="policy",
        expected=expected,
        received=description,
    )
    parameters = {"error": error, "error_description": safe_description(description)}
    parameters |= session_state(request)
    return _send(request.redirect_uri, request.response_mode, parameters, request.state)


def refuse(draft: Draft, refusal: Refusal) -> Response:
    """Answer a request that did not pass the checks: to the app if it is sure, else on a page."""
    finding = finding_of(refusal)
    record(
        EventName.AUTHORIZE_REFUSED,
        client_id=draft.client.id if draft.client else None,
        outcome="refused",
        error=refusal.error,
        check=finding.check,
        expected=finding.expected,
        received=finding.received,
    )
    if draft.client and draft.redirect_uri:
        parameters = {"error": refusal.error, "error_description": refusal.description}
        state = None if "state" in draft.doubled else draft.sent.get("state")
        return _send(draft.redirect_uri, draft.response_mode, parameters, state)
    languages.prefer(draft.sent.get("ui_locales", "").split())
    # What is expected names registered URLs: shown to whoever develops on loopback, to others only in the audit log.
    checks = (FailedCheck(check=finding.check, expected=finding.expected, received=finding.received),)
    home = find_home(draft.client) if draft.client else None
    way_on = (
        {"action_url": home, "action_label": say("Open {app}", app=draft.client.name)} if draft.client and home else {}
    )
    title, message = _told(draft, refusal)
    return error_page(
        400,
        title,
        message,
        advice=say("Go back to the app and try again. If it happens again, tell the people who run the app."),
        checks=checks if settings().is_local else (),
        **way_on,
    )


def _told(draft: Draft, refusal: Refusal) -> tuple[str, str]:
    if draft.client is None and "client_id" in draft.sent:
        return say("We do not know the app that sent you here"), say(
            "It may have been removed, or its link is mistyped."
        )
    reason = refusal.description
    return (
        say("This sign-in link does not work"),
        say("The app that sent you here asked in a way that cannot be answered: {reason}", reason=reason),
    )


def _send(redirect_uri: str, mode: str, parameters: dict[str, str], state: str | None) -> Response:
    answer = {**parameters, **({} if state is None else {"state": state}), "iss": settings().issuer}
    return MODES[mode](redirect_uri, answer)
