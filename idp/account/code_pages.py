"""What the account's pages of authenticator app and recovery codes are given."""

from dataclasses import dataclass
from typing import ClassVar

from markupsafe import Markup

from idp.account.pages import AccountPage
from idp.infra.words import Moment
from idp.web.codes import in_groups, text_file
from idp.web.pages import focus_on


@dataclass(frozen=True, kw_only=True)
class AccountTotpPage(AccountPage):
    """An authenticator app that is set up. Posts `action=remove`."""

    template: ClassVar[str] = "account/totp.html"
    section: ClassVar[str] = "/account/security"
    since: Moment
    used: Moment | None = None
    replace_url: str
    asks_first: bool = False
    """One factor that is there is proved before it changes."""
    error: str | None = None


@dataclass(frozen=True, kw_only=True)
class AccountTotpSetUpPage(AccountPage):
    """One to be set up; it counts after a first code. Posts `code`."""

    template: ClassVar[str] = "account/totp_set_up.html"
    section: ClassVar[str] = "/account/security"
    is_other: bool
    """Whether it takes the place of one that is there."""
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

    @property
    def focus(self) -> str:
        """The id that takes the focus."""
        return focus_on(None, {"code": self.code_error}, "")


@dataclass(frozen=True, kw_only=True)
class AccountRecoveryCodesPage(AccountPage):
    """How many are left, and a button for new ones."""

    template: ClassVar[str] = "account/recovery_codes.html"
    section: ClassVar[str] = "/account/security"
    left: int
    has_factor: bool
    """Whether there is a factor that they stand in for."""
    asks_first: bool = False
    """One factor that is there is proved before they change."""


@dataclass(frozen=True, kw_only=True)
class NewRecoveryCodesPage(AccountPage):
    """New ones, shown once."""

    template: ClassVar[str] = "account/new_recovery_codes.html"
    section: ClassVar[str] = "/account/security"
    codes: tuple[str, ...]
    continue_url: str

    @property
    def download(self) -> str:
        """The codes as a file; works without a script."""
        return text_file((self.email, "", *self.codes))
