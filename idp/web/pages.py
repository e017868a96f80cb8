"""HTML pages: one frozen dataclass per template, and the one function that renders it.

A view builds a `Page` and returns `render(page)`. The template sees `page`, `language` and `languages`, and globals:
`static_url(name)`, `brand`, `csrf_token()` (set by `idp.web.csrf`), and for words `t(text, **values)` and the filter
`| t`. Pages of a door live beside it, in its own `pages.py`; here are the base, what pages of several doors show, and
the pages that belong to no door: error and mailbox.
"""

import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import ClassVar

from flask import Flask, Response, abort, make_response, render_template
from jinja2 import StrictUndefined

from idp.infra import words
from idp.infra.words import Moment, Span, say
from idp.web import languages

_PACKAGE = Path(__file__).resolve().parent.parent
STATIC_FOLDER = _PACKAGE / "static"
_YEAR = 31_536_000


def template_folder() -> Path:
    """Where templates are: inside the package when installed from a wheel, beside it in a checkout."""
    packaged = _PACKAGE / "templates"
    return packaged if packaged.is_dir() else _PACKAGE.parent / "templates"


@dataclass(frozen=True, kw_only=True)
class Brand:
    """Who provides the login, as pages and mails show it. The colours are in the stylesheet's custom properties."""

    name: str = "idp"
    logo_url: str | None = None
    logo_dark_url: str | None = None


@dataclass(frozen=True, kw_only=True)
class AppView:
    """A client app as its users see it: what to call it, how it looks, where its own pages are."""

    name: str
    host: str | None = None
    home_url: str | None = None
    logo_url: str | None = None
    terms_url: str | None = None
    privacy_url: str | None = None
    support_url: str | None = None
    third_party: bool = False

    @property
    def initial(self) -> str:
        """The letter that stands for an app without a logo."""
        return next((letter.upper() for letter in self.name if letter.isalnum()), "?")


@dataclass(frozen=True, kw_only=True)
class Page:
    """What one template is given."""

    template: ClassVar[str]
    is_translated: ClassVar[bool] = True
    """False for what operators and developers see: it is in English."""


@dataclass(frozen=True, kw_only=True)
class FailedCheck:
    """One reason for a refusal, in the operator's words."""

    check: str
    expected: str
    received: str


@dataclass(frozen=True, kw_only=True)
class ErrorPage(Page):
    """A dead end told calmly. `checks` are shown to developers only: leave them out where users must not see them."""

    template: ClassVar[str] = "errors/error.html"
    title: str
    message: str
    advice: str
    reference: str
    time: str
    """When it happened, ISO 8601 in UTC."""
    app: AppView | None = None
    command: str | None = None
    """What the advice says to run."""
    action_url: str | None = None
    """A way on that is known to be safe; never taken from the request."""
    action_label: str = say("Try again")
    checks: tuple[FailedCheck, ...] = ()


@dataclass(frozen=True, kw_only=True)
class OperatorErrorPage(ErrorPage):
    """The same for who runs or develops this, in English."""

    is_translated: ClassVar[bool] = False


@dataclass(frozen=True, kw_only=True)
class MailLine:
    """A message in the list of the development mailbox."""

    url: str
    to: str
    subject: str
    time: str


@dataclass(frozen=True, kw_only=True)
class MailView:
    """One message, read. `text` is its plain part; links in it become clickable."""

    sender: str
    to: str
    subject: str
    time: str
    text: str
    html_url: str | None = None


@dataclass(frozen=True, kw_only=True)
class MailboxPage(Page):
    """The development mailbox: what would have been sent, newest first."""

    template: ClassVar[str] = "dev/mailbox.html"
    is_translated: ClassVar[bool] = False
    messages: tuple[MailLine, ...] = ()
    selected: MailView | None = None
    mailbox_url: str = "/dev/mailbox"


def focus_on(form_error: str | None, field_errors: Mapping[str, str | None], otherwise: str) -> str:
    """The id that takes the focus when a page opens: the first fault, if there is one."""
    if form_error:
        return "form-error"
    return next((name for name, error in field_errors.items() if error), otherwise)


@cache
def _static_files() -> dict[str, tuple[str, bytes]]:
    """Each static file's version and content. They are few and small, so they are served from memory."""
    contents = {path.name: path.read_bytes() for path in STATIC_FOLDER.iterdir() if path.is_file()}
    return {name: (hashlib.sha256(content).hexdigest()[:12], content) for name, content in contents.items()}


def static_url(name: str) -> str:
    """The address of a static file, which changes with its content so that it may be cached for ever."""
    return f"/static/{_static_files()[name][0]}/{name}"


def _serve_static(version: str, name: str) -> Response:
    if name not in _static_files():
        abort(404)
    current, content = _static_files()[name]
    response = Response(content, mimetype=mimetypes.guess_type(name)[0])
    # A node of the previous release may be asked for the next one's file: answer, but let nobody keep it.
    kept = f"public, max-age={_YEAR}, immutable" if version == current else "no-cache"
    response.headers["Cache-Control"] = kept
    return response


def install(app: Flask, brand: Brand | None = None) -> None:
    """Make `app` able to render pages and serve `/static/<hash>/<file>`. Create it with `static_folder=None`."""
    app.template_folder = str(template_folder())
    environment = app.jinja_env
    environment.undefined = StrictUndefined
    environment.trim_blocks = True
    environment.lstrip_blocks = True
    environment.globals.update(
        static_url=static_url, brand=brand or Brand(), t=languages.t, address_in=languages.address_in
    )
    environment.filters.update(t=languages.translate, span=_span, moment=_moment)
    app.add_url_rule("/static/<version>/<name>", "static", _serve_static, methods=["GET"])


def _span(value: int | str) -> Span | str:
    """A duration that came as plain JSON; words that the previous release put there stay."""
    return Span(value) if isinstance(value, int) else value


def _moment(value: int | str) -> Moment | str:
    """A time that came as plain JSON."""
    return Moment(value) if isinstance(value, int) else value


def render(page: Page, status: int = 200) -> Response:
    """The page as a response that no cache keeps."""
    if page.is_translated:
        languages.remember_choice()
    else:
        words.use_language(languages.ENGLISH.tag)
    offered = languages.LANGUAGES if page.is_translated and languages.has_picker() else ()
    context = {"page": page, "language": languages.current(), "languages": offered}
    response = make_response(render_template(page.template, **context), status)
    response.headers["Cache-Control"] = "no-store"
    return response
