"""/admin/apps/new: register an app in three answers, and see its credentials once, with code to paste."""

from flask import Response, current_app, request

from idp.admin import api_access
from idp.admin.api_access import NO_API, Chosen
from idp.admin.pages import AppCreatedPage, FirstAppPage
from idp.domain.apis import queries as apis
from idp.domain.apis.registration import grant_client_access
from idp.domain.clients.queries import list_records
from idp.domain.clients.registration import KINDS, NewClient, Registered, register_client
from idp.domain.errors import InvalidInputError
from idp.web.pages import render
from idp.web.settings import settings

PATH = "/admin/apps/new"
HOME = "/admin"
MACHINE = "machine"
DEFAULT_ALG = "RS256"
NOTHING = Chosen(api=None, scopes=(), is_answered=False)
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
    known = apis.list_records()
    chosen = api_access.read(known) if typed["kind"] == MACHINE else NOTHING
    if typed["kind"] == MACHINE and known and not chosen.is_answered:
        return _form(_REFUSED, **typed, api_error="Choose the API that it calls, or that it gets no access yet.")
    try:
        registered = register_client(
            NewClient(name=typed["name"], kind=typed["kind"], redirect_uris=[callback] if callback else [])
        )
    except InvalidInputError as error:
        place = f"{error.field}_error" if error.field in {"name", "callback"} else "error"
        return _form(_REFUSED, **typed, **{place: error.message})
    if chosen.api is not None:
        grant_client_access(registered.record.id, chosen.api.audience, chosen.scopes)
    return render(_created(registered, callback, chosen))


def has_own_apps() -> bool:
    """Whether the operator has registered an app: the sample app that runs beside this server is none of theirs."""
    sample = current_app.config["SAMPLE_CLIENT_ID"]
    return any(record.id != sample for record in list_records())


def _created(registered: Registered, callback: str, chosen: Chosen) -> AppCreatedPage:
    """The credentials; the snippets name the API that was chosen, else the first, else one that is made up."""
    api = chosen.api or next(iter(apis.list_records()), None)
    return AppCreatedPage(
        name=registered.record.name,
        kind=registered.record.kind,
        issuer=settings().issuer,
        client_id=registered.record.id,
        client_secret=registered.secret,
        callback=callback,
        api_name=api.name if api else None,
        audience=api.audience if api else _EXAMPLE_AUDIENCE,
        signing_alg=api.signing_alg if api else DEFAULT_ALG,
        has_access=chosen.api is not None,
        scopes=chosen.scopes,
        home_url=HOME,
    )


def _form(status: int = 200, **values: str) -> Response:
    page = FirstAppPage(
        action=PATH,
        skip_url=HOME,
        first=not has_own_apps(),
        apis=api_access.choices(apis.list_records()),
        no_api=NO_API,
        no_api_chosen=request.form.get("api") == NO_API,
        **values,
    )
    return render(page, status)
