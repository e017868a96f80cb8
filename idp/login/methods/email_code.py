"""A code by mail: /u/email-code as the first factor, /u/email-code/second as the second.

Who asks for one reads the same whether the address has an account or not.
"""

from collections.abc import Callable
from functools import partial
from typing import Final

from flask import Response, request

from idp.domain.credentials import email_codes
from idp.domain.credentials.email_codes import (
    LIFETIME,
    Answer,
    Outcome,
    Purpose,
    Sent,
    check_code,
    digits_of,
    find_sent,
)
from idp.domain.lifecycle.addresses import confirm_own_address
from idp.domain.users.addresses import masked
from idp.infra.words import Span, say
from idp.login import second_factor, transaction
from idp.login.entering import SECOND_FACTOR, Candidate, enter_by_mail, prove, refuse_if_off, task_of
from idp.login.mail_pages import EmailCodePage
from idp.login.mailing import mail, mail_again, parts_for, too_early, wait_before_mailing
from idp.login.methods.port import Method
from idp.login.pages import ExpiredPage
from idp.login.transaction import LOGIN, Transaction, see_other
from idp.web import cookies, forms
from idp.web.pages import render
from idp.web.sessions import current_session

PATH = "/u/email-code"
SECOND_PATH = "/u/email-code/second"
NAME = "sent"
FIRST: Final[Purpose] = "email_first"
SECOND: Final[Purpose] = "email_second"
AGAIN = say("Another message is on its way. What was in the earlier one no longer works.")
NO_CODE = say("Enter the six digits of the newest message.")
WRONG = say("That is not the code. Look at the newest message, and type its six digits.")
SPENT = say("This code was tried too often, or is too old. Send another one.")


def start(at: Transaction, address: str) -> Response | int:
    """Mail what this login takes to the address that was typed, and go to its page; or the seconds to wait.

    Raises:
        TryLaterError: too many were asked for from the client's address.
    """
    parts = parts_for(at)
    if parts is None:
        return see_other(at.url(LOGIN))
    if wait := wait_before_mailing(address):
        return wait
    name = mail(at, address, FIRST, parts)
    return see_other(at.marked("username", address).url(PATH, **{NAME: name}))


def show() -> Response:
    """The field; or where nothing waits for a code, the way on."""
    at = transaction.find()
    sent = find_sent(_name(), FIRST, cookies.find_browser_id())
    if sent is not None:
        return _first_form(at, sent, notice=_notice())
    session = current_session()
    if at.progress is not None and session is not None and at.progress.marks.get("login") == session.sid:
        return at.resume()  # the back button after a login leads forward again
    return _over(at)


def submit() -> Response:
    """Check the code and sign in; or send another."""
    at = transaction.find()
    browser = cookies.find_browser_id()
    sent = find_sent(_name(), FIRST, browser)
    if sent is None:
        return _over(at)
    form = partial(_first_form, at, sent)
    if forms.read("action") == "resend":
        wait = mail_again(at, sent, FIRST)
        return _wait(form, wait) if wait else see_other(_first_url(at, again="1"))
    digits = digits_of(forms.read("code"))
    if digits is None:
        return form(forms.REFUSED, code_error=NO_CODE)
    refuse_if_off(at, METHOD)
    answer = check_code(_name(), FIRST, browser, digits, cookies.device_id())
    if answer.outcome is Outcome.RIGHT and answer.user is not None:
        return enter_by_mail(at, answer.user, METHOD)
    return _refuse(form, answer)


def show_second() -> Response:
    """The field; the mail is sent when the page is first opened, and not again when it is reloaded."""
    at, candidate = second_factor.begin(METHOD)
    sent, wait = _second_sent(at, candidate)
    return _second_form(at, candidate, sent, **({"error": too_early(wait)} if wait else {"notice": _notice()}))


