"""HTML pages: one frozen dataclass per template, and the one function that renders it.

A view builds a `Page` and returns `render(page)`. The template sees `page`, `language` and `languages`, and globals:
`static_url(name)`, `brand`, `csrf_token()` (set by `idp.web.csrf`), and for words `t(text, **values)` and the filter
`| t`. Pages of a door live beside it, in its own `pages.py`; here are the base, what pages of several doors show, and
the pages that belong to no door: error and mailbox.
"""

import gzip
import hashlib
import mimetypes
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import ClassVar

from flask import Flask, Response, abort, current_app, make_response, render_template, request
from jinja2 import StrictUndefined
from werkzeug.local import LocalProxy

from idp.infra import words
from idp.infra.words import Moment, Span, say
from idp.web import languages, refusals
from idp.web.request_facts import reference
from idp.web.user_agents import device_name

_PACKAGE = Path(__file__).resolve().parent.parent
STATIC_FOLDER = _PACKAGE / "static"
_YEAR = 31_536_000
#: Where the answer to a form is kept for the back button: browsers show a dead end where it is gone.
_KEPT_FOR_BACK = "/u/"


def template_folder() -> Path:
    """Where templates are: inside the package when installed from a wheel, beside it in a checkout."""
    packaged = _PACKAGE / "templates"
    return packaged if packaged.is_dir() else _PACKAGE.parent / "templates"


@dataclass(frozen=True, kw_only=True)
class Logo:
    """A picture of ours, and how large it is: room is kept for it, so that nothing moves when it comes."""

    url: str
    width: int
    height: int
    dark_url: str | None = None

    def within(self, width: int, height: int) -> "Logo":
        """The same, no larger than this."""
        scale = min(1.0, width / self.width, height / self.height)
        return replace(self, width=max(round(self.width * scale), 1), height=max(round(self.height * scale), 1))


@dataclass(frozen=True, kw_only=True)
class MailLook:
    """What mails have instead of a stylesheet: their programs know no custom properties."""

    button: str = "#3355e0"
    button_text: str = "#ffffff"
    link: str = "#3050d3"
    dark_link: str = "#a3b2f1"
    dark_button: str = "#3355e0"
    dark_button_text: str = "#ffffff"
    radius: int = 10
    logo: Logo | None = None
    """With an address that begins with the issuer."""


@dataclass(frozen=True, kw_only=True)
class Brand:
    """Who provides the login, as pages and mails show it; the colours of pages are in `stylesheet_url`."""

    name: str = "idp"
    logo: Logo | None = None
    has_shield: bool = True
    """Whether the shield of this program stands for it: until it has a name or a logo of its own."""
    icon_url: str | None = None
    stylesheet_url: str | None = None
    home_url: str | None = None
    terms_url: str | None = None
    privacy_url: str | None = None
    support_url: str | None = None
    mail: MailLook = MailLook()


@dataclass(frozen=True, kw_only=True)
class AppView:
    """A client app as its users see it: what to call it, how it looks, where its own pages are."""

    name: str
    host: str | None = None
    home_url: str | None = None
    logo_url: str | None = None
    """Elsewhere, as it was registered."""
    logo: Logo | None = None
    """Ours, instead."""
    terms_url: str | None = None
    privacy_url: str | None = None
    support_url: str | None = None
    terms_by: str | None = None
    """Whose the terms and the privacy statement are, if all of them are somebody's."""
    third_party: bool = False
    has_shield: bool = False
    """It is this deployment itself, with no name or logo of its own."""
    brand: Brand | None = None
    """What its pages look like; None is what all do."""

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
    holds_secret: ClassVar[bool] = False
    """Whether it shows, or is given back, what nobody else may read: then no browser keeps it."""


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
    time: Moment
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
    time: Moment


@dataclass(frozen=True, kw_only=True)
class MailView:
    """One message, read. `text` is its plain part; links in it become clickable."""

    sender: str
    to: str
    subject: str
    time: Moment
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


@cache
def _packed(name: str) -> bytes:
    """A static file in gzip (RFC 9110 §8.4.1.3): the same for everybody, so that its size tells nobody anything."""
    return gzip.compress(_static_files()[name][1], mtime=0)


def static_url(name: str) -> str:
    """The address of a static file, which changes with its content so that it may be cached for ever."""
    return f"/static/{_static_files()[name][0]}/{name}"


def _serve_static(version: str, name: str) -> Response:
    if name not in _static_files():
        abort(404)
    current, content = _static_files()[name]
    response = Response(mimetype=mimetypes.guess_type(name)[0])
    response.vary.add("Accept-Encoding")
    if request.accept_encodings["gzip"]:
        response.content_encoding = "gzip"
        response.set_data(_packed(name))
    else:
        response.set_data(content)
    # A node of the previous release may be asked for the next one's file: answer, but let nobody keep it.
    kept = f"public, max-age={_YEAR}, immutable" if version == current else "no-cache"
    response.headers["Cache-Control"] = kept
    return response


_worn: ContextVar[Brand | None] = ContextVar("idp_brand", default=None)


@contextmanager
def wearing(brand: Brand) -> Iterator[None]:
    """While this lasts, what is rendered looks so."""
    before = _worn.set(brand)
    try:
        yield
    finally:
        _worn.reset(before)


def install(app: Flask, brand: Callable[[], Brand] = Brand) -> None:
    """Make `app` able to render pages and serve `/static/<hash>/<file>`. Create it with `static_folder=None`.

    `brand` finds how pages look that no app asked for.
    """
    app.config["BRAND"] = brand
    app.template_folder = str(template_folder())
    environment = app.jinja_env
    environment.undefined = StrictUndefined
    environment.trim_blocks = True
    environment.lstrip_blocks = True
    environment.globals.update(
        static_url=static_url,
        # By name: macros that templates import see globals alone
        brand=LocalProxy(lambda: _worn.get() or brand()),
        t=languages.t,
        address_in=languages.address_in,
        reference=reference,
        is_refused=refusals.is_refused,
    )
    environment.filters.update(t=languages.translate, span=_span, moment=_moment, device=device_name)
    app.add_url_rule("/static/<version>/<name>", "static", _serve_static, methods=["GET"])


def _span(value: int | str) -> Span | str:
    """A duration that came as plain JSON; words that the previous release put there stay."""
    return Span(value) if isinstance(value, int) else value


def _moment(value: int | str) -> Moment | str:
    """A time that came as plain JSON."""
    return Moment(value) if isinstance(value, int) else value


def render(page: Page, status: int = 200) -> Response:
    """The page as a response that no cache keeps, but for the answers to forms of the hosted login."""
    if page.is_translated:
        languages.remember_choice()
    else:
        words.use_language(languages.ENGLISH.tag)
    offered = languages.LANGUAGES if page.is_translated and languages.has_picker() else ()
    refusals.note(status, str(getattr(page, "title", type(page).__name__)))
    context = {"page": page, "language": languages.current(), "languages": offered}
    with wearing(_brand_of(page)):
        response = make_response(render_template(page.template, **context), status)
    response.headers["Cache-Control"] = "private, no-cache" if _is_kept(page) else "no-store"
    return response


def _is_kept(page: Page) -> bool:
    return request.method == "POST" and request.path.startswith(_KEPT_FOR_BACK) and not page.holds_secret


def _brand_of(page: Page) -> Brand:
    """That of the app which the page is for, else of all. What operators see has the name alone."""
    app: AppView | None = getattr(page, "app", None)
    find: Callable[[], Brand] = current_app.config["BRAND"]
    found = app.brand if app is not None and app.brand is not None else find()
    return found if page.is_translated else Brand(name=found.name)
