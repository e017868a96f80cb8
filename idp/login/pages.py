"""What each page of the hosted login is given. `action` is where its form posts, with `state` in the query."""

from dataclasses import dataclass
from typing import ClassVar

from idp.infra.words import Moment, say
from idp.login.page_parts import Expiring, Settled, Throttled
from idp.web.pages import AppView, Page, focus_on
from idp.web.passkeys import PasskeyForm
from idp.web.people import Portrait
from idp.web.return_paths import FRONT
from idp.web.scope_words import ScopeLine


@dataclass(frozen=True, kw_only=True)
class LoginPage(Throttled, Page):
    """Identifier and password, or it alone. Posts `username`, `password`; or `action=cancel` to `cancel_action`."""

    template: ClassVar[str] = "login/login.html"
    app: AppView
    action: str
    reset_url: str
    has_password: bool = True
    """Whether passwords are on here."""
    is_identifier_first: bool = False
    """Whether the password is asked for on the next page."""
    mails: str | None = "code"
    """What can be mailed to sign in with: code, link or both; None where nothing can."""
    signup_url: str | None = None
    """None where sign-up is closed."""
    cancel_action: str | None = None
    """None where there is no app to go back to."""
    username: str = ""
    notice: str | None = None
    """Good news from the step before, such as a changed password."""
    error: str | None = None
    """The same words for an unknown user and for a wrong password."""
    username_error: str | None = None
    password_error: str | None = None
    passkey: PasskeyForm | None = None
    """None where passkeys are off."""
    may_lack_passkey: bool = False
    """Whether who has no passkey may say so: posts `action=no_passkey` to `action`."""
    refusal: str | None = None
    """Why what was proved lets nobody in, or was not accepted."""

    @property
    def focus(self) -> str:
        """The id that takes the focus. Wrong credentials lead to the password: it is what will be typed again."""
        if self.retry_after or self.refusal:
            return "form-error"
        first = "password" if self.asks_password and (self.username or self.error) else "username"
        return focus_on(None, {"username": self.username_error, "password": self.password_error}, first)

    @property
    def asks_password(self) -> bool:
        """Whether the password is asked for on this page."""
        return self.has_password and not self.is_identifier_first


@dataclass(frozen=True, kw_only=True)
class PasswordPage(Throttled, Settled, Page):
    """The password, where the address has a page before. Posts both; the way out posts `action=cancel`."""

    template: ClassVar[str] = "login/password.html"
    action: str
    reset_url: str
    mails: str | None = "code"
    """What can be mailed to sign in with: code, link or both; None where nothing can."""
    has_app: bool
    """Whether there is an app to go back to."""
    error: str | None = None
    """The same words for an unknown user and for a wrong password."""
    password_error: str | None = None

    @property
    def focus(self) -> str:
        """The id that takes the focus."""
        return "form-error" if self.retry_after else "password"


@dataclass(frozen=True, kw_only=True)
class SignupPage(Page):
    """A new account. Posts `email`, and `password` where passwords are on."""

    template: ClassVar[str] = "login/signup.html"
    app: AppView
    action: str
    login_url: str
    min_length: int
    """The shortest password that is taken, in characters."""
    has_password: bool = True
    """Whether passwords are on; else what is mailed to the address is the way in."""
    email: str = ""
    error: str | None = None
    email_error: str | None = None
    password_error: str | None = None

    @property
    def focus(self) -> str:
        """The id that takes the focus."""
        faults = {"email": self.email_error, "password": self.password_error}
        return focus_on(self.error, faults, "password" if self.email and self.has_password else "email")


@dataclass(frozen=True, kw_only=True)
class CheckMailPage(Expiring, Page):
    """After a sign-up that an e-mail must finish: reads the same for a new address and for a known one."""

    template: ClassVar[str] = "login/check_mail.html"
    app: AppView
    email: str
    login_url: str


NOT_SHARED = (say("Your password"), say("What you do in other apps"))


@dataclass(frozen=True, kw_only=True)
class ConsentPage(Settled, Page):
    """May this app have this? Posts `decision` = allow or deny."""

    template: ClassVar[str] = "login/consent.html"
    action: str
    portrait: Portrait
    scopes: tuple[ScopeLine, ...]
    not_shared: tuple[str, ...] = NOT_SHARED
    redirect_host: str
    """The host that the answer goes to."""
    manage_url: str | None = None
    """Where the user sees and takes back what was allowed."""


