"""What the pages of passkeys are given. Each posts `credential`, which the authenticator gave to the page's script."""

from dataclasses import dataclass
from typing import ClassVar

from idp.login.page_parts import SecondStep
from idp.web.pages import AppView, Page
from idp.web.passkeys import PasskeyForm


@dataclass(frozen=True, kw_only=True)
class PasskeyPage(SecondStep, Page):
    """A passkey as the second step."""

    template: ClassVar[str] = "login/passkey.html"
    passkey: PasskeyForm
    error: str | None = None


@dataclass(frozen=True, kw_only=True)
class PasskeySetUpPage(SecondStep, Page):
    """A passkey is made in the middle of a login that needs a second step."""

    template: ClassVar[str] = "login/passkey_set_up.html"
    passkey: PasskeyForm
    error: str | None = None


@dataclass(frozen=True, kw_only=True)
class PasskeyOfferPage(Page):
    """Faster next time? The person is signed in; "not now" posts `action=later` to the same place."""

    template: ClassVar[str] = "login/passkey_offer.html"
    app: AppView
    email: str
    passkey: PasskeyForm
    error: str | None = None


@dataclass(frozen=True, kw_only=True)
class FirstPasskeyPage(Page):
    """An account that begins with a passkey, as there is no other way in: the link came by mail.

    Or one that is signed in, for an app that takes a passkey alone: with `switch_url` and `cancel_action`, the way out,
    which posts `action=cancel`.
    """

    template: ClassVar[str] = "login/first_passkey.html"
    app: AppView
    email: str
    passkey: PasskeyForm
    is_invited: bool
    """Else they signed up themselves."""
    switch_url: str | None = None
    cancel_action: str | None = None
    error: str | None = None
