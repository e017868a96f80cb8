"""/u/login: identifier and password on one page.

Unknown users, wrong passwords and wrong passwords of blocked users get the same answer: text, status, headers, time.
"""

from flask import Response, request

from idp.domain.clients.login_rules import policy_for
from idp.domain.credentials.authentication import Attempt as LoginAttempt
from idp.domain.credentials.authentication import Outcome, authenticate
from idp.domain.credentials.hashing import place
from idp.domain.credentials.passkey_answers import REFUSALS, are_possible
from idp.domain.sessions.browser_sessions import LiveSession
from idp.infra import clock
from idp.infra.words import say
from idp.login import forms, select_account, signup, transaction
from idp.login.entering import BLOCKED, NotLetInError, enter, wants_console
from idp.login.mailing import parts_for
from idp.login.methods import email_code, passkey, password
from idp.login.pages import LoginPage, SignedInPage
from idp.login.select_account import SWITCH
from idp.login.transaction import ADMIN, LOGIN, Transaction, see_other
from idp.web import cookies
from idp.web.pages import render
from idp.web.passkeys import PasskeyForm
from idp.web.sessions import current_session

#: In the query: a page of ours wants a login that is younger than this.
FRESH = "fresh"
FRESH_SECONDS = 60
NOTICES = {
    "password_changed": say("Your password is changed. Sign in with it."),
    "signup_closed": say("Accounts are made by whoever runs this sign-in. Ask them for one."),
}
NO_MATCH = say("That e-mail address and password do not match. Try again, or choose a new password.")
NO_ADDRESS = say("Enter your e-mail address, like name@example.com.")
NO_PASSWORD = say("Enter your password.")
TOO_MANY = 429


def show() -> Response:
    """The form; or straight on, where the person is signed in already and nothing asks for it again."""
    at = transaction.find()
    session = current_session()
    if session is not None and SWITCH not in request.args and not _is_to_prove_it_again(session):
        if at.progress is None:
            return _signed_in(at)
        # The back button after a login leads forward again
        if at.progress.marks.get("login") == session.sid:
            return at.resume()
    return _form(
        at,
        username=_likely_username(at),
        notice=NOTICES.get(request.args.get("notice", "")),
        passkey_error=REFUSALS.get(request.args.get("passkey", "")),
    )


def submit() -> Response:
    """Check the password, or take the way out."""
    if forms.read("action") == "cancel":
        at = transaction.find()
        if at.progress is not None:
            return at.marked("denied", "access_denied").resume()
    if forms.read("action") == "email_code":
        return _mail(transaction.find())
    with place():  # before anything is asked of the database
        return _sign_in()


def _mail(at: Transaction) -> Response:
    """Mail a code or a link to whom was typed, whoever it is."""
    username, error = forms.check_email(forms.read("username"))
    if error is not None:
        return _form(at, forms.REFUSED, username=username, username_error=NO_ADDRESS)
    answer = email_code.start(at, username)
    if isinstance(answer, int):
        return _form(at, TOO_MANY, username=username, error=email_code.too_many(answer))
    return answer


def _sign_in() -> Response:
    at = transaction.find()
    if not signup.has_password(at):
        return _mail(at)
    username, secret = forms.read("username"), forms.read("password")
    username_error = None if "@" in username else NO_ADDRESS
    password_error = None if secret else NO_PASSWORD
    if username_error or password_error:
        return _form(at, forms.REFUSED, username=username, username_error=username_error, password_error=password_error)
    attempt = authenticate(username, secret, cookies.device_id(), at.client_id)
    if attempt.outcome is Outcome.SUCCEEDED and attempt.user is not None:
        return enter(at, attempt.user, password.METHOD)
    return _refuse(at, attempt, username)


def _refuse(at: Transaction, attempt: LoginAttempt, username: str) -> Response:
    if attempt.outcome is Outcome.THROTTLED:
        response = _form(at, TOO_MANY, username=username, retry_after=attempt.retry_after)
        response.headers["Retry-After"] = str(attempt.retry_after)
        return response
    if attempt.outcome is Outcome.BLOCKED:  # only whoever knows the password learns of it
        return _form(at, forms.REFUSED, username=username, refusal=BLOCKED)
    return _form(at, forms.REFUSED, username=username, error=NO_MATCH)


def show_not_let_in(error: NotLetInError) -> Response:
    """The other ways in, and why this one leads nowhere."""
    return _form(error.at, forms.REFUSED, refusal=error.message)


def _form(at: Transaction, status: int = 200, **values: str | int | None) -> Response:
    page = LoginPage(
        app=at.app,
        action=at.url(LOGIN),
        reset_url=at.url("/u/reset-password"),
        has_password=signup.has_password(at),
        mails=parts_for(at),
        signup_url=at.url("/u/signup") if signup.is_open(at) else None,
        cancel_action=at.url(LOGIN) if at.progress is not None else None,
        passkey=_passkey_form(at),
        **values,  # type: ignore[arg-type]
    )
    return render(page, status)


def _passkey_form(at: Transaction) -> PasskeyForm | None:
    if passkey.METHOD.name not in policy_for(at.client).first or not are_possible():
        return None
    return PasskeyForm(action=at.url(passkey.SIGN_IN_PATH), options_url=passkey.OPTIONS_PATH)


def _likely_username(at: Transaction) -> str:
    """Who is probably signing in: who just chose a password, whom the app hints at, or who is to prove it again."""
    session = current_session()
    if SWITCH in request.args:
        return ""
    if at.progress is None:
        return session.email if session is not None and FRESH in request.args else ""
    if known := at.progress.marks.get("username") or at.progress.request.login_hint:
        return str(known)
    return session.email if session is not None else ""


def _is_to_prove_it_again(session: LiveSession) -> bool:
    """Whether a page of ours asks for a login fresher than this one."""
    return FRESH in request.args and clock.now() - session.auth_time > FRESH_SECONDS


def _signed_in(at: Transaction) -> Response:
    """Without an app: to the page of ours that was asked for, or a page that says who is signed in."""
    session = current_session()
    assert session is not None  # noqa: S101 -- asked only when there is one
    if at.return_to is not None and (session.is_admin or not wants_console(at)):
        return see_other(at.return_to)
    if wants_console(at):
        return _form(
            at, error=say("{email} is signed in, but is no administrator. Sign in as one.", email=session.email)
        )
    return render(
        SignedInPage(
            email=session.email,
            continue_url=ADMIN if session.is_admin else None,
            switch_url=select_account.url_to_switch(at),
        )
    )
