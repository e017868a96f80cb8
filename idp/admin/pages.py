"""What each page of the console is given."""

from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlsplit

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
class FirstAppPage(Page):
    """Register an app. Posts `name`, `kind` (web, spa, native, machine) and `callback`."""

    template: ClassVar[str] = "admin/first_app.html"
    is_translated: ClassVar[bool] = False
    action: str
    skip_url: str
    first: bool = True
    """False once there are apps already."""
    name: str = ""
    kind: str = "web"
    callback: str = ""
    error: str | None = None
    name_error: str | None = None
    callback_error: str | None = None

    @property
    def focus(self) -> str:
        """The id that takes the focus."""
        return focus_on(self.error, {"name": self.name_error, "callback": self.callback_error}, "name")


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
    audience: str
    """The API named in the machine snippets."""
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
        return urlsplit(self.callback).port or 3000


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
