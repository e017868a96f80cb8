"""/u/verify-email: the link of the confirmation mail. Only its button spends it; opened again it says so."""

from typing import Final
from urllib.parse import urlencode

from flask import Response, request

from idp.domain.users.accounts import mark_email_verified
from idp.domain.users.models import Ticket, User
from idp.domain.users.queries import find_user
from idp.domain.users.tickets import claim_ticket, find_spent_ticket, find_ticket
from idp.infra.words import say
from idp.login import transaction
from idp.login.pages import ExpiredPage, VerifiedPage, VerifyEmailPage
from idp.login.transaction import LOGIN, RESUME, see_other
from idp.web.pages import AppView, render
from idp.web.return_paths import FRONT
from idp.web.sessions import current_session

PATH = "/u/verify-email"
PURPOSE: Final = "verify_email"


def show() -> Response:
    """The button, or what came of it."""
    ticket = find_ticket(_token(), PURPOSE)
    if ticket is None:
        return _show_spent()
    user = _owner(ticket)
    if user is None:
        return _expired()
    if _is_somebody_else(user):
        return _wrong_person(user)
    return render(VerifyEmailPage(app=_app(ticket), action=_own_url(), email=user.email))


def submit() -> Response:
    """Confirm the address."""
    ticket = find_ticket(_token(), PURPOSE)
    user = _owner(ticket) if ticket is not None else None
    if user is not None and _is_somebody_else(user):
        return _wrong_person(user)
    if user is not None and claim_ticket(_token(), PURPOSE) is not None:
        mark_email_verified(user)
        return see_other(_own_url())
    return _expired()


def _show_spent() -> Response:
    ticket = find_spent_ticket(_token(), PURPOSE)
    user = _owner(ticket) if ticket is not None else None
    if ticket is None or user is None or not user.email_verified:
        return _expired()
    url, label = _way_on(ticket)
    return render(VerifiedPage(app=_app(ticket), email=user.email, continue_url=url, continue_label=label))


def _way_on(ticket: Ticket) -> tuple[str, str]:
    """To the app whose sign-in still waits, to the app itself, or to our own front page; and what the button says."""
    at = transaction.for_state(ticket.state)
    if at.progress is not None:
        return at.url(RESUME), say("Continue to {app}", app=at.app.name)
    client, home = transaction.find_app(ticket.state) or (None, None)
    if client is not None and home is not None:
        return home, say("Continue to {app}", app=client.name)
    return FRONT, say("Continue") if current_session() is not None else say("Sign in")


def _owner(ticket: Ticket) -> User | None:
    """Whose address the link confirms; None once it has changed."""
    user = find_user(ticket.user_id)
    return user if user is not None and user.email == ticket.email else None


def _is_somebody_else(user: User) -> bool:
    session = current_session()
    return session is not None and session.user_id != user.id


def _wrong_person(user: User) -> Response:
    return wrong_person(
        say(
            "It confirms {email}, but somebody else is signed in here. Sign out, then open the link again.",
            email=user.email,
        )
    )


def wrong_person(message: str) -> Response:
    """A link of a mail was opened where somebody else is signed in."""
    page = ExpiredPage(
        title=say("This link is for another account"),
        message=message,
        action_url="/v2/logout",
        action_label=say("Sign out"),
    )
    return render(page, 400)


def _expired() -> Response:
    page = ExpiredPage(
        title=say("This link does not work any more"),
        message=say("It is too old, a newer one was sent, or the address has changed. Signing in works all the same."),
        action_url=LOGIN,
        action_label=say("Sign in"),
    )
    return render(page, 400)


def _app(ticket: Ticket) -> AppView | None:
    at = transaction.for_state(ticket.state)
    return at.app if at.progress is not None else None


def _token() -> str:
    return request.args.get("ticket", "")


def _own_url() -> str:
    return f"{PATH}?{urlencode({'ticket': _token()})}"
