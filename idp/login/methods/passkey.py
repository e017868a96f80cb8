"""Passkeys (Web Authentication Level 3): two factors at once, on the login page, as a second step, and in mid-login.

What the authenticator is asked on the login page is the same for everybody; what it answers is posted as a form.
"""

from typing import Final

import orjson
from flask import Response

from idp.domain.clients.login_rules import policy_for
from idp.domain.credentials.passkey_answers import PasskeyRefusedError
from idp.domain.credentials.passkeys import sign_in_options, use_passkey
from idp.domain.events.names import EventName
from idp.domain.events.recording import record
from idp.domain.lifecycle.factors import make_recovery_codes
from idp.domain.lifecycle.passkeys import add_passkey
from idp.infra.words import say
from idp.login import second_factor, transaction
from idp.login.code_pages import RecoveryCodesPage
from idp.login.entering import SECOND_FACTOR, Candidate, NotLetInError, enter, prove, refuse_if_off, task_of
from idp.login.methods.port import Method
from idp.login.passkey_pages import PasskeyPage, PasskeySetUpPage
from idp.login.second_factor import NotDueError
from idp.login.transaction import LOGIN, Transaction
from idp.web import cookies, forms
from idp.web.pages import render
from idp.web.passkeys import FIELD, creation_form, proof_form
from idp.web.rate_limits import limit
from idp.web.request_facts import client_address

PATH: Final = "/u/passkey"
SIGN_IN_PATH: Final = "/u/passkey/sign-in"
OPTIONS_PATH: Final = "/u/passkey/options"
SET_UP_PATH: Final = "/u/passkey/set-up"
_PER_ADDRESS: Final = "120/minute"


def options() -> Response:
    """What the authenticator is asked on the login page. The page's script says whether this device could keep one."""
    limit(_PER_ADDRESS, "passkey options", client_address())
    if forms.read("able") == "yes" and cookies.read(cookies.PASSKEYS) is None:
        cookies.write(cookies.PASSKEYS, "able")
    response = Response(orjson.dumps(sign_in_options(cookies.browser_id())), content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response


def sign_in() -> Response:
    """Sign in by a passkey alone.

    Raises:
        NotLetInError: it is not accepted.
    """
    at = transaction.find()
    limit(_PER_ADDRESS, "passkey", client_address())
    refuse_if_off(at, METHOD)
    try:
        user = use_passkey(forms.read(FIELD), cookies.find_browser_id())
    except PasskeyRefusedError as refused:
        note(refused, at, None)
        raise NotLetInError(at, refused.message) from refused
    return enter(at, user, METHOD)


def to_login() -> Response:
    """Whoever opens the address of a form by hand."""
    return transaction.find().go(LOGIN)


def show() -> Response:
    """The button."""
    at, candidate = second_factor.begin(METHOD)
    return _page(at, candidate)


def submit() -> Response:
    """Check the passkey, and sign in."""
    at, candidate = second_factor.begin(METHOD)
    try:
        use_passkey(forms.read(FIELD), cookies.find_browser_id(), candidate.user.id)
    except PasskeyRefusedError as refused:
        note(refused, at, candidate.user.id)
        return _page(at, candidate, refused.message)
    return prove(at, candidate, METHOD)


def show_set_up() -> Response:
    """The button that makes one."""
    at, candidate = _check_set_up(second_factor.begin_set_up())
    return _set_up(at, candidate)


def submit_set_up() -> Response:
    """Let it count, and sign in; with the recovery codes, where there are any."""
    at, candidate = _check_set_up(second_factor.hold_set_up())
    try:
        add_passkey(candidate.user, forms.read(FIELD), cookies.find_browser_id(), cookies.read(cookies.PENDING))
    except PasskeyRefusedError as refused:
        note(refused, at, candidate.user.id)
        return _set_up(at, candidate, refused.message)
    gives_codes = "recovery_code" in policy_for(at.client).second
    onward = prove(at, candidate, METHOD)
    if not gives_codes:
        return onward
    page = RecoveryCodesPage(
        app=at.app,
        email=candidate.user.email,
        codes=make_recovery_codes(candidate.user, is_told=False),
        continue_url=onward.headers["Location"],
    )
    return render(page)


def _check_set_up(due: tuple[Transaction, Candidate]) -> tuple[Transaction, Candidate]:
    at, _ = due
    if METHOD.name not in policy_for(at.client).second:
        raise NotDueError(at.url(SECOND_FACTOR))
    return due


def _page(at: Transaction, candidate: Candidate, error: str | None = None) -> Response:
    page = PasskeyPage(
        app=at.app,
        email=candidate.user.email,
        passkey=proof_form(at.url(PATH), candidate.user),
        switch_url=at.url(LOGIN, switch="1"),
        other_url=at.url(SECOND_FACTOR, other=METHOD.name) if len(task_of(at, candidate).usable) > 1 else None,
        error=error,
    )
    return render(page, forms.REFUSED if error else 200)


def _set_up(at: Transaction, candidate: Candidate, error: str | None = None) -> Response:
    page = PasskeySetUpPage(
        app=at.app,
        email=candidate.user.email,
        passkey=creation_form(at.url(SET_UP_PATH), candidate.user),
        switch_url=at.url(LOGIN, switch="1"),
        other_url=at.url(SECOND_FACTOR, other=METHOD.name) if "totp" in policy_for(at.client).second else None,
        error=error,
    )
    return render(page, forms.REFUSED if error else 200)


def note(refused: PasskeyRefusedError, at: Transaction, user_id: str | None) -> None:
    """Say in the audit log why a passkey was not accepted."""
    reason = f"passkey: {refused.reason}"
    told = {"reason": reason, "check": "passkey", "expected": "one that fits this place", "received": refused.reason}
    record(EventName.LOGIN_FAILED, user_id=user_id, client_id=at.client_id, outcome="refused", **told)


METHOD: Final = Method(
    name="passkey",
    amr=("pop", "user", "mfa"),
    label=say("Passkey"),
    icon="fingerprint",
    path=PATH,
    set_up_path=SET_UP_PATH,
    routes=(
        (PATH, show, submit),
        (OPTIONS_PATH, to_login, options),
        (SIGN_IN_PATH, to_login, sign_in),
        (SET_UP_PATH, show_set_up, submit_set_up),
    ),
)
