"""What each page of the account is given. SECTIONS are the entries of its navigation."""

from dataclasses import dataclass
from typing import ClassVar

from idp.infra.words import Words, say
from idp.web.pages import Page, focus_on


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
    Section(path="/account/data", label=say("Your data"), icon="out"),
)


@dataclass(frozen=True, kw_only=True)
class AccountPage(Page):
    """What all of them have. `section` is the path of the entry that they belong to."""

    section: ClassVar[str] = "/account"
    sections: ClassVar[tuple[Section, ...]] = SECTIONS
    email: str
    """Whose account it is."""
    notice: str | None = None
    """Good news of what was just done."""
    logout_url: str = "/v2/logout"


@dataclass(frozen=True, kw_only=True)
class ProfilePage(AccountPage):
    """Name and picture. Posts `name`, `nickname`."""

    template: ClassVar[str] = "account/profile.html"
    name: str = ""
    name_error: str | None = None

    @property
    def focus(self) -> str:
        """The id that takes the focus."""
        return focus_on(None, {"name": self.name_error}, "")


@dataclass(frozen=True, kw_only=True)
class WayLine:
    """A way to sign in, or to prove it a second time: what there is of it, and where it is changed."""

    label: Words
    icon: str
    state: Words
    url: str
    is_on: bool


@dataclass(frozen=True, kw_only=True)
class SecurityPage(AccountPage):
    """How the person signs in. `seconds` prove it a second time."""

    template: ClassVar[str] = "account/security.html"
    section: ClassVar[str] = "/account/security"
    firsts: tuple[WayLine, ...]
    seconds: tuple[WayLine, ...]
    second_factor: str
    """The policy: off, optional or required."""
