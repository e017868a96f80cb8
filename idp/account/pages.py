"""What each page of the account is given. SECTIONS are the entries of its navigation."""

from dataclasses import dataclass
from typing import ClassVar

from idp.infra.words import Moment, Span, Words, say
from idp.web.pages import AppView, Page, focus_on
from idp.web.scope_words import ScopeLine


@dataclass(frozen=True, kw_only=True)
class Section:
    """An entry of the navigation. `icon` is a name in components/icons.html."""

    path: str
    label: Words
    icon: str


SECTIONS: tuple[Section, ...] = (
    Section(path="/account", label=say("Profile"), icon="user"),
    Section(path="/account/security", label=say("Security"), icon="shield"),
    Section(path="/account/sessions", label=say("Devices"), icon="device"),
    Section(path="/account/apps", label=say("Connected apps"), icon="app"),
    Section(path="/account/activity", label=say("Activity"), icon="clock"),
    Section(path="/account/data", label=say("Your data"), icon="download"),
)


@dataclass(frozen=True, kw_only=True)
class AccountPage(Page):
    """What all of them have. `section` is the path of the entry that they belong to."""

    home: ClassVar[str] = "/account"
    section: ClassVar[str] = "/account"
    sections: ClassVar[tuple[Section, ...]] = SECTIONS
    email: str
    """Whose account it is."""
    notice: str | None = None
    """Good news of what was just done."""
    logout_url: str = "/v2/logout"


@dataclass(frozen=True, kw_only=True)
class NameField:
    """A name that the person may change. `autocomplete` is the token of HTML for it."""

    id: str
    label: Words
    value: str
    autocomplete: str
    error: str | None = None


@dataclass(frozen=True, kw_only=True)
class ProfilePage(AccountPage):
    """Names, picture and address. Posts each name; /account/picture is posted `picture`, or `action=remove`."""

    template: ClassVar[str] = "account/profile.html"
    names: tuple[NameField, ...]
    picture_url: str | None = None
    picture_error: str | None = None
    email_verified: bool = True

    @property
    def initial(self) -> str:
        """What stands for a person without a picture."""
        shown = next((field.value for field in self.names if field.value), self.email)
        return shown[:1].upper()

    @property
    def focus(self) -> str:
        """The id that takes the focus."""
        faults = {field.id: field.error for field in self.names}
        return focus_on(None, {"picture": self.picture_error, **faults}, "")


@dataclass(frozen=True, kw_only=True)
class EmailPage(AccountPage):
    """Another address. Posts `email`."""

    template: ClassVar[str] = "account/email.html"
    value: str = ""
    error: str | None = None


@dataclass(frozen=True, kw_only=True)
class EmailSentPage(AccountPage):
    """A link is on its way to the new address: reads the same if another account has it."""

    template: ClassVar[str] = "account/email_sent.html"
    address: str
    expires_in: int

    @property
    def expiry(self) -> Span:
        """How long the link lives."""
        return Span(self.expires_in)


@dataclass(frozen=True, kw_only=True)
class EmailConfirmPage(AccountPage):
    """The link in the mail. A mail scanner opens it too, so only its button makes the change."""

    template: ClassVar[str] = "account/email_confirm.html"
    action: str
    address: str


@dataclass(frozen=True, kw_only=True)
class EmailExpiredPage(AccountPage):
    """The link does not work any more, or is for another account."""

    template: ClassVar[str] = "account/email_expired.html"


@dataclass(frozen=True, kw_only=True)
class EmailTakenPage(AccountPage):
    """The link is good, but another account has its address."""

    template: ClassVar[str] = "account/email_taken.html"
    message: str


@dataclass(frozen=True, kw_only=True)
class WayLine:
    """A way to sign in, or to prove it a second time: what there is of it, and where it is changed."""

    label: Words
    icon: str
    state: Words
    url: str
    is_on: bool
    change: Words | None = None
    """What the button says once there is something, if it does not simply change it."""

    @property
    def action(self) -> Words:
        """What its button says."""
        return (self.change or say("Change")) if self.is_on else say("Set up")


