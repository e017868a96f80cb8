"""What the pages of authenticator app and recovery codes are given. Each posts `code`, but for the codes themselves."""

from dataclasses import dataclass
from typing import ClassVar

from markupsafe import Markup

from idp.login.page_parts import SecondStep, Throttled
from idp.web.codes import in_groups, text_file
from idp.web.pages import AppView, Page, focus_on


@dataclass(frozen=True, kw_only=True)
class _CodePage(Throttled, SecondStep, Page):
    """A field for a code, with the ways out."""

    action: str
    code_error: str | None = None

    @property
    def focus(self) -> str:
        """The id that takes the focus."""
        return "form-error" if self.retry_after else focus_on(None, {"code": self.code_error}, "code")


@dataclass(frozen=True, kw_only=True)
class TotpPage(_CodePage):
    """The code that an authenticator app shows."""

    template: ClassVar[str] = "login/totp.html"


@dataclass(frozen=True, kw_only=True)
class RecoveryCodePage(_CodePage):
    """One of the recovery codes."""

    template: ClassVar[str] = "login/recovery_code.html"
    holds_secret: ClassVar[bool] = True
    code: str = ""
    """As typed: it is long, and one letter of it may be wrong."""


@dataclass(frozen=True, kw_only=True)
class TotpSetUpPage(SecondStep, Page):
    """An authenticator app is told the secret, and proves it by a first code."""

    template: ClassVar[str] = "login/totp_set_up.html"
    holds_secret: ClassVar[bool] = True
    action: str
    qr: Markup
    uri: str
    """The same as a link, for an app on this device."""
    secret: str
    """The same in base32, for who types it."""
    code_error: str | None = None

    @property
    def groups(self) -> tuple[str, ...]:
        """The secret in fours, to be read."""
        return in_groups(self.secret)


@dataclass(frozen=True, kw_only=True)
class RecoveryCodesPage(Page):
    """The recovery codes, once: the person is signed in already, and goes on to `continue_url`."""

    template: ClassVar[str] = "login/recovery_codes.html"
    holds_secret: ClassVar[bool] = True
    app: AppView
    email: str
    codes: tuple[str, ...]
    continue_url: str

    @property
    def download(self) -> str:
        """The codes as a file; works without a script."""
        return text_file((self.email, "", *self.codes))
