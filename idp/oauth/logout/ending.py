"""What both ways of logging out share: ask where it is needed, end the login, send back to a registered place."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Response

from idp.domain.clients.client import Client
from idp.domain.sessions.browser_sessions import LiveSession
from idp.domain.sessions.participants import list_participants
from idp.infra.words import say
from idp.oauth.logout import front_channel
from idp.oauth.pages import LoggedOutPage, LogoutPage
from idp.oauth.response_modes.query import see_other
from idp.web.app_views import app_view, find_home
from idp.web.errors import error_page
from idp.web.headers import allow_form_target
from idp.web.pages import AppView, FailedCheck, render
from idp.web.refusals import explain
from idp.web.return_paths import FRONT
from idp.web.sessions import current_session, list_accounts, sign_out, sign_out_all
from idp.web.settings import settings

ACCOUNT = "/account"
#: Where one of those who are still signed in is chosen.
ACCOUNTS = "/u/select-account"
#: The field that says which login was asked about.
ASKED = "sid"
_SIGNED_IN = say("You are still signed in here. You can sign out without going back to the app.")
_SIGNED_OUT = say("You are not signed in here. You can go back to the app.")
CONSOLE = "/admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    """Where to go when it is done: to a registered place of the client's, or nowhere."""

    client: Client | None
    target: str | None
    state: str | None = None

    @property
    def url(self) -> str | None:
        """The place, with the state that the app wants back."""
        if self.target is None or self.state is None:
            return self.target
        return f"{self.target}{'&' if '?' in self.target else '?'}{urlencode({'state': self.state})}"


def ask(
    session: LiveSession, action: str, hidden: Mapping[str, str], client: Client | None, target: str | None
) -> Response:
    """The page that asks before anything ends."""
    if target is not None:
        allow_form_target(target)
    page = LogoutPage(
        app=_view(client),
        action=action,
        email=session.email,
        hidden={**hidden, ASKED: session.sid},
        others=tuple(each.session.email for each in list_accounts() if each.session.sid != session.sid),
    )
    return render(page)


def finish(back: Back, *, sid: str | None = None, everybody: bool = False) -> Response:
    """End a login and go back, or say that it is done; first a page, if there are apps to tell in frames.

    `sid` names one of this browser's, None the current one; `everybody` ends them all.
    """
    ended = sign_out_all(by="the user") if everybody else (sign_out(by="the user", sid=sid),)
    frames = front_channel.frames({each: list_participants(each) for each in ended if each is not None})
    if back.url is None or frames:
        left = bool(list_accounts())
        url, label = _home(back.client) or (FRONT, say("Sign in again"))
        page = LoggedOutPage(
            app=_view(back.client),
            continue_url=back.url,
            frames=frames,
            action_url=url,
            action_label=label,
            accounts_url=ACCOUNTS if left else None,
        )
        return render(page)
    return see_other(back.url)


def stay(client: Client | None) -> Response:
    """The user thought better of it."""
    session = current_session()
    own = (
        (CONSOLE, say("Open the console"))
        if session is not None and session.is_admin
        else (ACCOUNT, say("Your account"))
    )
    url, label = _home(client) or own
    return render(LoggedOutPage(app=_view(client), stayed=True, action_url=url, action_label=label))


def unregistered(target: str, client: Client | None, parameter: str) -> Response:
    """The place to go back to is none that we know."""
    registered = " or ".join(client.logout_uris) if client else "a client that is named by id_token_hint or client_id"
    check = FailedCheck(check=parameter, expected=registered or "none is registered", received=target)
    return _refused(say("The app named a place to return to that is not registered for it."), check)


def unproven(client: Client | None) -> Response:
    """What should say who asks is no ID token of ours, or another client's."""
    expected = f"an ID token for {client.id}, as it was issued" if client else "an ID token, as it was issued"
    check = FailedCheck(check="id_token_hint", expected=expected, received="something else")
    return _refused(say("The app did not prove that this is about your sign-in to it."), check)


def _refused(message: str, check: FailedCheck) -> Response:
    """Never a redirect (RP-Initiated Logout §4); one button that signs out all the same, where there is anybody."""
    explain(check.check, check.expected, check.received)
    signed_in = current_session() is not None
    way_on = {"action_url": "/oidc/logout", "action_label": say("Sign out")} if signed_in else {}
    return error_page(
        400,
        say("This sign-out link does not work"),
        message,
        advice=_SIGNED_IN if signed_in else _SIGNED_OUT,
        checks=(check,) if settings().is_local else (),
        **way_on,
    )


def _home(client: Client | None) -> tuple[str, str] | None:
    """The app itself, where it is known, and what the button that leads there says."""
    home = find_home(client) if client is not None else None
    return None if client is None or home is None else (home, say("Return to {app}", app=client.name))


def _view(client: Client | None) -> AppView | None:
    return app_view(client) if client is not None else None
