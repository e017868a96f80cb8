"""What both ways of logging out share: ask where it is needed, end the login, send back to a registered place."""

from collections.abc import Mapping
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
from idp.web.return_paths import FRONT
from idp.web.sessions import current_session, sign_out
from idp.web.settings import settings

_SIGNED_IN = say("You are still signed in here. You can sign out without going back to the app.")
_SIGNED_OUT = say("You are not signed in here. You can go back to the app.")
CONSOLE = "/admin"


def ask(
    session: LiveSession, action: str, hidden: Mapping[str, str], client: Client | None, target: str | None
) -> Response:
    """The page that asks before anything ends."""
    if target is not None:
        allow_form_target(target)
    return render(LogoutPage(app=_view(client), action=action, email=session.email, hidden=hidden))


def finish(target: str | None, state: str | None, client: Client | None) -> Response:
    """End the login and go back, or say that it is done; first a page, if there are apps to tell in frames."""
    sid = sign_out(by="the user")
    frames = front_channel.frames(list_participants(sid), sid) if sid is not None else ()
    back = None if target is None else _with_state(target, state)
    if back is None or frames:
        url, label = _home(client) or (FRONT, say("Sign in again"))
        page = LoggedOutPage(app=_view(client), continue_url=back, frames=frames, action_url=url, action_label=label)
        return render(page)
    return see_other(back)


def stay(client: Client | None) -> Response:
    """The user thought better of it."""
    session = current_session()
    own = (CONSOLE, say("Open the console")) if session is not None and session.is_admin else (FRONT, say("Continue"))
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


def _with_state(target: str, state: str | None) -> str:
    return target if state is None else f"{target}{'&' if '?' in target else '?'}{urlencode({'state': state})}"


def _view(client: Client | None) -> AppView | None:
    return app_view(client) if client is not None else None
