"""A brand as pages and mails wear it, and /brand/…: its stylesheet and pictures, at addresses that change with them."""

from dataclasses import replace
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, request

from idp.domain.branding.branding import Branding, StoredPicture
from idp.domain.branding.colours import Colour
from idp.domain.branding.keeping import find_branding, find_picture
from idp.domain.branding.palette import DARK, DEFAULT, LIGHT, palette
from idp.domain.branding.stylesheet import find_stylesheet
from idp.domain.clients.client import Client
from idp.domain.clients.looks import branding_for
from idp.domain.clients.queries import find_client
from idp.domain.tenant.reading import only_reads
from idp.web.pages import Brand, Logo, MailLook
from idp.web.settings import settings

_FOR_EVER = "public, max-age=31536000, immutable"
_MEDIA_TYPES = {"png": "image/png", "jpg": "image/jpeg"}
_CLIENT = "client_id"
_UNTOUCHED = Branding()


def create_blueprint() -> Blueprint:
    """The stylesheet and the pictures."""
    blueprint = Blueprint("brands", __name__, url_prefix="/brand")
    blueprint.add_url_rule("/<version>/brand.css", "stylesheet", show_stylesheet)
    blueprint.add_url_rule("/<digest>/picture.<kind>", "picture", show_picture)
    return blueprint


def tenant_brand() -> Brand:
    """What pages look like that no app asked for."""
    return _worn(find_branding(), None)


def brand_of(client: Client) -> Brand | None:
    """What pages of an app look like; None: like all."""
    branding = branding_for(client)
    return None if branding == find_branding() else _worn(branding, client)


def mail_brand(client_id: str | None) -> Brand:
    """What a mail looks like that came of an app's request, or of none."""
    client = find_client(client_id) if client_id else None
    brand = (brand_of(client) if client is not None else None) or tenant_brand()
    if client is not None and client.is_third_party:
        return replace(brand, mail=replace(brand.mail, logo=None))
    return brand


def logo_of(branding: Branding) -> Logo | None:
    """The logo, if one is set."""
    picture, dark = branding.logo, branding.logo_dark
    if picture is None:
        return None
    return Logo(
        url=picture.path, width=picture.width, height=picture.height, dark_url=None if dark is None else dark.path
    )


def show_stylesheet(version: str) -> Response:
    """The rules of the tenant's brand, or of an app's."""
    only_reads()
    client = find_client(request.args.get(_CLIENT, ""))
    found = find_stylesheet(find_branding() if client is None else branding_for(client))
    response = Response(found.text if found else "", mimetype="text/css")
    # A page just loaded from before a change, or by another release: answer, but let nobody keep it
    response.headers["Cache-Control"] = _FOR_EVER if found and found.version == version else "no-cache"
    return response


def show_picture(digest: str, kind: str) -> Response:
    """A picture. It was made by this server, yet it is given no rights (RFC 9110 §8.3: nor another type)."""
    only_reads()
    found = find_picture(digest) if digest.isascii() and digest.isalnum() else None
    if found is None or found[0] != kind:
        abort(404)
    response = Response(found[1], content_type=_MEDIA_TYPES[kind])
    response.headers["Cache-Control"] = _FOR_EVER
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def _worn(branding: Branding, client: Client | None) -> Brand:
    name, support = branding.name or settings().name, branding.support or settings().support_url
    if branding == _UNTOUCHED:
        return Brand(name=name, has_shield=_is_nameless(branding), support_url=support)
    logo = logo_of(branding) if client is None else logo_of(find_branding())
    return Brand(
        name=name,
        logo=logo,
        has_shield=_is_nameless(branding),
        home_url=branding.website,
        terms_url=branding.terms,
        privacy_url=branding.privacy,
        support_url=support,
        icon_url=_path(branding.favicon),
        stylesheet_url=_stylesheet_url(branding, client),
        mail=_mail_look(branding),
    )


def _is_nameless(branding: Branding) -> bool:
    """Whether nobody chose what it is called, nor how it looks beside its name."""
    return branding.name is None and branding.logo is None and "name" not in settings().model_fields_set


def _stylesheet_url(branding: Branding, client: Client | None) -> str | None:
    found = find_stylesheet(branding)
    if found is None:
        return None
    query = f"?{urlencode({_CLIENT: client.id})}" if client is not None else ""
    return f"/brand/{found.version}/brand.css{query}"


def _mail_look(branding: Branding) -> MailLook:
    colour = Colour.parse(branding.color) if branding.color else DEFAULT
    light, dark = palette(colour, LIGHT), palette(colour, DARK)
    logo = logo_of(branding)
    if logo is not None:
        origin = settings().origin
        logo = replace(logo, url=origin + logo.url, dark_url=origin + logo.dark_url if logo.dark_url else None)
    untouched = MailLook()
    return MailLook(
        button=str(light.fill),
        button_text=str(light.text),
        link=str(light.link),
        dark_link=str(dark.link),
        dark_button=str(dark.fill),
        dark_button_text=str(dark.text),
        radius=untouched.radius if branding.radius is None else branding.radius,
        logo=logo,
    )


def _path(picture: StoredPicture | None) -> str | None:
    return None if picture is None else picture.path
