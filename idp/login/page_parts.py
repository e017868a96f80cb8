"""What several pages of the login have in common: fields, and what a template asks of them."""

from dataclasses import dataclass

from idp.infra.words import Span
from idp.web.pages import AppView


@dataclass(frozen=True, kw_only=True)
class Throttled:
    """A form that is closed for a while after too many tries."""

    retry_after: int | None = None
    """Seconds until the next try is taken; set when throttled."""

    @property
    def wait(self) -> Span:
        """How long to wait."""
        return Span(self.retry_after or 0)


@dataclass(frozen=True, kw_only=True)
class Expiring:
    """Something was mailed that does not work for ever."""

    expires_in: int
    """How long it works, in seconds."""

    @property
    def expiry(self) -> Span:
        """The same, to be read."""
        return Span(self.expires_in)


@dataclass(frozen=True, kw_only=True)
class Settled:
    """It is settled who this is, but for the way out."""

    app: AppView
    email: str
    switch_url: str
    """Where "not you?" leads."""


@dataclass(frozen=True, kw_only=True)
class SecondStep(Settled):
    """A second factor, or the setting up of one."""

    other_url: str | None = None
    """The list of other ways; None where there is no other."""
