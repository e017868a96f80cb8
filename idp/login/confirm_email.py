"""/u/confirm-email: an app wants the address confirmed before it hears of the login; a mail says how."""

from typing import Final

from flask import Response, request

from idp.domain.users.addresses import email_key
from idp.domain.users.mails import mail_verification
from idp.domain.users.models import User
from idp.domain.users.queries import get_user
from idp.domain.users.tickets import LIFETIMES, find_open_ticket
from idp.infra import clock
from idp.infra.words import say
from idp.login import transaction
from idp.login.mail_pages import ConfirmEmailPage
from idp.login.mailing import explain_wait, too_early
from idp.login.transaction import LOGIN, Transaction, see_other
from idp.web import forms
from idp.web.pages import render
from idp.web.rate_limits import seconds_to_wait
from idp.web.refusals import explain
from idp.web.sessions import current_session

PATH = "/u/confirm-email"
PURPOSE: Final = "verify_email"
PAUSE = 30
_PER_MAILBOX = "10/hour"
NOT_YET = say("It is not confirmed yet. Open the newest message and use its button.")
AGAIN = say("Another message is on its way. The link in the earlier one no longer works.")


def show() -> Response:
    """Where the mail went; on, once the address is confirmed. A mail is sent if none is on its way."""
    at, user = _begin()
    if user is None:
        return _onward(at)
    wait = 0 if find_open_ticket(user, PURPOSE) is not None else _mail(at, user)
    if wait:
        explain_wait(wait)
        return forms.slowed(_form(at, user, forms.TOO_MANY, error=too_early(wait)), wait)
    return _form(at, user, notice=AGAIN if "again" in request.args else None)


def submit() -> Response:
    """Look again, or send another mail."""
    at, user = _begin()
    if user is None:
        return _onward(at)
    if forms.read("action") != "resend":
        explain("address", "one that is confirmed", "one that is not")
        return _form(at, user, forms.REFUSED, error=NOT_YET)
    if wait := _pause(user) or _mail(at, user):
        explain_wait(wait)
        return forms.slowed(_form(at, user, forms.TOO_MANY, error=too_early(wait)), wait)
    return see_other(at.url(PATH, again="1"))


def _begin() -> tuple[Transaction, User | None]:
    """Whose address is to be confirmed; None if nobody's is."""
    at = transaction.find()
    session = current_session()
    user = get_user(session.user_id) if session is not None and at.progress is not None else None
    return at, None if user is None or user.email_verified else user


def _onward(at: Transaction) -> Response:
    return at.resume() if at.progress is not None else see_other(at.url(LOGIN))


def _mail(at: Transaction, user: User) -> int:
    """Send a link, in the place of the one before; or the seconds to wait."""
    wait = seconds_to_wait(_PER_MAILBOX, "confirmation mail", email_key(user.email))
    if not wait:
        mail_verification(user, at.app_name, at.state)
    return wait


def _pause(user: User) -> int:
    ticket = find_open_ticket(user, PURPOSE)
    return 0 if ticket is None else max(0, ticket.created_at + PAUSE - clock.now())


def _form(
    at: Transaction, user: User, status: int = 200, *, notice: str | None = None, error: str | None = None
) -> Response:
    page = ConfirmEmailPage(
        app=at.app,
        action=at.url(PATH),
        email=user.email,
        expires_in=LIFETIMES[PURPOSE],
        pause=_pause(user),
        switch_url=at.url(LOGIN, switch="1"),
        notice=notice,
        error=error,
    )
    return render(page, status)
