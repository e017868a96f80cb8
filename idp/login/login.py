"""/u/login: identifier and password on one page; or the identifier alone, and then /u/login/password.

Unknown users, wrong passwords and wrong passwords of blocked users get the same answer: text, status, headers, time.
"""

from collections.abc import Callable

from flask import Response, request

from idp.domain.clients.login_rules import policy_for
from idp.domain.credentials.authentication import Attempt as LoginAttempt
from idp.domain.credentials.authentication import Outcome, authenticate
from idp.domain.credentials.hashing import place
from idp.domain.credentials.passkey_answers import are_possible
from idp.domain.interactions.policy import ACCOUNT, DENIED, NO_PASSKEY
from idp.domain.sessions.browser_sessions import LiveSession
from idp.infra import clock
from idp.infra.words import say
from idp.login import select_account, signup, transaction
from idp.login.entering import BLOCKED, NotLetInError, enter, wants_console
from idp.login.mailing import parts_for, too_many
from idp.login.methods import email_code, passkey, password
from idp.login.pages import LoginPage, SignedInPage
from idp.login.select_account import SWITCH
from idp.login.transaction import ADMIN, LOGIN, Transaction, see_other
from idp.web import cookies, forms
from idp.web.pages import render
from idp.web.passkeys import PasskeyForm
from idp.web.sessions import current_session

#: Shows the page again: what it is for, the status, and what to show.
Form = Callable[..., Response]
#: In the query: a page of ours wants a login that is younger than this.
FRESH = "fresh"
FRESH_SECONDS = 60
NOTICES = {
    "password_changed": say("Your password is changed. Sign in with it."),
    "no_passwords": say("No passwords are used here. Sign in another way."),
    "signup_closed": say("Accounts are made by whoever runs this sign-in. Ask them for one."),
}
#: Where the password is asked for, if the address has a page of its own.
PASSWORD_PATH = "/u/login/password"
USERNAME = "username"
NO_MATCH = say("That e-mail address and password do not match. Try again, or choose a new password.")
NO_ADDRESS = say("Enter your e-mail address, like name@example.com.")
NO_PASSWORD = say("Enter your password.")


def show() -> Response:
    """The form; or straight on, where the person is signed in already and nothing asks for it again."""
    at = transaction.find()
    session = current_session()
    if session is not None and SWITCH not in request.args and not _is_to_prove_it_again(session):
        if at.progress is None:
            return _signed_in(at)
        if is_done(at):
            return at.resume()
    return _form(
        at,
        username=_likely_username(at),
        notice=NOTICES.get(request.args.get("notice", "")),
    )


def submit() -> Response:
    """Check the password, or take the way out."""
    action = forms.read("action")
    if action == "cancel":
        at = transaction.find()
        if at.progress is not None:
            return at.marked(DENIED, "access_denied").resume()
    if action == NO_PASSKEY:
        at = transaction.find()
        return (at.marked(NO_PASSKEY, "said") if at.may_lack_passkey else at).go(LOGIN)
    if action == "email_code":
        return mail(transaction.find(), _form)
    if not forms.read("password"):
        at = transaction.find()
        if is_identifier_first(at):
            return _to_password(at)
    with place():  # before anything is asked of the database
        return check_password(transaction.find(), _form)


def show_not_let_in(error: NotLetInError) -> Response:
    """The form, for whom another way in did not let in."""
    return _form(error.at, forms.REFUSED, username=_likely_username(error.at), refusal=error.message)


def is_identifier_first(at: Transaction) -> bool:
    """Whether the address has a page of its own here. Without passwords it is alone anyway."""
    return policy_for(at.client).identifier_first and signup.has_password(at)


def is_done(at: Transaction) -> bool:
    """Whether the login that this app asked for was made: the back button after it leads forward again."""
    session = current_session()
    return at.progress is not None and session is not None and at.progress.marks.get("login") == session.sid


