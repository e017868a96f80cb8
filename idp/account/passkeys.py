"""/account/passkeys: what there are, and by who signed in a moment ago added, renamed and removed."""

from flask import Response, request

from idp.account import security
from idp.account.access import asks_first, owner, owner_user, require_strong, see_other
from idp.account.passkey_pages import AccountPasskeysPage, AddPasskeyPage, PasskeyLine
from idp.domain.credentials.models import Passkey
from idp.domain.credentials.passkey_answers import PasskeyRefusedError, are_possible
from idp.domain.credentials.passkeys import list_passkeys
from idp.domain.errors import DomainError, InvalidInputError
from idp.domain.lifecycle.factors import LastFactorError
from idp.domain.lifecycle.passkeys import add_passkey, drop_passkey, name_passkey
from idp.domain.lifecycle.ways_in import LastWayInError
from idp.domain.tenant.login_policy import find_login_policy
from idp.infra.words import Moment, say
from idp.web import cookies
from idp.web.pages import render
from idp.web.passkeys import FIELD, creation_form
from idp.web.rate_limits import limit
from idp.web.refusals import explain

PATH = "/account/passkeys"
ADD_PATH = "/account/passkeys/add"
REFUSED = 422
#: Its owner is mailed each time.
_RENAMINGS = "30/hour"
NOTICES = {
    "added": say("Your passkey is set up. You can sign in with it from now on."),
    "renamed": say("The passkey has its new name."),
    "removed": say("The passkey is removed. You can delete it on your device, too."),
}


def show() -> Response:
    """All of them."""
    return _list(NOTICES.get(request.args.get("notice", "")))


def submit() -> Response:
    """Rename one, or remove it.

    Raises:
        NotFoundError: it is not this person's.
    """
    passkey_id = request.form.get("passkey", "")
    try:
        if request.form.get("action") == "rename":
            limit(_RENAMINGS, "passkey names", owner().user_id)
            name_passkey(owner_user(), passkey_id, request.form.get("name", ""))
            return see_other(f"{PATH}?notice=renamed")
        require_strong()
        drop_passkey(owner_user(), passkey_id)
    except InvalidInputError as error:
        return _list(error=error)
    except (LastFactorError, LastWayInError) as error:
        explain("what is left to sign in with", "another one of what is needed", "the removal of the last")
        return _list(error=error)
    return see_other(f"{PATH}?notice=removed")


def show_add() -> Response:
    """The button that makes one."""
    if not _are_on():
        return see_other(security.PATH)
    require_strong()
    return _add()


def submit_add() -> Response:
    """Let it count."""
    if not _are_on():
        return see_other(security.PATH)
    require_strong()
    try:
        add_passkey(owner_user(), request.form.get(FIELD, ""), cookies.find_browser_id())
    except PasskeyRefusedError as refused:
        explain("passkey", "one that fits this place", refused.reason)
        return _add(refused.message)
    return see_other(f"{PATH}?notice=added")


def _are_on() -> bool:
    policy = find_login_policy()
    return are_possible() and "passkey" in {*policy.first, *policy.second}


def _list(notice: str | None = None, error: DomainError | None = None) -> Response:
    page = AccountPasskeysPage(
        email=owner().email,
        notice=notice,
        error=error.message if error is not None else None,
        passkeys=tuple(_line(each) for each in list_passkeys(owner().user_id)),
        add_url=ADD_PATH if _are_on() else None,
        asks_first=asks_first(),
    )
    return render(page, REFUSED if error is not None else 200)


def _line(passkey: Passkey) -> PasskeyLine:
    return PasskeyLine(
        id=passkey.id,
        name=passkey.name,
        created=Moment(passkey.created_at),
        used=None if passkey.last_used_at is None else Moment(passkey.last_used_at),
        is_synced=passkey.is_backed_up,
    )


def _add(error: str | None = None) -> Response:
    page = AddPasskeyPage(email=owner().email, passkey=creation_form(ADD_PATH, owner_user()), error=error)
    return render(page, REFUSED if error else 200)
