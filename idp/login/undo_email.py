"""/u/undo-email: the link that the address before gets when an account's address has changed: "it was not me"."""

from urllib.parse import urlencode

from flask import Response, request

from idp.domain.lifecycle.email_change import find_undo, undo_email_change
from idp.infra.words import say
from idp.login.pages import ExpiredPage, UndoEmailPage
from idp.login.transaction import see_other
from idp.web.pages import render

PATH = "/u/undo-email"
_RESET = "/u/reset-password"


def show() -> Response:
    """The button; looking spends nothing."""
    ticket = find_undo(_token())
    if ticket is None:
        return _expired()
    return render(UndoEmailPage(action=f"{PATH}?{urlencode({'ticket': _token()})}", email=ticket.email))


def submit() -> Response:
    """Take the account back, and on to a new password."""
    reset = undo_email_change(_token())
    return _expired() if reset is None else see_other(f"{_RESET}?{urlencode({'ticket': reset})}")


def _expired() -> Response:
    page = ExpiredPage(
        title=say("This link does not work any more"),
        message=say("It was used before, or is too old. If you cannot get into your account, choose a new password."),
        action_url=_RESET,
        action_label=say("Choose a new password"),
    )
    return render(page, 400)


def _token() -> str:
    return request.args.get("ticket", "")
