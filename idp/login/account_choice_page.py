"""What the page of /u/select-account is given."""

from dataclasses import dataclass
from typing import ClassVar

from idp.web.pages import AppView, Page
from idp.web.people import Portrait


@dataclass(frozen=True, kw_only=True)
class AccountLine:
    """Somebody who is signed in in this browser. `sid` is what the form names them by."""

    sid: str
    email: str
    portrait: Portrait
    name: str = ""
    is_current: bool = False
    """Whether it is the one that apps are answered with unasked."""


@dataclass(frozen=True, kw_only=True)
class SelectAccountPage(Page):
    """Who shall it be? Posts `account` or `remove`, a sid; the way out posts `action=cancel`."""

    template: ClassVar[str] = "login/select_account.html"
    app: AppView
    action: str
    accounts: tuple[AccountLine, ...]
    other_url: str
    """Where somebody else signs in."""
    has_app: bool
    """Whether there is an app to go back to."""
