"""Refusals in the audit log: the reference id of a page that said no finds there what was expected and what came.

Whoever refuses says why (`explain`), or records an event of its own; else what is known of the request is kept. Written
in one place, where pages are rendered, so that no page that refuses is forgotten; there the page learns, too, whether
it has a reference to show.
"""

from flask import g, has_request_context, request

from idp.domain.events.context import is_refusal_told
from idp.domain.events.names import EventName
from idp.domain.events.recording import record
from idp.domain.users.tickets import Purpose, fault_of_ticket
from idp.web.rate_limits import allows
from idp.web.request_facts import client_address
from idp.web.sessions import peek_session

#: A form that is shown again. What is wrong with a field it says itself; other refusals are explained, or told of.
FORM = 422
#: Of pages that refuse whatever they say of it. A 5xx is rolled back and logged.
STATUSES = frozenset({400, 401, 403, 404, 405, 410, 413, 415, 429})
#: So that nobody fills the log by asking for pages that are not there; what is left out still has its log line.
_KEPT = "300/minute"
_LENGTH = 200


def explain(check: str, expected: str, received: str, user_id: str | None = None) -> None:
    """Say why this request is refused: what was looked at, what would have done, what came. No secret, no token.

    `user_id`: whom it is about, where that is not who is signed in.
    """
    g.refusal = {"check": check, "expected": expected[:_LENGTH], "received": received[:_LENGTH]}
    g.refused_user = user_id


def explain_link(token: str, purpose: Purpose, user_id: str | None = None) -> None:
    """Say why a link of a mail is not taken; about whose it is, unless somebody else asks."""
    fault, owner = fault_of_ticket(token, purpose)
    explain("link", f"one to {purpose} that is good", fault, user_id or owner)


def is_refused() -> bool:
    """Whether the page is a refusal that can be looked up by its reference."""
    return bool(g.get("is_refused"))


def note(status: int, title: str) -> None:
    """Record that a page with this title refused the request, unless an event tells of it already."""
    if not has_request_context() or "began" not in g:
        return
    is_told = is_refusal_told()
    if status not in STATUSES and not (status == FORM and (is_told or "refusal" in g)):
        return
    g.is_refused = True
    if is_told or not allows(_KEPT, "refusals", client_address()):
        return
    usual = {
        "check": request.endpoint or "address",
        "expected": "a request that this page can go on with",
        "received": f"{request.method} {request.path}: {title}"[:_LENGTH],
    }
    told = {"user_id": g.get("refused_user") or _who(), "status": status, **g.get("refusal", usual)}
    record(EventName.PAGE_REFUSED, outcome="refused", **told)


def _who() -> str | None:
    session = peek_session()
    return session.user_id if session is not None else None
