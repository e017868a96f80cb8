"""/u/consent: may this app have this? Only the person who is signed in, and saw the question, can answer it."""

from urllib.parse import urlsplit

from flask import Response, abort

from idp.domain.apis.queries import find_api
from idp.domain.clients.client import Client
from idp.domain.consents.remembering import remember_consent
from idp.domain.events.names import EventName
from idp.domain.events.recording import record
from idp.domain.interactions.policy import Situation, next_step
from idp.domain.interactions.progress import Progress
from idp.domain.sessions.browser_sessions import LiveSession
from idp.domain.users.queries import find_user
from idp.login import select_account, transaction
from idp.login.pages import ConsentPage
from idp.login.transaction import LostWayError, Transaction
from idp.web import forms
from idp.web.pages import render
from idp.web.people import portrait_of
from idp.web.scope_words import scope_lines
from idp.web.sessions import current_session

PATH = "/u/consent"
STEP = "consent"
_ASKED = "consent_asked"


def show() -> Response:
    """The question, if it is what comes next; else on to what does."""
    at, client, found = _find()
    session = _asking(client, found)
    if session is None:
        return at.resume()
    at.marked(_ASKED, session.sid)
    asked = found.request
    api = find_api(asked.audience) if asked.audience else None
    parts = urlsplit(asked.redirect_uri)
    page = ConsentPage(
        app=at.app,
        action=at.url(PATH),
        email=session.email,
        portrait=portrait_of(find_user(session.user_id), session.email),
        switch_url=select_account.url_to_switch(at),
        scopes=scope_lines(asked.scopes_to_allow, api.scopes if api is not None else {}),
        redirect_host=parts.netloc or f"{parts.scheme}:",
        manage_url="/account/apps",
    )
    return render(page)


def submit() -> Response:
    """The answer. It counts only if this login was asked: another tab may have signed in somebody else meanwhile."""
    at, client, found = _find()
    session = _asking(client, found)
    if session is None or found.marks.get(_ASKED) != session.sid:
        return at.resume()
    asked = found.request
    decision = forms.read("decision")
    if decision not in {"allow", "deny"}:
        abort(400)
    if decision == "allow":
        remember_consent(session.user_id, client.id, asked.audience, asked.scopes_to_allow)
        return at.marked(STEP, session.sid).resume()
    record(EventName.CONSENT_DENIED, user_id=session.user_id, client_id=client.id, outcome="refused")
    return at.marked("denied", "access_denied").resume()


def _find() -> tuple[Transaction, Client, Progress]:
    """The transaction, which must be an app's.

    Raises:
        LostWayError: it is not.
    """
    at = transaction.find()
    if at.client is None or at.progress is None:
        raise LostWayError(None)
    return at, at.client, at.progress


def _asking(client: Client, found: Progress) -> LiveSession | None:
    """Who is to be asked now; None when another step, or none, comes next."""
    session = current_session()
    is_here = session is not None
    now = Situation(request=found.request, client=client, session=session, marks=found.marks, has_accounts=is_here)
    step = next_step(now)
    return session if step is not None and step.name == STEP else None
