"""What each page of the console is given."""

from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlsplit, urlunsplit

from idp.domain.clients.redirect_uris import LOOPBACK_HOSTS
from idp.web.pages import Page, focus_on


@dataclass(frozen=True, kw_only=True)
class SetupPage(Page):
    """The first administrator. Posts `email`, `password`."""

    template: ClassVar[str] = "admin/setup.html"
    is_translated: ClassVar[bool] = False
    action: str
    issuer: str
    min_length: int
    email: str = ""
    error: str | None = None
    email_error: str | None = None
    password_error: str | None = None

    @property
    def focus(self) -> str:
        """The id that takes the focus."""
        faults = {"email": self.email_error, "password": self.password_error}
        return focus_on(self.error, faults, "password" if self.email else "email")


@dataclass(frozen=True, kw_only=True)
class ScopeChoice:
    """A scope to tick."""

    name: str
    description: str
    is_ticked: bool = False


@dataclass(frozen=True, kw_only=True)
class ApiChoice:
    """An API that a machine may be given access to."""

    id: str
    name: str
    audience: str
    scopes: tuple[ScopeChoice, ...] = ()
    is_chosen: bool = False


@dataclass(frozen=True, kw_only=True)
class FirstAppPage(Page):
    """Register an app. Posts `name`, `kind` (web, spa, native, machine) and `callback`; for a machine `api`, which is
    an API's id or `no_api`, and `scopes-<id>` for each scope of it.
    """

    template: ClassVar[str] = "admin/first_app.html"
    is_translated: ClassVar[bool] = False
    action: str
    skip_url: str
    first: bool = True
    """False once there are apps already."""
    name: str = ""
    kind: str = "web"
    callback: str = ""
    apis: tuple[ApiChoice, ...] = ()
    """All that are registered; a machine is asked which one it calls."""
    no_api: str = "none"
    no_api_chosen: bool = False
    error: str | None = None
    name_error: str | None = None
    callback_error: str | None = None
    api_error: str | None = None

    @property
    def focus(self) -> str:
        """The id that takes the focus."""
        faults = {"name": self.name_error, "callback": self.callback_error, "api": self.api_error}
        return focus_on(self.error, faults, "name")


@dataclass(frozen=True, kw_only=True)
class AppCreatedPage(Page):
    """The new app's credentials, shown once, and code that has them in it."""

    template: ClassVar[str] = "admin/app_created.html"
    is_translated: ClassVar[bool] = False
    name: str
    kind: str
    """web, spa, native or machine: decides which snippets are shown."""
    issuer: str
    """With its trailing slash."""
    client_id: str
    client_secret: str | None = None
    """None for kinds that keep no secret."""
    callback: str = ""
    api_name: str | None = None
    """The API of the snippets; None where none is registered, and `audience` is made up."""
    audience: str
    signing_alg: str = "RS256"
    """What that API's access tokens are signed with."""
    has_access: bool = False
    """Whether this machine may call the API, with `scopes`; other kinds call for their users."""
    scopes: tuple[str, ...] = ()
    home_url: str

    @property
    def origin(self) -> str:
        """The issuer without its trailing slash, to put paths after."""
        return self.issuer.rstrip("/")

    @property
    def callback_origin(self) -> str:
        """Where the app runs: scheme, host and port of its callback."""
        parts = urlsplit(self.callback)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def callback_path(self) -> str:
        """The path of the callback."""
        return urlsplit(self.callback).path or "/"

    @property
    def callback_port(self) -> int:
        """The port that the snippets listen on."""
        parts = urlsplit(self.callback)
        return parts.port or (80 if self.is_on_loopback and parts.hostname == "localhost" else 3000)

    @property
    def listening_callback(self) -> str:
        """The callback with its port: an address of this machine registered without one stands for every port of it."""
        parts = urlsplit(self.callback)
        if parts.port is not None or parts.hostname == "localhost":
            return self.callback
        return urlunsplit(parts._replace(netloc=f"{parts.netloc}:{self.callback_port}"))

    @property
    def listens_on_ipv6(self) -> bool:
        """Whether the callback names this machine by its address of IPv6."""
        return urlsplit(self.callback).hostname == "::1"

    @property
    def is_on_loopback(self) -> bool:
        """Whether the callback is a port of this machine: if not, the system hands the answer to the native app."""
        parts = urlsplit(self.callback)
        return parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS

    @property
    def callback_scheme(self) -> str:
        """Of a native app: what it registers with the system, to be handed its callbacks."""
        parts = urlsplit(self.callback)
        return f"{parts.scheme}://{parts.netloc}" if parts.netloc else f"{parts.scheme}:"


@dataclass(frozen=True, kw_only=True)
class NextStep:
    """One thing worth doing next."""

    title: str
    detail: str
    url: str | None = None
    label: str = "Open"
    done: bool = False


@dataclass(frozen=True, kw_only=True)
class AppLine:
    """A registered app in the list."""

    name: str
    kind: str
    client_id: str


@dataclass(frozen=True, kw_only=True)
class HomePage(Page):
    """The console's front page."""

    template: ClassVar[str] = "admin/home.html"
    is_translated: ClassVar[bool] = False
    email: str
    issuer: str
    steps: tuple[NextStep, ...]
    apps: tuple[AppLine, ...] = ()
    new_app_url: str = "/admin/apps/new"
    logout_url: str = "/v2/logout"


#: The entry of a list that stands for a value which is none of its own.
OWN = "own"


@dataclass(frozen=True, kw_only=True)
class BrandField:
    """A value of a brand, as it is typed. Of a list with an `own` entry `<name>_own` is posted beside it."""

    name: str
    label: str
    hint: str | None
    value: str
    error: str | None
    kind: str = "text"
    """text, number or color."""
    choices: tuple[tuple[str, str], ...] = ()
    """Value → what it is called, where it is one of a list."""

    @property
    def choice(self) -> str:
        """The entry of the list that is chosen."""
        return self.value if self.value in dict(self.choices) else OWN


@dataclass(frozen=True, kw_only=True)
class BrandPicture:
    """A picture of a brand, to choose anew or to take away; `url` is that which is set."""

    name: str
    label: str
    hint: str | None
    error: str | None
    url: str | None


@dataclass(frozen=True, kw_only=True)
class BrandingPage(Page):
    """How the pages look. Posts the fields by name, files by name, and `remove_…` for pictures."""

    template: ClassVar[str] = "admin/branding.html"
    is_translated: ClassVar[bool] = False
    action: str
    email: str
    """Who is signed in."""
    fields: tuple[BrandField, ...]
    pictures: tuple[BrandPicture, ...]
    client_name: str | None = None
    """The app that is meant; None for all."""
    usual_name: str = "idp"
    """What it is called where no name is set."""
    adjusted: tuple[str, ...] = ()
    """What had to give way so that everything can be read."""
    notice: str | None = None
    error: str | None = None
    home_url: str = "/admin"
    preview_url: str = "/u/login?switch=1"
    logout_url: str = "/v2/logout"

    @property
    def focus(self) -> str:
        """The id that takes the focus: the first fault, if there is one."""
        faults: dict[str, str | None] = {each.name: each.error for each in self.fields}
        return focus_on(self.error, faults | {each.name: each.error for each in self.pictures}, "")
