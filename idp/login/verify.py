"""/u/verify-email: the link of the confirmation mail. Only its button spends it; opened again it says so.

Where the account is not known (neither signed in, nor was), whoever opens it is told when and with what it was made,
and may say that it was somebody else: then nobody keeps anything of it.
"""

from dataclasses import replace
from typing import Final
from urllib.parse import urlencode

from flask import Response, request

from idp.domain.credentials.devices import find_device
from idp.domain.events.reading import find_making
from idp.domain.lifecycle.addresses import confirm_address, disown_account, is_mere_claim
from idp.domain.users.models import Ticket, User
from idp.domain.users.queries import find_user, hold_user
from idp.domain.users.tickets import claim_ticket, find_spent_ticket, find_ticket
from idp.infra.words import Moment, say
from idp.login import transaction
from idp.login.pages import DisownedPage, ExpiredPage, VerifiedPage, VerifyEmailPage
from idp.login.transaction import LOGIN, RESUME, see_other
from idp.web import cookies, forms
from idp.web.pages import AppView, render
from idp.web.refusals import explain, explain_link
from idp.web.return_paths import FRONT
from idp.web.sessions import current_session
from idp.web.user_agents import device_name

PATH = "/u/verify-email"
DISOWNED = f"{PATH}/not-me"
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
    page = VerifyEmailPage(app=_app(ticket), action=_own_url(), email=user.email)
    if not _is_here(user):
        made = find_making(user.id)
        device = device_name(made.user_agent) if made is not None else None
        page = replace(page, made_at=Moment(user.created_at), device=device)
    return render(page)


def submit() -> Response:
    """Confirm the address, or take the account from whoever made it."""
    ticket = find_ticket(_token(), PURPOSE)
    user = _owner(ticket) if ticket is not None else None
    if user is not None and _is_somebody_else(user):
        return _wrong_person(user)
    is_denied = forms.read("answer") == "no"
    # Settled meanwhile, it is denied no more; nor is it confirmed by who says no
    if user is None or (is_denied and not is_mere_claim(user)) or claim_ticket(_token(), PURPOSE) is None:
        return _answer_again(is_denied=is_denied)
    if is_denied:
        disown_account(user)
        return see_other(DISOWNED)
    confirm_address(user, is_here=_is_here(user))
    return see_other(_own_url())


def _answer_again(*, is_denied: bool) -> Response:
    """The form was sent twice: to where the first one led, if it said the same."""
    ticket = find_spent_ticket(_token(), PURPOSE)
    user = hold_user(ticket.user_id) if ticket is not None else None
    if ticket is None or user is None or user.email != ticket.email or user.email_verified is is_denied:
        return _expired()
    if _is_somebody_else(user):
        return _wrong_person(user)
    return see_other(DISOWNED if is_denied else _own_url())


def disowned() -> Response:
    """What was done for who said no."""
    return render(DisownedPage(reset_url="/u/reset-password", login_url=LOGIN))


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


def _is_here(user: User) -> bool:
    """Whether the account is known where the link was opened; one that is proved needs no more proof."""
    session = current_session()
    is_signed_in = session is not None and session.user_id == user.id
    return is_signed_in or not is_mere_claim(user) or find_device(user.id, cookies.device_id()) is not None


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
    explain("account", "the one that the link is for, or nobody signed in", "another one is signed in")
    page = ExpiredPage(
        title=say("This link is for another account"),
        message=message,
        action_url="/v2/logout",
        action_label=say("Sign out"),
    )
    return render(page, 400)


def _expired() -> Response:
    explain_link(_token(), PURPOSE)
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
