"""The console's page of a brand, as it is first seen, and refused."""

from dataclasses import replace

from idp.admin.pages import BrandField, BrandingPage, BrandPicture
from idp.web.pages import Page

_FIELD = BrandField(name="color", label="Colour", hint="Like #3355e0.", value="#ffdd00", error=None, kind="color")
_BACKGROUND = BrandField(
    name="background",
    label="Background",
    hint="Behind the card.",
    value="#e8eefc",
    error=None,
    choices=(("", "As usual"), ("glow", "Glow"), ("own", "A colour")),
)
_PICTURE = BrandPicture(name="logo", label="Logo", hint="PNG.", error=None, url="/brand/a/picture.png")

BRANDING_PAGES: dict[str, Page] = {
    "branding": BrandingPage(
        action="/admin/branding",
        email="ada@example.com",
        fields=(_FIELD, _BACKGROUND),
        pictures=(_PICTURE,),
        adjusted=("The words on buttons are dark.",),
        notice="Saved.",
    ),
    "branding-error": BrandingPage(
        action="/admin/branding?client=x",
        email="ada@example.com",
        client_name="Fieldnotes",
        fields=(replace(_FIELD, error="'red' is no colour."),),
        pictures=(replace(_PICTURE, url=None, error="An SVG file can carry scripts."),),
        error="Not saved.",
    ),
}
