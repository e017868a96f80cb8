"""/admin/branding: how the pages look, of all apps or, with `?client=`, of one."""

from collections.abc import Mapping
from urllib.parse import urlencode

from flask import Response, request

from idp.admin.access import administrator, see_other
from idp.admin.pages import OWN, BrandField, BrandingPage, BrandPicture
from idp.domain.branding.branding import BACKGROUNDS, LINKS, PICTURES, Branding
from idp.domain.branding.colours import Colour
from idp.domain.branding.keeping import change_branding, get_branding, parse_changes
from idp.domain.branding.palette import explain
from idp.domain.clients.looks import change_client_branding, get_client_branding
from idp.domain.clients.queries import get_record
from idp.domain.errors import InvalidInputError
from idp.infra.pictures import MAXIMUM_BYTES
from idp.web.pages import render
from idp.web.settings import settings

PATH = "/admin/branding"
_REFUSED = 422
_LABELS = {
    "name": ("Name", "What pages and mails call it."),
    "color": ("Colour", "For buttons, links and focus, like #3355e0. A shade that would be hard to read is adjusted."),
    "background": ("Background", "As usual, it is a soft glow. A gradient is made of your colour."),
    "radius": ("Radius of corners", "From 0 (square) to 24 pixels."),
    "website": ("Website", "Linked below the card, like the next three."),
    "terms": ("Terms of use", None),
    "privacy": ("Privacy statement", None),
    "support": ("Support", "A page, or mailto: with an address."),
    "logo": ("Logo", "PNG, JPEG, WebP or GIF up to 200 KB; shown 240 by 56 pixels at most."),
    "logo_dark": ("Logo for the dark theme", "Without one, the logo is shown on dark pages, too."),
    "favicon": ("Icon of the tab", "Square. An ICO file will do, too."),
}
_KINDS = {"color": "color", "radius": "number"}
_BACKGROUNDS = (("", "As usual"), *((each, each.capitalize()) for each in BACKGROUNDS), (OWN, "A colour"))
_TEXTS = ("name", "color", "background", "radius", *LINKS)


def show() -> Response:
    """The form, with what is set."""
    found = _get(_client_id())
    notice = "Saved. It is on every page within a second." if "saved" in request.args else None
    return _form(found, {name: getattr(found, name) for name in _TEXTS}, notice=notice)


def submit() -> Response:
    """Keep what was sent. A field left empty takes its value away; a picture stays until it is replaced or removed."""
    client_id = _client_id()
    typed = {name: request.form.get(name, "") for name in _TEXTS}
    if typed["background"] == OWN:
        typed["background"] = request.form.get(f"background_{OWN}", "")
    files = {name: file for name in PICTURES if (file := request.files.get(name)) is not None and file.filename}
    removed = {name: None for name in PICTURES if f"remove_{name}" in request.form}
    try:
        sent = {name: file.stream.read(MAXIMUM_BYTES + 1) for name, file in files.items()}
        changes = {**removed, **parse_changes(typed, sent)}
        if client_id is None:
            change_branding(changes)
        else:
            change_client_branding(client_id, changes)
    except InvalidInputError as error:
        return _form(_get(client_id), typed, refused=error)
    return see_other(_url(client_id, saved="1"))


def _form(
    found: Branding,
    values: Mapping[str, str | int | None],
    *,
    notice: str | None = None,
    refused: InvalidInputError | None = None,
) -> Response:
    client_id = _client_id()
    is_at_field = refused is not None and refused.field in _LABELS
    page = BrandingPage(
        action=_url(client_id),
        email=administrator().email,
        client_name=None if client_id is None else get_record(client_id).name,
        usual_name=settings().name,
        fields=tuple(_field(name, values[name], refused) for name in _TEXTS),
        pictures=tuple(_picture(name, found, refused) for name in PICTURES),
        adjusted=explain(Colour.parse(found.color)) if found.color and not refused else (),
        notice=notice,
        error=refused.message if refused and not is_at_field else None,
    )
    return render(page, _REFUSED if refused else 200)


def _field(name: str, value: str | int | None, refused: InvalidInputError | None) -> BrandField:
    label, hint = _LABELS[name]
    return BrandField(
        name=name,
        label=label,
        hint=hint,
        value="" if value is None else str(value),
        error=refused.message if refused and refused.field == name else None,
        kind=_KINDS.get(name, "text"),
        choices=_BACKGROUNDS if name == "background" else (),
    )


def _picture(name: str, found: Branding, refused: InvalidInputError | None) -> BrandPicture:
    picture = getattr(found, name)
    field = _field(name, None, refused)
    return BrandPicture(
        name=name, label=field.label, hint=field.hint, error=field.error, url=picture.path if picture else None
    )


def _get(client_id: str | None) -> Branding:
    return get_branding() if client_id is None else get_client_branding(client_id)


def _client_id() -> str | None:
    return request.args.get("client") or None


def _url(client_id: str | None, **more: str) -> str:
    query = ({"client": client_id} if client_id else {}) | more
    return PATH + (f"?{urlencode(query)}" if query else "")
