"""/u/signup: e-mail and password, and on to the app; the address is confirmed by mail meanwhile.

A free address gets its account at once, so that a newcomer is in the app within a minute. A taken one gets "check your
e-mail", and its owner a mail; nothing is changed. So whoever tries an address here can see whether it is free, at the
price of making an account or of a mail to its owner, and at a limited rate. `IDP_SIGNUP_ENABLED=false` closes it.

Where passwords are off, the address alone is asked for, and what is mailed to it is the way in; there a free address
and a taken one get the same answer. Where passkeys alone are on, it is a link to the page that makes the first one.
"""

from flask import Response, abort

from idp.domain.clients.login_rules import insists_on_passkey
from idp.domain.credentials.authentication import Attempt, Outcome, authenticate, prepare_password
from idp.domain.credentials.passkey_answers import are_possible
from idp.domain.lifecycle.signup import is_kept, sign_up, sign_up_by_link, sign_up_by_mail, tell_owner
from idp.domain.users.accounts import EmailTakenError
from idp.domain.users.kept_addresses import is_taken
from idp.domain.users.tickets import LIFETIMES
from idp.login import transaction
from idp.login.entering import enter
from idp.login.mailing import parts_for, too_many, wait_before_mailing
from idp.login.methods import email_code, passkey, password
from idp.login.pages import CheckMailPage, SignupPage
from idp.login.transaction import LOGIN, Transaction, see_other
from idp.web import cookies, forms
from idp.web.pages import render
from idp.web.rate_limits import allows, limit
from idp.web.request_facts import client_address
from idp.web.settings import settings

_PER_ADDRESS = "60/hour"
_MAILS_PER_OWNER = "3/hour"


def show() -> Response:
    """The form; where accounts are made by others, the login, which says so: an app may have asked for sign-up."""
    at = transaction.find()
    if not is_open(at):
        return see_other(at.url(LOGIN, notice="signup_closed"))
    hint = at.progress.request.login_hint if at.progress is not None else None
    return _form(at, email=hint or "")


def submit() -> Response:
    """Make the account and sign in."""
    if not settings().signup_enabled:
        abort(404)
    at = transaction.find()
    if not is_open(at):
        abort(404)
    if not has_password(at):
        return _create_by_link(at) if has_passkey_alone(at) else _create_by_mail(at)
    email, email_error = forms.check_email(forms.read("email"))
    chosen = forms.read("password")
    password_error = forms.password_problem(chosen, [email, at.app.name])
    if email_error or password_error:
        return _form(at, forms.REFUSED, email=email, email_error=email_error, password_error=password_error)
    limit(_PER_ADDRESS, "signup", client_address())
    if is_taken(email):
        return _taken(at, email, authenticate(email, chosen, cookies.device_id(), at.client_id))
    return _create(at, email, prepare_password(chosen))


def is_open(at: Transaction) -> bool:
    """Whether a person can make an account here: by a password, or by what is mailed to the address."""
    return settings().signup_enabled and (has_password(at) or parts_for(at) is not None or has_passkey_alone(at))


def has_password(at: Transaction) -> bool:
    """Whether passwords are on."""
    return password.METHOD.name in at.first


def has_passkey_alone(at: Transaction) -> bool:
    """Whether a passkey is the one way in, so that an account begins with one."""
    return at.first == (passkey.METHOD.name,) and are_possible()


def _create_by_link(at: Transaction) -> Response:
    """Mail a link to make the first passkey; to who has an account already, that there is one. Both read the same."""
    email, error = forms.check_email(forms.read("email"))
    if error is not None:
        return _form(at, forms.REFUSED, email=email, email_error=error)
    limit(_PER_ADDRESS, "signup", client_address())
    if wait := wait_before_mailing(email):
        return forms.slowed(_form(at, forms.TOO_MANY, email=email, error=too_many(wait)), wait)
    is_mailed = sign_up_by_link(email, at.app_name, at.client_id, at.state)
    if not is_mailed and allows(_MAILS_PER_OWNER, "signup mail", email.casefold()):
        tell_owner(email, at.app_name, has_password=False, may_lack_passkey=insists_on_passkey(at.client))
    return render(CheckMailPage(app=at.app, email=email, expires_in=LIFETIMES["sign_up"], login_url=at.url(LOGIN)))


def _create_by_mail(at: Transaction) -> Response:
    """Make an account that waits for its owner, unless there is one; and mail what opens it, whoever's it is."""
    email, error = forms.check_email(forms.read("email"))
    if error is not None:
        return _form(at, forms.REFUSED, email=email, email_error=error)
    limit(_PER_ADDRESS, "signup", client_address())
    sign_up_by_mail(email)
    if is_kept(email) and allows(_MAILS_PER_OWNER, "signup mail", email.casefold()):
        tell_owner(email, at.app_name)  # no code comes, as nobody has the address
    answer = email_code.start(at, email)
    if isinstance(answer, int):
        return forms.slowed(_form(at, forms.TOO_MANY, email=email, error=too_many(answer)), answer)
    return answer


def _create(at: Transaction, email: str, stored_hash: str) -> Response:
    try:
        user = sign_up(email, stored_hash, at.app_name, at.state)
    except EmailTakenError:  # by another request, in this instant
        return _taken(at, email, Attempt(outcome=Outcome.FAILED))
    return enter(at, user, password.METHOD)


def _taken(at: Transaction, email: str, attempt: Attempt) -> Response:
    """Who knows the password of the account is its owner, and just goes on; anybody else learns nothing of it."""
    if attempt.outcome is Outcome.SUCCEEDED and attempt.user is not None:
        return enter(at, attempt.user, password.METHOD)
    if allows(_MAILS_PER_OWNER, "signup mail", email.casefold()):
        tell_owner(email, at.app_name)
    return render(CheckMailPage(app=at.app, email=email, expires_in=LIFETIMES["verify_email"], login_url=at.url(LOGIN)))


def _form(at: Transaction, status: int = 200, **values: str | None) -> Response:
    page = SignupPage(
        app=at.app,
        action=at.url("/u/signup"),
        login_url=at.url(LOGIN),
        min_length=settings().password_min_length,
        has_password=has_password(at),
        **values,  # type: ignore[arg-type]
    )
    return render(page, status)
