"""/account/data: everything about the person as a file, and the end of the account. Both for who signed in just now."""

import orjson
from flask import Response, make_response

from idp.account.access import DELETED_PATH, owner, owner_user, require_strong, see_other
from idp.account.pages import DataPage, DeletedPage, DeletePage
from idp.domain.lifecycle.data_export import export_user
from idp.domain.lifecycle.deletion import LastAdministratorError, delete_user, is_last_administrator
from idp.domain.users.addresses import email_key
from idp.domain.users.mails import mail_security_notice
from idp.infra.words import say
from idp.web import forms
from idp.web.pages import render
from idp.web.rate_limits import limit
from idp.web.refusals import explain
from idp.web.sessions import sign_out

PATH = "/account/data"
DELETE_PATH = "/account/delete"
FILE_NAME = "my-data.json"
_DOWNLOADS = "10/hour"


def show() -> Response:
    """What can be done."""
    return render(DataPage(email=owner().email))


def download() -> Response:
    """Everything, as a file."""
    require_strong()
    limit(_DOWNLOADS, "data export", owner().user_id)
    user = owner_user()
    response = make_response(orjson.dumps(export_user(user), option=orjson.OPT_INDENT_2))
    response.headers["Content-Type"] = "application/json"
    response.headers["Content-Disposition"] = f'attachment; filename="{FILE_NAME}"'
    response.headers["Cache-Control"] = "no-store"
    mail_security_notice(user, say("The data of your account was downloaded."))
    return response


def show_delete() -> Response:
    """What will be gone."""
    require_strong()
    return _delete_page()


def delete() -> Response:
    """Delete the account, if its address was typed."""
    require_strong()
    typed, user = forms.read("email"), owner_user()
    if email_key(typed) != user.email_key:
        return _delete_page(typed, say("That is not the e-mail address of this account. Type it as it stands above."))
    try:
        delete_user(user, by="the user")
    except LastAdministratorError:
        explain("administrators", "another one who can sign in", "the deletion of the last")
        return _delete_page(typed)
    sign_out("the account was deleted")
    return see_other(DELETED_PATH)


def show_deleted() -> Response:
    """It is done. For everybody: nobody is signed in any more."""
    return render(DeletedPage())


def _delete_page(typed: str = "", error: str | None = None) -> Response:
    page = DeletePage(
        email=owner().email, is_last_administrator=is_last_administrator(owner_user()), typed=typed, error=error
    )
    return render(page, forms.REFUSED if typed or error else 200)
