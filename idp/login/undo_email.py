"""/u/undo-email: the link that the address before gets when an account's address has changed: "it was not me"."""

from typing import Final
from urllib.parse import urlencode

from flask import Response, request

from idp.domain.lifecycle.taking_back import AddressHeldError, find_undo, find_undone, undo_email_change
from idp.infra.words import say
from idp.login.pages import ExpiredPage, UndoEmailPage
from idp.login.transaction import see_other
from idp.web.pages import render
from idp.web.refusals import explain, explain_link

PATH = "/u/undo-email"
PURPOSE: Final = "undo_email"
_RESET = "/u/reset-password"
_ACCOUNT_EMAIL = "/account/email"


def show() -> Response:
    """The button; looking spends nothing."""
    try:
        undo = find_undo(_token())
    except AddressHeldError as held:
        return _held(held)
    if undo is None:
        return _spent()
    action = f"{PATH}?{urlencode({'ticket': _token()})}"
    return render(UndoEmailPage(action=action, email=undo.email, is_claimed=undo.is_claimed))


def submit() -> Response:
    """Take the account back, and on to a new password."""
    try:
        reset = undo_email_change(_token())
    except AddressHeldError as held:
        return _held(held)
    return _spent() if reset is None else see_other(f"{_RESET}?{urlencode({'ticket': reset})}")


def _held(held: AddressHeldError) -> Response:
    """Who reads the address has another account with it: that one makes room first."""
    explain("address", "one that no other account has", "one that was confirmed for another account", held.user_id)
    page = ExpiredPage(
        title=say("Another account has this address"),
        message=held.message,
        action_url=_ACCOUNT_EMAIL,
        action_label=say("Change its e-mail address"),
    )
    return render(page, 400)


def _spent() -> Response:
    """The link did its work, or never will."""
    email = find_undone(_token())
    if email is not None:
        return _undone(email)
    explain_link(_token(), PURPOSE)
    page = ExpiredPage(
        title=say("This link does not work any more"),
        message=say("It was used before, or is too old. If you cannot get into your account, choose a new password."),
        action_url=_RESET,
        action_label=say("Choose a new password"),
    )
    return render(page, 400)


def _undone(email: str) -> Response:
    page = ExpiredPage(
        title=say("You have your account back"),
        message=say("Its address is {email} again. If you have not chosen a new password yet, do so now.", email=email),
        action_url=_RESET,
        action_label=say("Choose a new password"),
    )
    return render(page)


def _token() -> str:
    return request.args.get("ticket", "")
