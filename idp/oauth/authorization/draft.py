"""An authorization request while it is being checked: what came, and what the checks have made of it so far."""

from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict

from idp.domain.clients.client import Client
from idp.domain.interactions.request import AuthorizationRequest

DEFAULT_MODE = "query"


@dataclass(slots=True)
class Draft:
    """Each check reads `sent` and what checks before it have set, and sets its own. `values` become the request."""

    sent: dict[str, str]
    doubled: frozenset[str]
    client: Client | None = None
    redirect_uri: str | None = None
    response_mode: str = DEFAULT_MODE
    values: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, parameters: "MultiDict[str, str]") -> "Draft":
        """The draft of what was sent; "" is absent (RFC 6749 §3.1)."""
        sent = {name: several[0] for name, several in parameters.lists() if several[0]}
        doubled = frozenset(name for name, several in parameters.lists() if len(several) > 1)
        return cls(sent, doubled)

    @property
    def app(self) -> Client:
        """The client, for checks after the one that found it."""
        assert self.client is not None  # noqa: S101 -- the table's order
        return self.client

    def finish(self) -> AuthorizationRequest:
        """The request, after every check."""
        return AuthorizationRequest(
            client_id=self.app.id,
            redirect_uri=self.redirect_uri or "",
            redirect_uri_was_sent="redirect_uri" in self.sent,
            response_mode=self.response_mode,
            state=self.sent.get("state"),
            nonce=self.sent.get("nonce"),
            **self.values,
        )
