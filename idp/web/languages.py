"""The language of a page: what the person picked, else what the app asks for (`ui_locales`, OIDC Core §3.1.2.1), else
what the browser prefers, else the tenant's.

Catalogues are gettext files beside this module, a file a language, keyed by the English text; a test holds each to be
complete. Templates say `{{ t("Sign in to {app}", app=name) }}`; texts that come from the domain are `Words`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import g, has_request_context, request
from jinja2 import pass_context, pass_eval_context
from jinja2.nodes import EvalContext
from jinja2.runtime import Context
from markupsafe import Markup, escape

from idp.infra import clock, words
from idp.infra.words import Moment, Span, Words
from idp.web import cookies
from idp.web.settings import settings

CATALOGUES = Path(__file__).resolve().parent / "catalogues"
PARAMETER = "lang"
#: A page names its own address once a language: what comes with a long query is not offered in others.
_LONGEST_QUERY = 1000
_YEAR = 365 * 86400
#: How many of a unit Babel would rather say as one of the next
_NEVER_LARGER = 1e9
_TIME = Markup('<time datetime="{}">{}</time>')


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
    words.use_language(_choose().tag)


def address_in(tag: str) -> str:
    """This page in another language, for the picker."""
    query = [(name, value) for name, value in request.args.items(multi=True) if name != PARAMETER]
    # Without the path: one that begins with two slashes would be another host
    return f"?{urlencode([*query, (PARAMETER, tag)])}"


def has_picker() -> bool:
    """Whether the page may be asked for again in another language."""
    return has_request_context() and len(request.query_string) <= _LONGEST_QUERY


def remember_choice() -> None:
    """Settle the language of this request, also for mails; keep in this browser what the person picks on a page."""
    picked = match([request.args.get(PARAMETER, "")])
    if picked is not None:
        cookies.write(cookies.LANGUAGE, picked.tag, _YEAR)
    words.use_language(_choose().tag)


def tenants() -> Language:
    """The language of this deployment, for whoever asks for none that we have."""
    return match([settings().language]) or ENGLISH


def match(tags: Iterable[str]) -> Language | None:
    """The first that we have: `de-AT` is served `de` (RFC 4647 §3.4); so is `de_AT` (OIDC Core §5.1, `locale`)."""
    bases = (tag.lower().replace("_", "-").partition("-")[0] for tag in tags)
    return next((_BY_TAG[base] for base in bases if base in _BY_TAG), None)


@pass_eval_context
def t(around: EvalContext, key: str, **values: Any) -> str:
    """A text in the language of the page, for templates. In HTML values are escaped, unless they are markup."""
    return _filled(key, values, in_html=around.autoescape)


@pass_context
def translate(context: Context, said: str | Span | Moment | None) -> str:
    """What the domain or a view says, in the language of the page: the filter `| t`."""
    # With the context: Jinja works out what else is constant when it compiles a template, once for all languages
    if said is None or isinstance(said, Markup):
        return said or ""
    if isinstance(said, Words | Span | Moment):
        found: str = _local(said, in_html=context.eval_ctx.autoescape)
        return found
    return _look_up(said)


def _filled(key: str, values: dict[str, Any], *, in_html: bool) -> str:
    local = {name: _local(value, in_html=in_html) for name, value in values.items()}
    found = _look_up(key)
    text = Markup(escape(found)) if in_html else found  # noqa: S704 -- escaped here
    return text.format(**local) if local else text


def _local(value: Any, *, in_html: bool) -> Any:
    """A value as the language writes it. In HTML a time says what it is, so that a script can tell it in local time."""
    if isinstance(value, Words):
        return _filled(value.key, value.values, in_html=in_html)
    if isinstance(value, Span):
        return span(int(value))
    if isinstance(value, Moment):
        at = datetime.fromtimestamp(int(value), UTC).isoformat()
        said = moment(int(value))
        # The hour does not stand alone in a line
        return _TIME.format(at, "\u00a0".join(said.rsplit(" ", 2))) if in_html else said
    if isinstance(value, str) and not isinstance(value, Markup) and current().direction == "rtl":
        # Unicode UAX #9 §2.7: a name that runs the other way must not drag the text around it along
        return f"\u2068{value}\u2069"
    return value


def span(seconds: int) -> str:
    """A duration in words."""
    if current() is ENGLISH:
        return str(Span(seconds))
    count, unit = clock.in_units(seconds)
    duration = timedelta(**{f"{unit}s": count})
    # Not `format_unit`: it finds no word where CLDR (LDML part 1, 4.2) lets "long" inherit from "short"
    found: str = import_module("babel.dates").format_timedelta(
        duration, granularity=unit, threshold=_NEVER_LARGER, locale=current().tag
    )
    return found


def moment(at: int) -> str:
    """A time in words, in UTC."""
    if current() is ENGLISH:
        return str(Moment(at))
    when = datetime.fromtimestamp(at, UTC)
    dates, tag = import_module("babel.dates"), current().tag
    order = str(dates.get_datetime_format("long", locale=tag)).replace("'", "")
    time, date = dates.format_time(when, "short", locale=tag), dates.format_date(when, "long", locale=tag)
    return f"{order.replace('{0}', time).replace('{1}', date)} UTC"


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
        return tenants()
    picked = (request.args.get(PARAMETER, ""), cookies.read(cookies.LANGUAGE) or "")
    wanted = (tag for tag, quality in request.accept_languages if quality > 0)
    return match([*picked, *g.get("ui_locales", ())]) or match(wanted) or tenants()
