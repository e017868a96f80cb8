"""/u/login/password: the password, where the address has a page of its own (`identifier_first`).

The page reads the same for every address. What was typed is on the interaction, or in the query where there is none;
the form carries it along, so that what is tried is what the page showed.
"""

from flask import Response, request

from idp.domain.credentials.hashing import place
from idp.login import login, transaction
from idp.login.mailing import parts_for
from idp.login.pages import PasswordPage
from idp.login.select_account import SWITCH
from idp.login.transaction import LOGIN, Transaction
from idp.web import forms
from idp.web.pages import render

PATH = login.PASSWORD_PATH


def show() -> Response:
    """The field; or where no address was typed, the page that asks for it."""
    at = transaction.find()
    if login.is_done(at):
        return at.resume()
    username, error = forms.check_email(_typed(at))
    return at.go(LOGIN) if error is not None or not login.is_identifier_first(at) else _form(at, username=username)


def submit() -> Response:
    """Check the password, or take one of the other ways; as the login page does where nothing was typed before."""
    if forms.read("action") == "email_code":
        return login.mail(transaction.find(), _form)
    if forms.read("action") == "cancel" or not forms.read(login.USERNAME):
        return login.submit()
    with place():  # before anything is asked of the database
        return login.check_password(transaction.find(), _form)


def _typed(at: Transaction) -> str:
    known = at.progress.marks.get(login.USERNAME) if at.progress is not None else request.args.get(login.USERNAME)
    return str(known or "")


def _form(
    at: Transaction,
    status: int = 200,
    *,
    username: str,
    username_error: str | None = None,
    **values: str | int | None,
) -> Response:
    if username_error is not None or not login.is_identifier_first(at):
        return at.go(LOGIN)
    page = PasswordPage(
        app=at.app,
        action=at.url(PATH),
        email=username,
        switch_url=at.url(LOGIN, **{SWITCH: "1"}),
        reset_url=at.url("/u/reset-password"),
        mails=parts_for(at),
        has_app=at.progress is not None,
        **values,  # type: ignore[arg-type]
    )
    return render(page, status)
