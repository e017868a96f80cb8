"""What is known of the request being served, for the audit log and the log lines: set by `idp.web`, read here."""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """Where a request came from, and the reference id that its user may be shown."""

    reference: str | None = None
    ip: str | None = None
    user_agent: str | None = None
    client_id: str | None = None
    """The app whose login this is about; mails wear its looks."""


_NOTHING = RequestFacts()
_facts: ContextVar[RequestFacts | Callable[[], RequestFacts]] = ContextVar("idp_request_facts", default=_NOTHING)
#: The reference id of the request whose refusal was recorded last.
_told: ContextVar[str | None] = ContextVar("idp_refusal_told", default=None)


def set_facts(known: RequestFacts | Callable[[], RequestFacts]) -> None:
    """Remember what is known of this request, or how to find it out once somebody asks: few requests need it."""
    _facts.set(known)


def about_client(client_id: str) -> None:
    """This request is about a login to an app."""
    _facts.set(replace(facts(), client_id=client_id))


def note_refusal() -> None:
    """An event tells that this request was refused, and why."""
    _told.set(facts().reference)


def is_refusal_told() -> bool:
    """Whether an event tells of it already."""
    reference = facts().reference
    return reference is not None and _told.get() == reference


def facts() -> RequestFacts:
    """What is known of this request; nothing outside one."""
    known = _facts.get()
    if callable(known):
        known = known()
        _facts.set(known)
    return known