def submit_second() -> Response:
    """Check the code and sign in; or send another."""
    at, candidate = second_factor.begin(METHOD)
    sent, wait = _second_sent(at, candidate)
    form = partial(_second_form, at, candidate, sent)
    if sent is None:
        return _wait(form, wait)
    if forms.read("action") == "resend":
        wait = mail_again(at, sent, SECOND)
        return _wait(form, wait) if wait else see_other(at.url(SECOND_PATH, again="1"))
    digits = digits_of(forms.read("code"))
    if digits is None:
        return form(forms.REFUSED, code_error=NO_CODE)
    name = email_codes.name_of(SECOND, cookies.browser_id(), candidate.user.email)
    answer = check_code(name, SECOND, cookies.browser_id(), digits, cookies.device_id())
    if answer.user is not None and answer.user.id == candidate.user.id:
        confirm_own_address(candidate.user)
        return prove(at, candidate, METHOD)
    return _refuse(form, answer)


def _second_sent(at: Transaction, candidate: Candidate) -> tuple[Sent | None, int]:
    """What was mailed, now if nothing was; else the seconds to wait."""
    address, browser = candidate.user.email, cookies.browser_id()
    name = email_codes.name_of(SECOND, browser, address)
    sent = find_sent(name, SECOND, browser)
    if sent is not None:
        return sent, 0
    if wait := wait_before_mailing(address):
        return None, wait
    mail(at, address, SECOND, "code")
    return find_sent(name, SECOND, browser), 0


def _wait(form: Callable[..., Response], wait: int) -> Response:
    return forms.slowed(form(forms.TOO_MANY, error=too_early(wait)), wait)


def _refuse(form: Callable[..., Response], answer: Answer) -> Response:
    if answer.outcome is Outcome.THROTTLED:
        return forms.slowed(form(forms.TOO_MANY, retry_after=answer.retry_after), answer.retry_after)
    return form(forms.REFUSED, code_error=WRONG if answer.outcome is Outcome.WRONG else SPENT)


def _notice() -> str | None:
    return AGAIN if "again" in request.args else None


def _name() -> str:
    return request.args.get(NAME, "")


def _first_url(at: Transaction, **more: str) -> str:
    return at.url(PATH, **{NAME: _name()}, **more)


def _first_form(at: Transaction, sent: Sent, status: int = 200, **values: str | int | None) -> Response:
    page = EmailCodePage(
        app=at.app,
        action=_first_url(at),
        masked=masked(sent.address),
        has_code=sent.parts != "link",
        has_link=sent.parts != "code",
        expires_in=LIFETIME,
        pause=sent.pause,
        change_url=at.url(LOGIN, switch="1"),
        other_url=at.url(LOGIN),
        **values,  # type: ignore[arg-type]
    )
    return render(page, status)


def _second_form(
    at: Transaction, candidate: Candidate, sent: Sent | None, status: int = 200, **values: str | int | None
) -> Response:
    page = EmailCodePage(
        app=at.app,
        action=at.url(SECOND_PATH),
        masked=masked(candidate.user.email),
        has_code=True,
        has_link=False,
        expires_in=LIFETIME,
        pause=sent.pause if sent is not None else 0,
        other_url=at.url(SECOND_FACTOR, other=METHOD.name) if len(task_of(at, candidate).usable) > 1 else None,
        switch_url=at.url(LOGIN, switch="1"),
        **values,  # type: ignore[arg-type]
    )
    return render(page, status)


def _over(at: Transaction) -> Response:
    """Too old, used, or asked for in another browser: one button begins again."""
    page = ExpiredPage(
        app=at.app,
        title=say("This code does not work any more"),
        message=say("It was used, is older than {time}, or was requested in another browser.", time=Span(LIFETIME)),
        action_url=at.url(LOGIN),
        action_label=say("Start again"),
    )
    return render(page, 400)


METHOD: Final = Method(
    name="email_code",
    amr=("otp",),
    label=say("Code by e-mail"),
    icon="mail",
    path=SECOND_PATH,
    routes=((PATH, show, submit), (SECOND_PATH, show_second, submit_second)),
)
