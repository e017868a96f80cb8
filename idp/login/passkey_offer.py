"""/u/passkey/offer: "Faster next time", once, after a login in a browser that can keep a passkey.

It stands between the login and the app only while it is looked at: the app's sign-in never waits for it, and whoever
comes by another way goes on.
"""

from typing import Final

from flask import Response

from idp.domain.credentials.passkey_answers import PasskeyRefusedError
from idp.domain.credentials.passkeys import decline_offer
from idp.domain.lifecycle.passkeys import add_passkey
from idp.domain.users.models import User
from idp.domain.users.queries import find_user
from idp.infra import clock
from idp.login import transaction
from idp.login.entering import PASSKEY_OFFER, is_passkey_offered
from idp.login.methods import passkey
from idp.login.passkey_pages import PasskeyOfferPage
from idp.login.transaction import LOGIN, Transaction
from idp.web import cookies, forms
from idp.web.pages import render
from idp.web.passkeys import FIELD, creation_form
from idp.web.sessions import current_session, hold_session

_FRESH_SECONDS: Final = 5 * 60


def show() -> Response:
    """The offer, if it is one for this person; else on."""
    at = transaction.find()
    user = _offered(at)
    return _on(at) if user is None else _page(at, user)


def submit() -> Response:
    """Keep the passkey, or do not offer one for a while."""
    at = transaction.find()
    hold_session()
    user = _offered(at)
    if user is None:
        return _on(at)
    if forms.read("action") == "later":
        decline_offer(user)
        return _on(at)
    try:
        add_passkey(user, forms.read(FIELD), cookies.find_browser_id())
    except PasskeyRefusedError as refused:
        passkey.note(refused, at, user.id)
        return _page(at, user, refused.message)
    return _on(at)


def _offered(at: Transaction) -> User | None:
    """Whom it is offered to: who signed in a moment ago. With an older login somebody else may sit at the keyboard."""
    session = current_session()
    if session is None or clock.now() - session.auth_time > _FRESH_SECONDS:
        return None
    user = find_user(session.user_id)
    return user if user is not None and is_passkey_offered(at, user, session.amr) else None


def _on(at: Transaction) -> Response:
    return at.go(LOGIN) if at.progress is None else at.resume()


def _page(at: Transaction, user: User, error: str | None = None) -> Response:
    form = creation_form(at.url(PASSKEY_OFFER), user)
    page = PasskeyOfferPage(app=at.app, email=user.email, passkey=form, error=error)
    return render(page, forms.REFUSED if error else 200)
