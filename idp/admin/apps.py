"""/admin/apps/new: register an app in three answers, and see its credentials once, with code to paste."""

from flask import Response, current_app, request

from idp.admin.pages import AppCreatedPage, FirstAppPage
from idp.domain.apis import queries as apis
from idp.domain.apis.registration import grant_client_access, register_api
from idp.domain.clients.queries import list_records
from idp.domain.clients.registration import KINDS, NewClient, Registered, register_client
from idp.domain.errors import InvalidInputError
from idp.web.pages import render
from idp.web.settings import settings

PATH = "/admin/apps/new"
HOME = "/admin"
MACHINE = "machine"
_EXAMPLE_AUDIENCE = "https://api.example.com"
_REFUSED = 422


def show() -> Response:
    """The form."""
    return _form()


def submit() -> Response:
    """Register, and show the credentials. They are in this answer alone, so there is no redirect."""
    typed = {name: request.form.get(name, "").strip() for name in ("name", "kind", "callback")}
    if typed["kind"] not in KINDS:
        typed["kind"] = "web"
    callback = "" if typed["kind"] == MACHINE else typed["callback"]
    if typed["kind"] != MACHINE and not callback:
        return _form(_REFUSED, **typed, callback_error="Where should users come back to?")
    try:
        registered = register_client(
            NewClient(name=typed["name"], kind=typed["kind"], redirect_uris=[callback] if callback else [])
        )
    except InvalidInputError as error:
        place = f"{error.field}_error" if error.field in {"name", "callback"} else "error"
        return _form(_REFUSED, **typed, **{place: error.message})
    return render(
        AppCreatedPage(
            name=registered.record.name,
            kind=registered.record.kind,
            issuer=settings().issuer,
            client_id=registered.record.id,
            client_secret=registered.secret,
            callback=callback,
            audience=_audience(registered),
            home_url=HOME,
        )
    )


def has_own_apps() -> bool:
    """Whether the operator has registered an app: the sample app that runs beside this server is none of theirs."""
    sample = current_app.config["SAMPLE_CLIENT_ID"]
    return any(record.id != sample for record in list_records())


def _audience(registered: Registered) -> str:
    """The API of the snippets. A machine is given access to it, as its snippet is to work as it stands."""
    known = [api.audience for api in apis.list_records()]
    if registered.record.kind != MACHINE:
        return known[0] if known else _EXAMPLE_AUDIENCE
    audience = known[0] if known else register_api("First API", _EXAMPLE_AUDIENCE, scopes={}).audience
    found = apis.find_api(audience)
    grant_client_access(registered.record.id, audience, list(found.scopes) if found else [])
    return audience


def _form(status: int = 200, **values: str) -> Response:
    page = FirstAppPage(
        action=PATH,
        skip_url=HOME,
        first=not has_own_apps(),
        **values,
    )
    return render(page, status)
