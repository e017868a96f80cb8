"""/u/invitation: the link of an invitation. Looking at it spends nothing: mail scanners look too.

/u/signup/finish is its like for who signs up where passkeys alone are on; there both lead to a first passkey.
"""

from dataclasses import replace
from typing import Final
from urllib.parse import urlencode

from flask import Response, request

from idp.domain.clients.client import Client
from idp.domain.clients.queries import find_client_now
from idp.domain.credentials.authentication import prepare_password
from idp.domain.credentials.passkey_answers import PasskeyRefusedError
from idp.domain.lifecycle.invitations import accept_by_passkey, accept_invitation, find_invitation
from idp.domain.users.models import Ticket, User
from idp.domain.users.tickets import LIFETIMES
from idp.infra.words import Span, say
from idp.login import signup, transaction
from idp.login.entering import enter
from idp.login.mail_pages import InvitationPage, InvitedPage
from idp.login.methods import email_code, magic_link, passkey, password
from idp.login.methods.port import Method
from idp.login.pages import ExpiredPage
from idp.login.passkey_pages import FirstPasskeyPage
from idp.login.transaction import LOGIN, Transaction, see_other
from idp.login.verify import wrong_person
from idp.web import cookies, forms
from idp.web.app_views import app_view, find_home, own_view
from idp.web.pages import render
from idp.web.passkeys import FIELD, creation_form
from idp.web.refusals import explain_link
from idp.web.sessions import current_session
from idp.web.settings import settings

PATH = "/u/invitation"
SIGNUP_PATH = "/u/signup/finish"
WELCOME = "/u/invitation/welcome"
ACCOUNT = "/account"
LATER: Final = "later"


def show() -> Response:
    """How will you sign in?"""
    found = find_invitation(_token())
    if found is None:
        return _over()
    ticket, user = found
    return _wrong_person(user) if _is_somebody_else(user) else _form(ticket, user)


def submit() -> Response:
    """Take the account over and sign in."""
    found = find_invitation(_token())
    if found is None:
        return _over()
    ticket, user = found
    if _is_somebody_else(user):
        return _wrong_person(user)
    at = _transaction(ticket, user)
    if signup.has_passkey_alone(at):
        return _accept_by_passkey(at, ticket, user)
    return _accept_as_chosen(at, ticket, user)


def _accept_as_chosen(at: Transaction, ticket: Ticket, user: User) -> Response:
    """With a password, or without one."""
    other = _other_way(at)
    if forms.read("action") == LATER and other is not None:
        return _accept(at, None, other)
    if not signup.has_password(at):  # or the link would be spent, and lead nowhere
        return _form(ticket, user)
    chosen = forms.read("password")
    if problem := forms.password_problem(chosen, [user.email, at.app.name]):
        return _form(ticket, user, problem)
    return _accept(at, prepare_password(chosen), password.METHOD)


def welcome() -> Response:
    """Signed in, and on to the app."""
    session = current_session()
    client = find_client_now(request.args.get("client_id", ""))
    if session is None or client is None or client.disabled_at is not None:
        return see_other(LOGIN)
    home = find_home(client, client.redirect_uris[0] if client.redirect_uris else "")
    page = InvitedPage(
        app=app_view(client),
        email=session.email,
        continue_url=home or ACCOUNT,
        continue_label=say("Continue to {app}", app=client.name) if home else say("See your account"),
    )
    return render(page)


def _accept(at: Transaction, stored_hash: str | None, method: Method) -> Response:
    user = accept_invitation(_token(), stored_hash)
    return _over() if user is None else enter(_for_all(at), user, method)


def _accept_by_passkey(at: Transaction, ticket: Ticket, user: User) -> Response:
    try:
        accepted = accept_by_passkey(_token(), forms.read(FIELD), cookies.find_browser_id())
    except PasskeyRefusedError as refused:
        passkey.note(refused, at, user.id)
        return _passkey_form(at, ticket, user, refused.message)
    return _over() if accepted is None else enter(_for_all(at), accepted, passkey.METHOD)


def _for_all(at: Transaction) -> Transaction:
    """To sign in as for any app: what this one asks beyond that it asks when it is opened, with a way back to it."""
    return at if at.progress is not None else replace(at, client=None)


def _other_way(at: Transaction) -> Method | None:
    """What the link itself counts as, where one need not choose a password: it came by mail."""
    first = at.first
    return next((each for each in (email_code.METHOD, magic_link.METHOD) if each.name in first), None)


def _transaction(ticket: Ticket, user: User) -> Transaction:
    """What the link goes on with: the sign-in that it was asked for in, where it is opened there; else the app."""
    if transaction.for_state(ticket.state).progress is not None:
        return transaction.find_again(ticket.state, None)
    client = _client(ticket)
    if client is not None:
        onward: str | None = f"{WELCOME}?{urlencode({'client_id': client.id})}"
    else:
        onward = None if user.is_admin else ACCOUNT
    return Transaction(app=app_view(client) if client else own_view(), client=client, return_to=onward)


def _client(ticket: Ticket) -> Client | None:
    client = find_client_now(ticket.client_id) if ticket.client_id else None
    return client if client is not None and client.disabled_at is None else None


def _form(ticket: Ticket, user: User, problem: str | None = None) -> Response:
    at = _transaction(ticket, user)
    if signup.has_passkey_alone(at):
        return _passkey_form(at, ticket, user)
    page = InvitationPage(
        app=at.app,
        action=_own_url(),
        email=user.email,
        min_length=settings().password_min_length,
        has_password=signup.has_password(at),
        has_other=_other_way(at) is not None,
        password_error=problem,
    )
    return render(page, forms.REFUSED if problem else 200)


def _passkey_form(at: Transaction, ticket: Ticket, user: User, error: str | None = None) -> Response:
    page = FirstPasskeyPage(
        app=at.app,
        email=user.email,
        passkey=creation_form(_own_url(), user),
        is_invited=ticket.purpose == "invite",
        error=error,
    )
    return render(page, forms.REFUSED if error else 200)


def _is_somebody_else(user: User) -> bool:
    session = current_session()
    return session is not None and session.user_id != user.id


def _wrong_person(user: User) -> Response:
    if request.path == SIGNUP_PATH:
        return wrong_person(
            say(
                "It is for {email}, but somebody else is signed in here. Sign out, then open the link again.",
                email=user.email,
            )
        )
    return wrong_person(
        say(
            "It invites {email}, but somebody else is signed in here. Sign out, then open the link again.",
            email=user.email,
        )
    )


def _over() -> Response:
    explain_link(_token(), "sign_up" if request.path == SIGNUP_PATH else "invite")
    title, message = (
        say("This invitation does not work any more"),
        say(
            "It was accepted before, is older than {time}, or a newer one was sent. If you have accepted it, sign in.",
            time=Span(LIFETIMES["invite"]),
        ),
    )
    if request.path == SIGNUP_PATH:
        title, message = (
            say("This link does not work any more"),
            say("It was used before, is older than {time}, or a newer one was sent.", time=Span(LIFETIMES["sign_up"])),
        )
    page = ExpiredPage(
        title=title,
        message=message,
        action_url=LOGIN,
        action_label=say("Continue") if current_session() is not None else say("Sign in"),
    )
    return render(page, 400)


def _token() -> str:
    return request.args.get("ticket", "")


def _own_url() -> str:
    return f"{request.path}?{urlencode({'ticket': _token()})}"
