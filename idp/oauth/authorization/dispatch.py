"""Hub and spokes: every step of a sign-in comes back here, and here alone it is decided what comes next.

    /authorize ──> begin ──> a page of /u/… ──> /authorize/resume ──> the next page … ──> the answer

A page that is too old restarts its own request. An app that has its answer gets no other for the same `state`: whoever
comes back by the back button, or from another tab, is shown the way to the app itself.
"""

from urllib.parse import urlencode

from flask import Response

from idp.domain.clients.queries import find_client_now
from idp.domain.interactions import progress
from idp.domain.interactions.policy import (
    DENIED,
    UNMET,
    Situation,
    Step,
    is_somebody_else,
    meets_essential_acr,
    next_step,
)
from idp.domain.interactions.request import AuthorizationRequest
from idp.infra.words import say
from idp.oauth.authorization import answer
from idp.oauth.response_modes.query import see_other
from idp.web import cookies, languages
from idp.web.acting import act_for
from idp.web.errors import error_page
from idp.web.refusals import explain
from idp.web.sessions import list_accounts


def begin(request: AuthorizationRequest) -> Response:
    """Answer at once where nothing has to be shown; else begin an interaction at its first page."""
    situation = _situation(request, {})
    if situation is None:
        return _client_is_gone()
    step = next_step(situation)
    if step is None:
        return _finish(situation)
    if "none" in request.prompt:
        return answer.deny(request, step.error, f"{step.name} is needed, and prompt=none was asked for")
    begun = progress.start(request, cookies.browser_id())
    return _go(step, request, begun.id)


def resume(interaction_id: str) -> Response:
    """Go on after a step."""
    found = progress.find(interaction_id, cookies.find_browser_id())
    if found is None and (asked := progress.find_anywhere(interaction_id)) is not None and not asked.is_answered:
        # Its cookie is gone, or it is another browser's: the request is begun anew here, as if its link were opened
        return begin(asked.request)
    if found is None:
        explain("state", "a sign-in of this browser", "one that is unknown, over, or another browser's")
        return error_page(
            400,
            say("This sign-in began somewhere else"),
            say("It belongs to another browser, or is too old to be found."),
            advice=say("Open the app again and sign in from there."),
        )
    languages.prefer(found.request.ui_locales)
    if found.is_answered:
        return _was_answered(found)
    return begin(found.request) if found.is_expired else _go_on(found)


def _go_on(found: progress.Progress) -> Response:
    if (error := found.marks.get(DENIED)) is not None:
        return _deny(found, error)
    situation = _situation(found.request, found.marks)
    if situation is None:
        return _client_is_gone()
    step = next_step(situation)
    if step is not None:
        return _go(step, found.request, found.id)
    return _finish(situation) if progress.claim_answer(found) else _was_answered(found)


def _finish(situation: Situation) -> Response:
    """Send the code, to the person that the app expects and to no other (OIDC Core §3.1.2.2)."""
    assert situation.session is not None  # noqa: S101 -- the login step is not needed
    if not meets_essential_acr(situation):
        # OIDC Core §5.5.1.1: an essential class that cannot be reached is a failed authentication.
        return answer.deny(situation.request, UNMET, "the acr that was asked for cannot be reached")
    if is_somebody_else(situation):
        return answer.deny(
            situation.request, "login_required", "another user is signed in than the id_token_hint names"
        )
    return answer.grant(situation.request, situation.session, situation.client)


def _deny(found: progress.Progress, error: str) -> Response:
    if not progress.claim_answer(found):
        return _was_answered(found)
    if error == UNMET:
        expected = "a second factor, which this app requires"
        return answer.deny(found.request, error, "the user can have no second factor here", expected)
    return answer.deny(found.request, error, "the user did not allow it")


def _situation(request: AuthorizationRequest, marks: dict[str, str]) -> Situation | None:
    client = find_client_now(request.client_id)
    if client is None or client.disabled_at is not None or not client.check_redirect_uri(request.redirect_uri):
        return None
    session = act_for(request, marks)
    has_accounts = session is not None or bool(list_accounts())
    return Situation(request=request, client=client, session=session, marks=marks, has_accounts=has_accounts)


def _go(step: Step, request: AuthorizationRequest, interaction_id: str) -> Response:
    page = "signup" if step.name == "login" and request.screen_hint == "signup" else step.name
    return see_other(f"/u/{page}?{urlencode({'state': interaction_id})}")


def _was_answered(found: progress.Progress) -> Response:
    """Its login page has the one button that works."""
    return see_other(f"/u/login?{urlencode({'state': found.id})}")


def _client_is_gone() -> Response:
    explain("client", "registered, with this redirect_uri, and switched on", "not so any more")
    return error_page(
        400,
        say("This app is not here any more"),
        say("Its registration was changed or removed while you were signing in."),
        advice=say("Open the app again. If it happens again, tell the people who run it."),
    )