@dataclass(frozen=True, kw_only=True)
class ResetRequestPage(Page):
    """Where shall the reset link go? Posts `email`."""

    template: ClassVar[str] = "login/reset_request.html"
    app: AppView | None = None
    action: str
    login_url: str | None = None
    email: str = ""
    error: str | None = None
    email_error: str | None = None

    @property
    def focus(self) -> str:
        """The id that takes the focus."""
        return focus_on(self.error, {}, "email")


@dataclass(frozen=True, kw_only=True)
class ResetSentPage(Expiring, Page):
    """Reads the same whether the address has an account or not."""

    template: ClassVar[str] = "login/reset_sent.html"
    app: AppView | None = None
    email: str
    login_url: str | None = None
    again_url: str
    """Back to the request page, for a mistyped address."""


@dataclass(frozen=True, kw_only=True)
class ResetPasswordPage(Page):
    """A new password. Posts `password` and, when ticked, `sign_out_everywhere=yes`."""

    template: ClassVar[str] = "login/reset_password.html"
    app: AppView | None = None
    action: str
    email: str
    min_length: int
    sign_out_everywhere: bool = True
    error: str | None = None
    password_error: str | None = None

    @property
    def focus(self) -> str:
        """The id that takes the focus."""
        return focus_on(self.error, {}, "password")


@dataclass(frozen=True, kw_only=True)
class ResetDonePage(Page):
    """The password is changed."""

    template: ClassVar[str] = "login/reset_done.html"
    app: AppView | None = None
    login_url: str | None = None
    signed_out_everywhere: bool


@dataclass(frozen=True, kw_only=True)
class VerifyEmailPage(Page):
    """The link of a verification mail. A mail scanner opens it too, so only its button spends the token."""

    template: ClassVar[str] = "login/verify_email.html"
    app: AppView | None = None
    action: str
    email: str
    made_at: Moment | None = None
    """When the account was made; set where it is not known, and posts `answer` = yes or no."""
    device: str | None = None
    """With what it was made, if that is known."""


@dataclass(frozen=True, kw_only=True)
class DisownedPage(Page):
    """Who reads the address said that the account is none of theirs: what was done."""

    template: ClassVar[str] = "login/disowned.html"
    app: AppView | None = None
    reset_url: str
    login_url: str


@dataclass(frozen=True, kw_only=True)
class UndoEmailPage(Page):
    """The link of the mail that tells of another address. Only its button takes the account back."""

    template: ClassVar[str] = "login/undo_email.html"
    app: AppView | None = None
    action: str
    email: str
    is_claimed: bool = False
    """Whether another account claims the address, and goes."""


@dataclass(frozen=True, kw_only=True)
class VerifiedPage(Page):
    """The address is verified."""

    template: ClassVar[str] = "login/verified.html"
    app: AppView | None = None
    email: str
    continue_url: str
    continue_label: str


@dataclass(frozen=True, kw_only=True)
class ExpiredPage(Page):
    """A page or link that is too old, and the one button that works."""

    template: ClassVar[str] = "login/expired.html"
    app: AppView | None = None
    title: str = say("This page has expired")
    message: str = say("It was open for too long, or was finished in another tab. Nothing is lost: just start again.")
    action_url: str | None
    """None only where nothing is known about the app: then the page says to open it again, and leads to `front_url`."""
    action_label: str = say("Start again")
    front_url: str = FRONT


@dataclass(frozen=True, kw_only=True)
class SignedInPage(Page):
    """The login page, opened without an app by a person who is signed in."""

    template: ClassVar[str] = "login/signed_in.html"
    app: AppView | None = None
    email: str
    continue_url: str | None = None
    """To the console, for administrators."""
    continue_label: str = say("Open the console")
    account_url: str = "/account"
    switch_url: str
    logout_url: str = "/v2/logout"


@dataclass(frozen=True, kw_only=True)
class FactorLine:
    """A second factor in a list: `icon` is a name in components/icons.html."""

    label: str
    icon: str
    url: str


@dataclass(frozen=True, kw_only=True)
class FactorChoicePage(Settled, Page):
    """Which second factor? With `is_set_up` those that can be set up, as the person has none and needs one."""

    template: ClassVar[str] = "login/factor_choice.html"
    is_set_up: bool
    ways: tuple[FactorLine, ...]
    back_url: str | None = None
    """To the way that was left, which is none of `ways`; None where none was."""


@dataclass(frozen=True, kw_only=True)
class NoFactorPage(Settled, Page):
    """The app asks for a second factor, and the person can have none here. Its one form leads back to the app."""

    template: ClassVar[str] = "login/no_factor.html"
    action: str
