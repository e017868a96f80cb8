"""The authenticator app (RFC 6238): /u/totp asks for a code of it, /u/totp/set-up makes one known in mid-login."""

from typing import Final

from flask import Response

from idp.domain.clients.login_rules import policy_for
from idp.domain.credentials.authentication import Outcome
from idp.domain.credentials.proving import try_factor
from idp.domain.credentials.totp import Verdict, begin_totp, use_totp
from idp.domain.lifecycle.factors import add_totp, make_recovery_codes
from idp.infra.words import say
from idp.login import second_factor
from idp.login.code_pages import RecoveryCodesPage, TotpPage, TotpSetUpPage
from idp.login.entering import SECOND_FACTOR, Candidate, prove, task_of
from idp.login.methods.port import Method
from idp.login.second_factor import NotDueError
from idp.login.transaction import LOGIN, Transaction
from idp.web import cookies, forms
from idp.web.codes import qr_svg
from idp.web.pages import render
from idp.web.refusals import explain

PATH = "/u/totp"
SET_UP_PATH = "/u/totp/set-up"
NO_CODE = say("Enter the six digits that your app shows now.")
WRONG = say("That is not the code that your app shows now. Wait for the next one, and check the time on your device.")
USED = say("That code was used already. Wait for the next one.")
WRONG_FIRST = say(
    "That code does not match. Scan the picture again, wait for a new code, and check the time on your device."
)


def show() -> Response:
    """The field."""
    at, candidate = second_factor.begin(METHOD)
    return _form(at, candidate)


def submit() -> Response:
    """Check the code, and sign in."""
    at, candidate = second_factor.begin(METHOD)
    code = forms.read("code")
    if not code.strip():
        return _form(at, candidate, forms.REFUSED, code_error=NO_CODE)
    verdicts: list[Verdict] = []

    def is_right() -> bool:
        verdicts.append(use_totp(candidate.user.id, code))
        return verdicts[0] is Verdict.RIGHT

    attempt = try_factor(candidate.user, METHOD.name, cookies.device_id(), is_right)
    if attempt.outcome is Outcome.SUCCEEDED:
        return prove(at, candidate, METHOD)
    if attempt.outcome is Outcome.THROTTLED:
        page = _form(at, candidate, forms.TOO_MANY, retry_after=attempt.retry_after)
        return forms.slowed(page, attempt.retry_after)
    return _form(at, candidate, forms.REFUSED, code_error=USED if Verdict.USED in verdicts else WRONG)


def show_set_up() -> Response:
    """The picture to scan; the same one until its first code was right."""
    at, candidate = _check_set_up(second_factor.begin_set_up())
    return _set_up(at, candidate)


def submit_set_up() -> Response:
    """Let it count, sign in, and show the recovery codes."""
    at, candidate = _check_set_up(second_factor.hold_set_up())
    code = forms.read("code")
    if not code.strip():
        return _set_up(at, candidate, NO_CODE)
    if not add_totp(candidate.user, cookies.browser_id(), code, cookies.read(cookies.PENDING)):
        at, candidate = _check_set_up(second_factor.begin_set_up())  # a double click may have finished it meanwhile
        explain(METHOD.name, "the code that the new authenticator app shows", "another one")
        return _set_up(at, candidate, WRONG_FIRST)
    gives_codes = "recovery_code" in policy_for(at.client).second
    onward = prove(at, candidate, METHOD)
    if not gives_codes:
        return onward
    return render(
        RecoveryCodesPage(
            app=at.app,
            email=candidate.user.email,
            codes=make_recovery_codes(candidate.user, is_told=False),
            continue_url=onward.headers["Location"],
        )
    )


def _check_set_up(due: tuple[Transaction, Candidate]) -> tuple[Transaction, Candidate]:
    at, _ = due
    if METHOD.name not in policy_for(at.client).second:
        raise NotDueError(at.url(SECOND_FACTOR))
    return due


def _form(
    at: Transaction,
    candidate: Candidate,
    status: int = 200,
    *,
    code_error: str | None = None,
    retry_after: int | None = None,
) -> Response:
    page = TotpPage(
        app=at.app,
        action=at.url(PATH),
        email=candidate.user.email,
        switch_url=at.url(LOGIN, switch="1"),
        other_url=at.url(SECOND_FACTOR, other=METHOD.name) if len(task_of(at, candidate).usable) > 1 else None,
        code_error=code_error,
        retry_after=retry_after,
    )
    return render(page, status)


def _set_up(at: Transaction, candidate: Candidate, error: str | None = None) -> Response:
    told = begin_totp(candidate.user, cookies.browser_id())
    has_other = "passkey" in policy_for(at.client).second
    page = TotpSetUpPage(
        app=at.app,
        action=at.url(SET_UP_PATH),
        email=candidate.user.email,
        switch_url=at.url(LOGIN, switch="1"),
        other_url=at.url(SECOND_FACTOR, other=METHOD.name) if has_other else None,
        qr=qr_svg(told.uri),
        uri=told.uri,
        secret=told.secret,
        code_error=error,
    )
    return render(page, forms.REFUSED if error else 200)


METHOD: Final = Method(
    name="totp",
    amr=("otp",),
    label=say("Authenticator app"),
    icon="device",
    path=PATH,
    set_up_path=SET_UP_PATH,
    routes=((PATH, show, submit), (SET_UP_PATH, show_set_up, submit_set_up)),
)
