"""The language of a page: what the person picked, else what the app asks for (`ui_locales`, OIDC Core §3.1.2.1), else
what the browser prefers, else the tenant's.

Catalogues are gettext files beside this module, a file a language, keyed by the English text; a test holds each to be
complete. Templates say `{{ t("Sign in to {app}", app=name) }}`; texts that come from the domain are `Words`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import g, has_request_context, request
from markupsafe import Markup, escape

from idp.infra import words
from idp.infra.words import Moment, Span, Words
from idp.web import cookies
from idp.web.settings import settings

CATALOGUES = Path(__file__).resolve().parent / "catalogues"
PARAMETER = "lang"
_YEAR = 365 * 86400


@dataclass(frozen=True, slots=True)
class Language:
    """A language that pages can be read in: `tag` (BCP 47), its name in itself, and where its lines begin."""

    tag: str
    name: str
    direction: str = "ltr"


ENGLISH = Language("en", "English")
LANGUAGES: tuple[Language, ...] = (
    ENGLISH,
    Language("de", "Deutsch"),
    Language("fr", "Français"),
    Language("es", "Español"),
    Language("pt", "Português"),
    Language("it", "Italiano"),
    Language("nl", "Nederlands"),
    Language("pl", "Polski"),
    Language("tr", "Türkçe"),
    Language("ar", "العربية", "rtl"),
    Language("he", "עברית", "rtl"),
    Language("ja", "日本語"),
    Language("zh", "中文"),
    Language("ko", "한국어"),
    Language("hi", "हिन्दी"),
)
_BY_TAG = {language.tag: language for language in LANGUAGES}


def current() -> Language:
    """The language of the page being made; chosen once a request."""
    known = words.language()
    if known is None:
        known = _choose().tag
        words.use_language(known)
    return _BY_TAG.get(known, ENGLISH)


def prefer(ui_locales: Iterable[str]) -> None:
    """The app would like one of these, best first (OIDC Core §3.1.2.1)."""
    g.ui_locales = tuple(ui_locales)
    words.use_language(None)


def address_in(tag: str) -> str:
    """This page in another language, for the picker."""
    query = [(name, value) for name, value in request.args.items(multi=True) if name != PARAMETER]
    return f"{request.path}?{urlencode([*query, (PARAMETER, tag)])}"


def remember_choice() -> None:
    """Keep the language that the person picks on a page, in this browser."""
    picked = match([request.args.get(PARAMETER, "")])
    if picked is not None:
        cookies.write(cookies.LANGUAGE, picked.tag, _YEAR)
        words.use_language(None)


def match(tags: Iterable[str]) -> Language | None:
    """The first that we have: `de-AT` is served `de` (RFC 4647 §3.4)."""
    return next((_BY_TAG[base] for tag in tags if (base := tag.lower().partition("-")[0]) in _BY_TAG), None)


def t(key: str, **values: Any) -> str:
    """A text in the language of the page; values are escaped, unless they are markup. For templates."""
    text = Markup(escape(_look_up(key)))  # noqa: S704 -- escaped here
    return text.format(**{name: _local(value) for name, value in values.items()}) if values else text


def translate(text: str | None) -> str:
    """What the domain or a view says, in the language of the page."""
    if text is None:
        return ""
    if isinstance(text, Words):
        return _look_up(text.key).format(**{name: _local(value) for name, value in text.values.items()})
    return _look_up(text)


def _local(value: Any) -> Any:
    """A value as the language writes it."""
    if isinstance(value, Words):
        return translate(value)
    if isinstance(value, Span):
        return span(int(value))
    return moment(int(value)) if isinstance(value, Moment) else value


def span(seconds: int) -> str:
    """A duration in words."""
    if current() is ENGLISH:
        return str(Span(seconds))
    size, unit = next(
        ((size, unit) for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")) if seconds % size == 0),
        (60, "minute") if seconds > 60 else (1, "second"),  # noqa: PLR2004 -- a minute
    )
    found: str = import_module("babel.units").format_unit(-(-seconds // size), f"duration-{unit}", locale=current().tag)
    return found


def moment(at: int) -> str:
    """A time in words, in UTC."""
    if current() is ENGLISH:
        return str(Moment(at))
    when = datetime.fromtimestamp(at, UTC)
    found: str = import_module("babel.dates").format_datetime(when, "long", locale=current().tag)
    return found


def _look_up(key: str) -> str:
    language = current()
    return key if language is ENGLISH else catalogue(language.tag).get(key, key)


@cache
def catalogue(tag: str) -> dict[str, str]:
    """English text → the language's own. Read when it is first asked for: Babel and the file cost memory."""
    path = CATALOGUES / f"{tag}.po"
    if not path.exists():
        return {}
    with path.open("rb") as file:
        read = import_module("babel.messages.pofile").read_po(file, locale=tag)
    return {message.id: message.string for message in read if message.id and message.string}


def _choose() -> Language:
    if not has_request_context():
        return _tenants()
    picked = [request.args.get(PARAMETER) or cookies.read(cookies.LANGUAGE) or "", *g.get("ui_locales", ())]
    return match(picked) or match(list(request.accept_languages.values())) or _tenants()


def _tenants() -> Language:
    return match([settings().language]) or ENGLISH
