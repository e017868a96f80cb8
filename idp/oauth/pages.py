"""Pages of the protocol: logging out, and the form that carries an answer back to the app."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from idp.infra.words import say
from idp.web.pages import AppView, Page


@dataclass(frozen=True, kw_only=True)
class LogoutPage(Page):
    """OpenID Connect RP-Initiated Logout §2: ask before ending a session. Posts `decision` = logout or stay."""

    template: ClassVar[str] = "oauth/logout.html"
    app: AppView | None = None
    action: str
    email: str
    hidden: Mapping[str, str] = field(default_factory=dict)
    """The parameters of the logout request, to come back with the answer."""
    others: tuple[str, ...] = ()
    """The addresses of the other accounts signed in here: `decision` = logout_all signs them out, too."""


@dataclass(frozen=True, kw_only=True)
class LoggedOutPage(Page):
    """Nothing is left to do, but to let the frames load."""

    template: ClassVar[str] = "oauth/logged_out.html"
    app: AppView | None = None
    continue_url: str | None = None
    """Back to the app; None when the request named no place that is registered. Where there are frames, a script goes
    there when they have loaded."""
    frames: tuple[str, ...] = ()
    """OpenID Connect Front-Channel Logout §3: the logout pages of the apps of this login."""
    accounts_url: str | None = None
    """Where one of the accounts that are still signed in is chosen; None where there is none."""
    stayed: bool = False
    """The user chose to stay signed in."""
    action_url: str = "/"
    """Where to go when there is no `continue_url`."""
    action_label: str = say("Sign in again")


@dataclass(frozen=True, kw_only=True)
class SessionPage(Page):
    """OpenID Connect Session Management §3.2: the OP iframe, in which a script answers the apps that frame it."""

    template: ClassVar[str] = "oauth/session.html"
    cookie: str
    """The name of the cookie with the state of the browser."""


@dataclass(frozen=True, kw_only=True)
class WebMessagePage(Page):
    """OAuth 2.0 Web Message Response Mode §2: a page that hands the answer to the one that opened or framed it."""

    template: ClassVar[str] = "oauth/web_message.html"
    target_origin: str
    response: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class FormPostPage(Page):
    """OAuth 2.0 Form Post Response Mode §2: a form that posts itself; without scripts its button does."""

    template: ClassVar[str] = "oauth/form_post.html"
    app_name: str | None = None
    action: str
    """The registered redirect_uri."""
    fields: Mapping[str, str]
