"""What the pages of codes, links and invitations by mail are given."""

from dataclasses import dataclass
from typing import ClassVar

from idp.login.page_parts import Expiring, Settled, Throttled
from idp.web.pages import AppView, Page, focus_on


@dataclass(frozen=True, kw_only=True)
class EmailCodePage(Throttled, Expiring, Page):
    """A mail was sent. Posts `code`; or `action=resend`. Reads the same whether the address has an account or not."""

    template: ClassVar[str] = "login/email_code.html"
    app: AppView
    action: str
    masked: str
    """The address, as far as it may be shown."""
    has_code: bool
    has_link: bool
    pause: int
    """Seconds until another may be asked for."""
    change_url: str | None = None
    """To another address; None where it is settled who this is."""
    other_url: str | None = None
    """To the other ways; None where there is no other."""
    switch_url: str | None = None
    """Where "not you?" leads, where it is settled who this is."""
    notice: str | None = None
    error: str | None = None
    code_error: str | None = None

    @property
    def focus(self) -> str:
        """The id that takes the focus."""
        return focus_on("form-error" if self.retry_after or self.error else None, {"code": self.code_error}, "code")


@dataclass(frozen=True, kw_only=True)
class MagicLinkPage(Page):
    """The link of a mail. A mail scanner opens it too, so only its button spends it."""

    template: ClassVar[str] = "login/magic_link.html"
    app: AppView
    action: str
    masked: str


@dataclass(frozen=True, kw_only=True)
class ElsewherePage(Page):
    """The link of a mail, in another browser than the one that asked for it."""

    template: ClassVar[str] = "login/elsewhere.html"
    app: AppView | None = None
    has_code: bool
    """The same mail has a code, to be typed where one began."""
    login_url: str


@dataclass(frozen=True, kw_only=True)
class ConfirmEmailPage(Expiring, Settled, Page):
    """An app wants the address confirmed. Posts `action` = check or resend; goes on by itself where scripts run."""

    template: ClassVar[str] = "login/confirm_email.html"
    action: str
    pause: int
    """Seconds until another mail may be asked for."""
    notice: str | None = None
    error: str | None = None


@dataclass(frozen=True, kw_only=True)
class InvitationPage(Page):
    """An account that waits for its owner. Posts `password`, or `action=later` to go on without one."""

    template: ClassVar[str] = "login/invitation.html"
    app: AppView
    action: str
    email: str
    min_length: int
    has_password: bool = True
    """Whether passwords are on."""
    has_other: bool = True
    """Whether one can sign in without a password."""
    password_error: str | None = None

    @property
    def focus(self) -> str:
        """The id that takes the focus."""
        return focus_on(None, {}, "password")


@dataclass(frozen=True, kw_only=True)
class InvitedPage(Page):
    """The invitation is accepted, and the person is signed in."""

    template: ClassVar[str] = "login/invited.html"
    app: AppView
    email: str
    continue_url: str
    continue_label: str
