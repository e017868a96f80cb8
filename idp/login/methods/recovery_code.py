"""Recovery codes, for whoever has the other factors not at hand: each is good once."""

from typing import Final

from flask import Response

from idp.domain.credentials.authentication import Outcome
from idp.domain.credentials.proving import try_factor
from idp.domain.lifecycle.factors import spend_recovery_code
from idp.infra.words import say
from idp.login import second_factor
from idp.login.code_pages import RecoveryCodePage
from idp.login.entering import SECOND_FACTOR, Candidate, prove, task_of
from idp.login.methods.port import Method
from idp.login.transaction import LOGIN, Transaction
from idp.web import cookies, forms
from idp.web.pages import render

PATH = "/u/recovery-code"
NO_CODE = say("Enter one of your recovery codes.")
WRONG = say("That is not one of your unused recovery codes. Check each letter, or try another code.")


def show() -> Response:
    """The field."""
    at, candidate = second_factor.begin(METHOD)
    return _form(at, candidate)


def submit() -> Response:
    """Spend the code, and sign in."""
    at, candidate = second_factor.begin(METHOD)
    code = forms.read("code")
    if not code.strip():
        return _form(at, candidate, forms.REFUSED, code_error=NO_CODE)
    attempt = try_factor(
        candidate.user, METHOD.name, cookies.device_id(), lambda: spend_recovery_code(candidate.user, code)
    )
    if attempt.outcome is Outcome.SUCCEEDED:
        return prove(at, candidate, METHOD)
    if attempt.outcome is Outcome.THROTTLED:
        page = _form(at, candidate, forms.TOO_MANY, code=code, retry_after=attempt.retry_after)
        return forms.slowed(page, attempt.retry_after)
    return _form(at, candidate, forms.REFUSED, code=code, code_error=WRONG)


def _form(
    at: Transaction,
    candidate: Candidate,
    status: int = 200,
    **values: str | int | None,
) -> Response:
    page = RecoveryCodePage(
        app=at.app,
        action=at.url(PATH),
        email=candidate.user.email,
        switch_url=at.url(LOGIN, switch="1"),
        other_url=at.url(SECOND_FACTOR, other=METHOD.name) if len(task_of(at, candidate).usable) > 1 else None,
        **values,  # type: ignore[arg-type]
    )
    return render(page, status)


METHOD: Final = Method(
    name="recovery_code",
    amr=("otp",),
    label=say("Recovery code"),
    icon="list",
    path=PATH,
    routes=((PATH, show, submit),),
)