def _to_password(at: Transaction) -> Response:
    """On to the password, whoever was typed: nothing is looked up."""
    username, error = forms.check_email(forms.read(USERNAME))
    if error is not None:
        return _form(at, forms.REFUSED, username=username, username_error=NO_ADDRESS)
    if at.progress is None:
        return see_other(at.url(PASSWORD_PATH, **{USERNAME: username}))
    return at.marked(USERNAME, username).go(PASSWORD_PATH)


def mail(at: Transaction, form: Form) -> Response:
    """Mail a code or a link to whom was typed, whoever it is; or the form again."""
    username, error = forms.check_email(forms.read("username"))
    if error is not None:
        return form(at, forms.REFUSED, username=username, username_error=NO_ADDRESS)
    answer = email_code.start(at, username)
    if isinstance(answer, int):
        return forms.slowed(form(at, forms.TOO_MANY, username=username, error=too_many(answer)), answer)
    return answer


def check_password(at: Transaction, form: Form) -> Response:
    """Check the password and sign in; or the form again."""
    if not signup.has_password(at):
        return mail(at, form)
    username, secret = forms.read("username"), forms.read("password")
    username_error = None if "@" in username else NO_ADDRESS
    password_error = None if secret else NO_PASSWORD
    if username_error or password_error:
        return form(at, forms.REFUSED, username=username, username_error=username_error, password_error=password_error)
    attempt = authenticate(username, secret, cookies.device_id(), at.client_id)
    if attempt.outcome is Outcome.SUCCEEDED and attempt.user is not None:
        return enter(at, attempt.user, password.METHOD)
    return _refuse(at, attempt, username, form)


def _refuse(at: Transaction, attempt: LoginAttempt, username: str, form: Form) -> Response:
    if attempt.outcome is Outcome.THROTTLED:
        page = form(at, forms.TOO_MANY, username=username, retry_after=attempt.retry_after)
        return forms.slowed(page, attempt.retry_after)
    if attempt.outcome is Outcome.BLOCKED:  # only whoever knows the password learns of it
        return form(at, forms.REFUSED, username=username, error=BLOCKED)
    return form(at, forms.REFUSED, username=username, error=NO_MATCH)


def _form(at: Transaction, status: int = 200, **values: str | int | None) -> Response:
    page = LoginPage(
        app=at.app,
        action=at.url(LOGIN),
        reset_url=at.url("/u/reset-password"),
        has_password=signup.has_password(at),
        is_identifier_first=is_identifier_first(at),
        mails=parts_for(at),
        signup_url=at.url("/u/signup") if signup.is_open(at) else None,
        cancel_action=at.url(LOGIN) if at.progress is not None else None,
        passkey=_passkey_form(at),
        may_lack_passkey=at.may_lack_passkey,
        **values,  # type: ignore[arg-type]
    )
    return render(page, status)


def _passkey_form(at: Transaction) -> PasskeyForm | None:
    if passkey.METHOD.name not in at.first or not are_possible():
        return None
    return PasskeyForm(action=at.url(passkey.SIGN_IN_PATH), options_url=passkey.OPTIONS_PATH)


def _likely_username(at: Transaction) -> str:
    """Who is probably signing in: who just chose a password, whom the app hints at, or who is to prove it again."""
    session = current_session()
    if SWITCH in request.args:
        return ""
    hint = cookies.read(cookies.HINT) or ""
    if at.progress is None:
        return session.email if session is not None and FRESH in request.args else hint
    chosen = session.email if session is not None and at.progress.marks.get(ACCOUNT) == session.sid else None
    if known := at.progress.marks.get("username") or chosen or at.progress.request.login_hint:
        return str(known)
    return session.email if session is not None else hint


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
            at, error=say("{email} is signed in, but is not an administrator. Sign in as one.", email=session.email)
        )
    return render(
        SignedInPage(
            email=session.email,
            continue_url=ADMIN if session.is_admin else None,
            switch_url=select_account.url_to_switch(at),
        )
    )
