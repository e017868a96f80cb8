"""/account/apps: the apps that can do something with the account, what it is, and the button that takes it back."""

from flask import Response, request

from idp.account.access import owner, owner_user, see_other
from idp.account.pages import AccessLine, AppsPage
from idp.domain.apis.queries import find_api
from idp.domain.clients.queries import find_client
from idp.domain.lifecycle.app_access import AppAccess, list_app_access, take_back_access
from idp.infra.words import Moment, say
from idp.web import forms
from idp.web.app_views import app_view
from idp.web.pages import render
from idp.web.scope_words import ScopeLine, scope_lines

PATH = "/account/apps"
NOTICES = {"removed": say("That app can do nothing with your account any more.")}


def show() -> Response:
    """The list."""
    lines = tuple(line for each in list_app_access(owner().user_id) if (line := _line(each)) is not None)
    page = AppsPage(email=owner().email, apps=lines, notice=NOTICES.get(request.args.get("notice", "")))
    return render(page)


def submit() -> Response:
    """Take it back."""
    take_back_access(owner_user(), forms.read("client_id"))
    return see_other(f"{PATH}?notice=removed")


def _line(access: AppAccess) -> AccessLine | None:
    client = find_client(access.client_id)
    if client is None:
        return None
    lines: dict[str, ScopeLine] = {}
    for audience, scopes in access.scopes.items():
        api = find_api(audience) if audience else None
        lines |= {line.title: line for line in scope_lines(scopes, api.scopes if api is not None else {})}
    return AccessLine(
        client_id=client.id, app=app_view(client), scopes=tuple(lines.values()), since=Moment(access.since)
    )
