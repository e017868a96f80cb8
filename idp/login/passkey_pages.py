"""What the pages of passkeys are given. Each posts `credential`, which the authenticator gave to the page's script."""

from dataclasses import dataclass
from typing import ClassVar

from idp.web.pages import AppView, Page
from idp.web.passkeys import PasskeyForm


@dataclass(frozen=True, kw_only=True)
class PasskeyPage(Page):
    """A passkey as the second step."""

    template: ClassVar[str] = "login/passkey.html"
    app: AppView
    email: str
    passkey: PasskeyForm
    switch_url: str
    """Where "not you?" leads."""
    other_url: str | None = None
    """The list of other ways; None where there is no other."""
    error: str | None = None


@dataclass(frozen=True, kw_only=True)
class PasskeySetUpPage(Page):
    """A passkey is made in the middle of a login that needs a second step."""

    template: ClassVar[str] = "login/passkey_set_up.html"
    app: AppView
    email: str
    passkey: PasskeyForm
    switch_url: str
    other_url: str | None = None
    """What else can be set up; None where there is nothing else."""
    error: str | None = None


@dataclass(frozen=True, kw_only=True)
class PasskeyOfferPage(Page):
    """Faster next time? The person is signed in; "not now" posts `action=later` to the same place."""

    template: ClassVar[str] = "login/passkey_offer.html"
    app: AppView
    email: str
    passkey: PasskeyForm
    error: str | None = None
