"""/u/passkey/first: the app takes a passkey alone, and the person signed in by another way.

Who has none makes the first one, by a login of the last minutes that proved what else there is: as in the account. Who
has one uses it. Either counts as its use, as for who signs up where passkeys alone are on.
"""

from flask import Response

from idp.domain.clients.login_rules import insists_on_passkey
from idp.domain.credentials.factors import TWO_FACTORS, enrolled_factors, has_own_factor
from idp.domain.credentials.passkey_answers import PasskeyRefusedError
from idp.domain.credentials.passkeys import use_passkey
from idp.domain.lifecycle.passkeys import add_passkey
from idp.domain.sessions.acr import ways_of
from idp.domain.tenant.login_policy import find_login_policy
from idp.domain.users.queries import get_user
from idp.login import transaction
from idp.login.entering import SECOND_FACTOR, Candidate, prove
from idp.login.methods import passkey
from idp.login.passkey_pages import FirstPasskeyPage, PasskeyPage
from idp.login.second_factor import NotDueError, is_fresh
from idp.login.transaction import LOGIN, RESUME, Transaction
from idp.web import cookies, forms
from idp.web.pages import render
from idp.web.passkeys import FIELD, creation_form, proof_form
from idp.web.sessions import current_session, hold_session

PATH = "/u/passkey/first"


def show() -> Response:
    """The button that makes one, or that asks for the one there is."""
    at = transaction.find()
    candidate, has_one = _find_due(at)
    return _page(at, candidate, has_one=has_one)


def submit() -> Response:
    """Let it count for this login."""
    at = transaction.find()
    hold_session()  # nobody else adds a factor from here on
    candidate, has_one = _find_due(at)
    answer, browser = forms.read(FIELD), cookies.find_browser_id()
    try:
        if has_one:
            use_passkey(answer, browser, candidate.user.id)
        else:
            add_passkey(candidate.user, answer, browser)
    except PasskeyRefusedError as refused:
        passkey.note(refused, at, candidate.user.id)
        return _page(at, candidate, has_one=has_one, error=refused.message)
    return prove(at, candidate, passkey.METHOD)


def _find_due(at: Transaction) -> tuple[Candidate, bool]:
    """Whose turn it is, and whether they have a passkey.

    Raises:
        NotDueError: nobody's, or something else comes before.
    """
    session = current_session()
    if at.progress is None or session is None or not insists_on_passkey(at.client) or "passkey" in ways_of(session.amr):
        raise NotDueError(at.url(RESUME) if at.progress is not None else at.url(LOGIN))
    user, enrolled = get_user(session.user_id), enrolled_factors(session.user_id)
    first = "password" if "pwd" in session.amr else "email_code"
    candidate = Candidate(user=user, method=first, amr=session.amr, auth_time=session.auth_time, sid=session.sid)
    has_one = "passkey" in enrolled
    if not has_one and not is_fresh(candidate):
        raise NotDueError(at.url(LOGIN, fresh="1"))
    if not has_one and TWO_FACTORS not in session.amr and has_own_factor(find_login_policy(), enrolled):
        raise NotDueError(at.url(SECOND_FACTOR))
    return candidate, has_one


def _page(at: Transaction, candidate: Candidate, *, has_one: bool, error: str | None = None) -> Response:
    switch_url, user = at.url(LOGIN, switch="1"), candidate.user
    page: PasskeyPage | FirstPasskeyPage
    if has_one:
        form = proof_form(at.url(PATH), user)
        page = PasskeyPage(app=at.app, email=user.email, passkey=form, switch_url=switch_url, error=error)
    else:
        page = FirstPasskeyPage(
            app=at.app,
            email=user.email,
            passkey=creation_form(at.url(PATH), user),
            is_invited=False,
            switch_url=switch_url,
            cancel_action=at.url(LOGIN),
            error=error,
        )
    return render(page, forms.REFUSED if error else 200)
