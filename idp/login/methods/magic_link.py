"""A link by mail, /u/magic-link: good in the browser that asked for it, once, and only its button spends it."""

from typing import Final
from urllib.parse import urlencode

from flask import Response, request

from idp.domain.credentials.email_codes import LIFETIME, claim_link, find_link
from idp.domain.users.addresses import masked
from idp.infra.words import Span, say
from idp.login.entering import enter_by_mail, refuse_if_off
from idp.login.mail_pages import ElsewherePage, MagicLinkPage
from idp.login.methods.port import Method
from idp.login.pages import ExpiredPage
from idp.login.transaction import LOGIN, find_again
from idp.web import cookies
from idp.web.pages import render
from idp.web.refusals import explain
from idp.web.sessions import current_session

PATH = "/u/magic-link"


def show() -> Response:
    """The button; or where to open the link."""
    sent = find_link(_link(), cookies.find_browser_id())
    if sent is None:
        return _over()
    if not sent.is_here:
        explain("browser", "the one that asked for the link", "another one")
        return render(ElsewherePage(has_code=sent.parts == "both", login_url=LOGIN), 400)
    at = find_again(sent.state, sent.return_to)
    return render(MagicLinkPage(app=at.app, action=_own_url(), masked=masked(sent.address)))


def submit() -> Response:
    """Sign in."""
    browser = cookies.find_browser_id()
    sent = find_link(_link(), browser)
    if sent is None or not sent.is_here:
        return show()
    at = find_again(sent.state, sent.return_to)
    refuse_if_off(at, METHOD)
    user = claim_link(_link(), browser)
    if user is None:
        return _over()
    return enter_by_mail(at, user, METHOD)


def _over() -> Response:
    explain("link", "one to sign in with that is good", "one that is unknown, was used, is too old, or was replaced")
    page = ExpiredPage(
        title=say("This link does not work any more"),
        message=say("It was used before, is older than {time}, or a newer one was sent.", time=Span(LIFETIME)),
        action_url=LOGIN,
        action_label=say("Continue") if current_session() is not None else say("Sign in"),
    )
    return render(page, 400)


def _link() -> str:
    return request.args.get("link", "")


def _own_url() -> str:
    return f"{PATH}?{urlencode({'link': _link()})}"


METHOD: Final = Method(
    name="magic_link", amr=("otp",), label=say("Link by e-mail"), icon="mail", routes=((PATH, show, submit),)
)
