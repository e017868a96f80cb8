"""/u/select-account: who of those signed in in this browser it shall be, or somebody else; signing one of them out."""

from typing import Final

from flask import Response

from idp.domain.interactions.policy import ACCOUNT
from idp.domain.users.queries import find_user
from idp.login import transaction
from idp.login.account_choice_page import AccountLine, SelectAccountPage
from idp.login.entering import forget_pending
from idp.login.transaction import LOGIN, Transaction, see_other
from idp.web import forms
from idp.web.pages import render
from idp.web.people import portrait_of
from idp.web.sessions import Account, current_session, list_accounts, sign_out, switch_to

PATH: Final = "/u/select-account"
#: In the query of the login page: whoever is signed in, somebody else will be.
SWITCH: Final = "switch"


def url_to_switch(at: Transaction) -> str:
    """Where "not you?" leads: to the others who are signed in here, or to the login if there are none."""
    return at.url(PATH) if len(list_accounts()) > 1 else at.url(LOGIN, **{SWITCH: "1"})


def show() -> Response:
    """The list; on to the login where there is nobody to choose."""
    at = transaction.find()
    accounts = list_accounts()
    if not accounts:
        return at.go(LOGIN)
    chosen = current_session()
    page = SelectAccountPage(
        app=at.app,
        action=at.url(PATH),
        accounts=tuple(_line(account, is_current=account.session == chosen) for account in accounts),
        other_url=at.url(LOGIN, **{SWITCH: "1"}),
        has_app=at.progress is not None,
    )
    return render(page)


def submit() -> Response:
    """Go on with one; or sign one out; or back to the app."""
    at = transaction.find()
    if forms.read("action") == "cancel" and at.progress is not None:
        return at.marked("denied", "access_denied").resume()
    if removed := forms.read("remove"):
        sign_out(by="the user", sid=removed)
        return at.go(PATH)
    chosen = switch_to(forms.read("account"))
    if chosen is None:  # signed out meanwhile, here or elsewhere
        return at.go(PATH)
    forget_pending()
    at = at.marked(ACCOUNT, chosen.sid)
    return at.resume() if at.progress is not None else see_other(at.return_to or LOGIN)


def _line(account: Account, *, is_current: bool) -> AccountLine:
    user, email = find_user(account.session.user_id), account.session.email
    return AccountLine(
        sid=account.session.sid,
        email=email,
        portrait=portrait_of(user, email),
        name=str((user.claims if user is not None else {}).get("name") or ""),
        is_current=is_current,
    )