@dataclass(frozen=True, kw_only=True)
class SecurityPage(AccountPage):
    """How the person signs in. `seconds` prove it a second time."""

    template: ClassVar[str] = "account/security.html"
    section: ClassVar[str] = "/account/security"
    firsts: tuple[WayLine, ...]
    seconds: tuple[WayLine, ...]
    second_factor: str
    """The policy: off, optional or required."""


@dataclass(frozen=True, kw_only=True)
class PasswordPage(AccountPage):
    """A new password. Posts `current_password` where it is asked for, `password`, and `sign_out_everywhere=yes`."""

    template: ClassVar[str] = "account/password.html"
    section: ClassVar[str] = "/account/security"
    min_length: int
    has_password: bool
    asks_current: bool
    """The login is not fresh, so the password now proves who asks."""
    can_remove: bool
    sign_out_everywhere: bool = True
    current_error: str | None = None
    password_error: str | None = None

    @property
    def focus(self) -> str:
        """The id that takes the focus."""
        return focus_on(None, {"current_password": self.current_error, "password": self.password_error}, "")


@dataclass(frozen=True, kw_only=True)
class PasswordRemovePage(AccountPage):
    """Sign in without a password from now on? Posts nothing but the button."""

    template: ClassVar[str] = "account/password_remove.html"
    section: ClassVar[str] = "/account/security"
    error: str | None = None
    """Why it cannot be; then there is no button."""


@dataclass(frozen=True, kw_only=True)
class SessionLine:
    """A login. Ending it posts its `sid`."""

    sid: str
    device: str
    icon: str
    address: str | None
    began: Moment
    last_used: Moment
    is_this: bool


@dataclass(frozen=True, kw_only=True)
class SessionsPage(AccountPage):
    """Where the person is signed in. Posts `sid` to end one, or `others=yes`."""

    template: ClassVar[str] = "account/sessions.html"
    section: ClassVar[str] = "/account/sessions"
    sessions: tuple[SessionLine, ...]
    more: int = 0
    """How many there are that were used longer ago, and are not shown."""


@dataclass(frozen=True, kw_only=True)
class AccessLine:
    """An app, what it may do, and since when. Taking it back posts its `client_id`."""

    client_id: str
    app: AppView
    scopes: tuple[ScopeLine, ...]
    since: Moment


@dataclass(frozen=True, kw_only=True)
class AppsPage(AccountPage):
    """The apps that can do something with the account."""

    template: ClassVar[str] = "account/apps.html"
    section: ClassVar[str] = "/account/apps"
    apps: tuple[AccessLine, ...]


@dataclass(frozen=True, kw_only=True)
class EventLine:
    """Something that happened to the account."""

    what: str
    icon: str
    at: Moment
    device: str | None
    address: str | None
    is_bad: bool = False


@dataclass(frozen=True, kw_only=True)
class ActivityPage(AccountPage):
    """What happened to the account, newest first."""

    template: ClassVar[str] = "account/activity.html"
    section: ClassVar[str] = "/account/activity"
    events: tuple[EventLine, ...]
    older_url: str | None = None
    newest_url: str | None = None


@dataclass(frozen=True, kw_only=True)
class DataPage(AccountPage):
    """Download everything, or delete the account. Posts nothing but the button of the download."""

    template: ClassVar[str] = "account/data.html"
    section: ClassVar[str] = "/account/data"


@dataclass(frozen=True, kw_only=True)
class DeletePage(AccountPage):
    """Delete the account? Posts `email`, typed once more."""

    template: ClassVar[str] = "account/delete.html"
    section: ClassVar[str] = "/account/data"
    is_last_administrator: bool
    """Then it cannot be, and there is no form."""
    typed: str = ""
    error: str | None = None


@dataclass(frozen=True, kw_only=True)
class DeletedPage(Page):
    """The account is no more; nobody is signed in."""

    template: ClassVar[str] = "account/deleted.html"
    app: AppView | None = None
    home_url: str = "/u/login"
