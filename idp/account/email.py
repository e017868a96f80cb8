"""/account/email: another address, asked for by who signed in a moment ago; made so by the link that it is mailed.

The link wants its owner signed in: in the mailbox of a stranger, after a typing error, it is of no use.
"""

from urllib.parse import urlencode

from flask import Response, request

from idp.account.access import owner, owner_user, require_strong, see_other
from idp.account.pages import EmailConfirmPage, EmailExpiredPage, EmailPage, EmailSentPage, EmailTakenPage
from idp.domain.errors import InvalidInputError
from idp.domain.lifecycle.email_change import (
    AddressTakenError,
    confirm_email_change,
    find_email_change,
    has_changed,
    request_email_change,
)
from idp.domain.users.tickets import LIFETIMES
from idp.web import forms
from idp.web.pages import render
from idp.web.rate_limits import limit
from idp.web.refusals import explain, explain_link

PATH = "/account/email"
CONFIRM_PATH = f"{PATH}/confirm"
_DONE = "/account?notice=email_changed"
_MAILS = "5/hour"


def show() -> Response:
    """The form."""
    require_strong()
    return render(EmailPage(email=owner().email))


def submit() -> Response:
    """Mail the link."""
    require_strong()
    typed = forms.read("email")
    address, error = forms.check_email(typed)
    if error is not None:
        return render(EmailPage(email=owner().email, value=typed, error=error), forms.REFUSED)
    limit(_MAILS, "email change", owner().user_id)
    try:
        request_email_change(owner_user(), address)
    except InvalidInputError as fault:
        return render(EmailPage(email=owner().email, value=typed, error=fault.message), forms.REFUSED)
    return render(EmailSentPage(email=owner().email, address=address, expires_in=LIFETIMES["change_email"]))


def show_confirm() -> Response:
    """The button of the link; looking spends nothing."""
    ticket = find_email_change(owner_user(), _token())
    if ticket is None:
        return _spent()
    action = f"{CONFIRM_PATH}?{urlencode({'ticket': _token()})}"
    return render(EmailConfirmPage(email=owner().email, action=action, address=ticket.email))


def confirm() -> Response:
    """Change the address."""
    try:
        if not confirm_email_change(owner_user(), _token()):
            return _spent()
    except AddressTakenError as taken:
        explain("address", "one that no other account has", "one that another account has, or may have back")
        return render(EmailTakenPage(email=owner().email, message=taken.message), 400)
    return see_other(_DONE)


def _spent() -> Response:
    """The link did its work, and leads where that did; or it never will."""
    if has_changed(owner_user(), _token()):
        return see_other(_DONE)
    explain_link(_token(), "change_email", owner().user_id)
    return render(EmailExpiredPage(email=owner().email), 400)


def _token() -> str:
    return request.args.get("ticket", "")
