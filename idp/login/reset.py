"""/u/reset-password: ask for a link; with `?ticket=`, the link itself.

The answer to asking is the same for every address. Looking at the link spends nothing: mail scanners look too.
"""

from typing import Final

from flask import Response, request

from idp.domain.credentials.authentication import prepare_password
from idp.domain.credentials.factors import enrolled_factors
from idp.domain.lifecycle.passwords import find_reset_user, request_reset, reset_password
from idp.domain.users.models import Ticket, User
from idp.domain.users.queries import get_user
from idp.domain.users.tickets import LIFETIMES, find_ticket
from idp.infra.words import Span, say
from idp.login import signup, transaction
from idp.login.mailing import too_many, wait_for_mailbox
from idp.login.pages import ExpiredPage, ResetDonePage, ResetPasswordPage, ResetRequestPage, ResetSentPage
from idp.login.transaction import LOGIN, Transaction, see_other
from idp.web import cookies, forms
from idp.web.pages import AppView, render
from idp.web.rate_limits import limit
from idp.web.refusals import explain_link
from idp.web.request_facts import client_address
from idp.web.sessions import know_device
from idp.web.settings import settings

PATH = "/u/reset-password"
PURPOSE: Final = "reset_password"
_PER_ADDRESS = "30/hour"
_PER_NETWORK = "5/hour"


def show() -> Response:
    """Where shall the link go; or the link's own page."""
    if "ticket" in request.args:
        return _show_choice()
    at = transaction.find_leniently()
    if not signup.has_password(at):
        return _no_passwords(at)
    known = at.progress.marks.get("username") or at.progress.request.login_hint if at.progress is not None else None
    return render(_request_page(at, email=str(known or "")))


def submit() -> Response:
    """Mail the link; or set the password."""
    return _choose() if "ticket" in request.args else _ask()


def done() -> Response:
    """The password is changed, and no app waits in this browser."""
    everywhere = request.args.get("everywhere") == "yes"
    return render(ResetDonePage(login_url=LOGIN, signed_out_everywhere=everywhere))


def _ask() -> Response:
    at = transaction.find_leniently()
    if not signup.has_password(at):
        return _no_passwords(at)
    email, error = forms.check_email(forms.read("email"))
    if error is not None:
        return render(_request_page(at, email=email, email_error=error), forms.REFUSED)
    limit(_PER_ADDRESS, "reset", client_address())
    if wait := wait_for_mailbox(_PER_NETWORK, "reset mail", email):
        refused = _request_page(at, email=email, error=too_many(wait))
        return forms.slowed(render(refused, forms.TOO_MANY), wait)
    request_reset(email, at.state)
    page = ResetSentPage(
        app=_app(at),
        email=email,
        expires_in=LIFETIMES[PURPOSE],
        login_url=at.url(LOGIN),
        again_url=at.url(PATH),
    )
    return render(page)


def _show_choice() -> Response:
    found = _find()
    if found is None:
        return _expired()
    at = transaction.for_state(found[0].state)
    return render(_choice_page(*found)) if signup.has_password(at) else _no_passwords(at)


def _choose() -> Response:
    found = _find()
    if found is None:
        return _expired()
    ticket, user = found
    at = transaction.for_state(ticket.state)
    if not signup.has_password(at):
        return _no_passwords(at)
    everywhere = forms.read("sign_out_everywhere") == "yes"
    password = forms.read("password")
    if problem := forms.password_problem(password, [user.email]):
        return render(_choice_page(ticket, user, problem, everywhere=everywhere), forms.REFUSED)
    stored_hash = prepare_password(password)
    spent = reset_password(_token(), stored_hash, cookies.device_id(), everywhere=everywhere)
    if spent is None:
        return _expired()
    if not enrolled_factors(spent.user_id):
        # The link proved who sits here: guesses of others no longer slow this device down. Where there is a second
        # factor it proved half of that, and each link would bring new guesses at the other half
        know_device(get_user(spent.user_id))
    if at.progress is not None:
        return see_other(at.marked("username", spent.email).url(LOGIN, notice="password_changed"))
    cookies.write(cookies.HINT, spent.email, cookies.HINT_SECONDS)
    return see_other(f"{PATH}/done?everywhere={'yes' if everywhere else 'no'}")


def _no_passwords(at: Transaction) -> Response:
    """Where nobody signs in by a password none is chosen: the login page says what to do instead."""
    return see_other(at.url(LOGIN, notice="no_passwords"))


def _find() -> tuple[Ticket, User] | None:
    ticket = find_ticket(_token(), PURPOSE)
    user = find_reset_user(ticket) if ticket is not None else None
    return None if ticket is None or user is None else (ticket, user)


def _token() -> str:
    return request.args.get("ticket", "")


def _request_page(at: Transaction, **values: str | None) -> ResetRequestPage:
    return ResetRequestPage(app=_app(at), action=at.url(PATH), login_url=at.url(LOGIN), **values)  # type: ignore[arg-type]


def _choice_page(
    ticket: Ticket, user: User, problem: str | None = None, *, everywhere: bool = True
) -> ResetPasswordPage:
    return ResetPasswordPage(
        app=_app(transaction.for_state(ticket.state)),
        action=f"{PATH}?ticket={_token()}",
        email=user.email,
        min_length=settings().password_min_length,
        sign_out_everywhere=everywhere,
        password_error=problem,
    )


def _expired() -> Response:
    explain_link(_token(), PURPOSE)
    page = ExpiredPage(
        title=say("This link does not work any more"),
        message=say(
            "It was used before, is older than {time}, or a newer one was sent. Ask for another.",
            time=Span(LIFETIMES[PURPOSE]),
        ),
        action_url=PATH,
        action_label=say("Send a new link"),
    )
    return render(page, 400)


def _app(at: Transaction) -> AppView | None:
    return at.app if at.progress is not None else None
