"""/account/totp: the authenticator app, set up, replaced and removed by who signed in a moment ago."""

from flask import Response, request

from idp.account import security
from idp.account.access import asks_first, note_second_factor, owner, owner_user, require_strong, see_other
from idp.account.code_pages import AccountTotpPage, AccountTotpSetUpPage
from idp.account.recovery_codes import show_new
from idp.domain.credentials.recovery_codes import count_recovery_codes
from idp.domain.credentials.totp import begin_totp, find_totp_since
from idp.domain.lifecycle.factors import LastFactorError, add_totp, drop_totp
from idp.domain.tenant.login_policy import find_login_policy
from idp.infra.words import Moment, say
from idp.web import cookies
from idp.web.codes import qr_svg
from idp.web.pages import render
from idp.web.refusals import explain

PATH = "/account/totp"
REPLACE = "replace"
REFUSED = 422
NO_CODE = say("Enter the six digits that your app shows now.")
WRONG = say("That code does not match. Scan the picture again, wait for a new code, and check the time on your device.")


def show() -> Response:
    """The one that is there, or the picture to set one up."""
    since = find_totp_since(owner().user_id)
    if since is not None and REPLACE not in request.args:
        return _status(since)
    if "totp" not in find_login_policy().second:
        return see_other(security.PATH)
    require_strong()
    return _set_up()


def submit() -> Response:
    """Remove it, or let the one in the picture count."""
    require_strong()
    if request.form.get("action") == "remove":
        return _remove()
    code = request.form.get("code", "")
    if not code.strip():
        return _set_up(NO_CODE)
    user = owner_user()
    if not add_totp(user, cookies.browser_id(), code):
        explain("totp", "the code that the new authenticator app shows", "another one")
        return _set_up(WRONG)
    # Its code is spent, and would be asked for at once by whatever else is sensitive
    note_second_factor(("otp",))
    if "recovery_code" in find_login_policy().second and not count_recovery_codes(user.id):
        return show_new(user, notice=security.NOTICES["totp_added"], is_told=False)
    return see_other(f"{security.PATH}?notice=totp_added")


def _remove() -> Response:
    since = find_totp_since(owner().user_id)
    try:
        drop_totp(owner_user())
    except LastFactorError as error:
        explain("what is left to sign in with", "another second factor that is on", "the removal of the last")
        return _status(since or (0, None), error.message)
    return see_other(f"{security.PATH}?notice=totp_removed")


def _status(since: tuple[int, int | None], error: str | None = None) -> Response:
    set_up, used = since
    page = AccountTotpPage(
        email=owner().email,
        since=Moment(set_up),
        used=None if used is None else Moment(used),
        replace_url=f"{PATH}?{REPLACE}=1",
        asks_first=asks_first(),
        error=error,
    )
    return render(page, REFUSED if error else 200)


def _set_up(error: str | None = None) -> Response:
    told = begin_totp(owner_user(), cookies.browser_id())
    page = AccountTotpSetUpPage(
        email=owner().email,
        is_other=find_totp_since(owner().user_id) is not None,
        qr=qr_svg(told.uri),
        uri=told.uri,
        secret=told.secret,
        code_error=error,
    )
    return render(page, REFUSED if error else 200)
