"""What is known of the request being served, for the audit log and the log lines: set by `idp.web`, read here."""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """Where a request came from, and the reference id that its user may be shown."""

    reference: str | None = None
    ip: str | None = None
    user_agent: str | None = None


_NOTHING = RequestFacts()
_facts: ContextVar[RequestFacts] = ContextVar("idp_request_facts", default=_NOTHING)


def set_facts(facts: RequestFacts) -> None:
    """Remember what is known of this request."""
    _facts.set(facts)


def facts() -> RequestFacts:
    """What is known of this request; nothing outside one."""
    return _facts.get()
