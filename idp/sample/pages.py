"""What each page of the sample app is given. Its app calls `web.pages.install` and sets a `csrf_token()` global."""

from dataclasses import dataclass
from typing import ClassVar

from idp.web.pages import Page


@dataclass(frozen=True, kw_only=True)
class SamplePage(Page):
    """Every page names the provider that it trusts."""

    issuer: str


@dataclass(frozen=True, kw_only=True)
class SampleHomePage(SamplePage):
    """Nobody is signed in."""

    template: ClassVar[str] = "sample/home.html"
    is_translated: ClassVar[bool] = False
    login_url: str = "/login"
    signup_url: str = "/signup"
    notice: str | None = None


@dataclass(frozen=True, kw_only=True)
class TokenView:
    """A token taken apart. `claims` and `header` are indented JSON; None for a token that is opaque."""

    title: str
    raw: str
    claims: str | None = None
    header: str | None = None
    expires: str | None = None
    """In words, such as "expires in 10 minutes"."""


@dataclass(frozen=True, kw_only=True)
class SampleAccountPage(SamplePage):
    """Somebody is signed in."""

    template: ClassVar[str] = "sample/account.html"
    is_translated: ClassVar[bool] = False
    name: str
    email: str
    email_verified: bool
    tokens: tuple[TokenView, ...]
    can_refresh: bool = True
    refresh_url: str = "/refresh"
    api_url: str = "/call-api"
    logout_url: str = "/logout"
    notice: str | None = None
    error: str | None = None
    api_answer: str | None = None
    """The body that the API answered with, indented."""
    api_status: str = ""
    """Such as "200 OK"."""
    api_ok: bool = True

    @property
    def initial(self) -> str:
        """The letter that stands for the user."""
        return self.name[:1].upper() or "?"


@dataclass(frozen=True, kw_only=True)
class SampleErrorPage(SamplePage):
    """The provider refused, or something did not fit."""

    template: ClassVar[str] = "sample/error.html"
    is_translated: ClassVar[bool] = False
    title: str
    message: str
    code: str | None = None
    """The OAuth error code, for the newcomer who is learning."""
    home_url: str = "/"
