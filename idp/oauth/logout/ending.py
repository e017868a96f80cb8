"""What both ways of logging out share: ask where it is needed, end the login, send back to a registered place."""

from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from flask import Response

from idp.domain.clients.client import Client
from idp.domain.sessions.browser_sessions import LiveSession
from idp.oauth.pages import LoggedOutPage, LogoutPage
from idp.oauth.response_modes.query import see_other
from idp.web.errors import error_page
from idp.web.headers import allow_form_target
from idp.web.pages import AppView, FailedCheck, render
from idp.web.sessions import sign_out
from idp.web.settings import settings


def ask(
    session: LiveSession, action: str, hidden: Mapping[str, str], client: Client | None, target: str | None
) -> Response:
    """The page that asks before anything ends."""
    if target is not None:
        allow_form_target(target)
    return render(LogoutPage(app=app_view(client), action=action, email=session.email, hidden=hidden))


def finish(target: str | None, state: str | None, client: Client | None) -> Response:
    """End the login and go back, or say that it is done."""
    sign_out(by="the user")
    if target is None:
        return render(LoggedOutPage(app=app_view(client)))
    if state is None:
        return see_other(target)
    return see_other(f"{target}{'&' if '?' in target else '?'}{urlencode({'state': state})}")


def stay(client: Client | None) -> Response:
    """The user thought better of it."""
    return render(LoggedOutPage(app=app_view(client), stayed=True))


def unregistered(target: str, client: Client | None, parameter: str) -> Response:
    """The place to go back to is none that we know: never a redirect, and one button that logs out all the same."""
    registered = " or ".join(client.logout_uris) if client else "a client that is named by id_token_hint or client_id"
    check = FailedCheck(check=parameter, expected=registered or "none is registered", received=target)
    return error_page(
        400,
        "This sign-out link does not work",
        "The app named a place to return to that is not registered for it. You are still signed in here.",
        advice="You can sign out without going back to the app.",
        action_url="/oidc/logout",
        action_label="Sign out",
        checks=(check,) if settings().is_local else (),
    )


def app_view(client: Client | None) -> AppView | None:
    """The app as its users see it."""
    if client is None:
        return None
    return AppView(
        name=client.name,
        host=urlsplit(client.client_uri or "").hostname,
        logo_url=client.logo_uri,
        terms_url=client.tos_uri,
        privacy_url=client.policy_uri,
        support_url=settings().support_url,
        third_party=client.is_third_party,
    )
