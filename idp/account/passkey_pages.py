"""What the account's pages of passkeys are given."""

from dataclasses import dataclass
from typing import ClassVar

from idp.account.pages import AccountPage
from idp.infra.words import Moment
from idp.web.passkeys import PasskeyForm


@dataclass(frozen=True, kw_only=True)
class PasskeyLine:
    """One passkey."""

    id: str
    name: str
    created: Moment
    used: Moment | None = None
    is_synced: bool = False
    """Whether it is on the other devices of the person, too."""


@dataclass(frozen=True, kw_only=True)
class AccountPasskeysPage(AccountPage):
    """All of them. Posts `passkey`, with `action=rename` and `name`, or `action=remove`."""

    template: ClassVar[str] = "account/passkeys.html"
    section: ClassVar[str] = "/account/security"
    passkeys: tuple[PasskeyLine, ...]
    add_url: str | None = None
    """None where passkeys are off."""
    asks_first: bool = False
    """One that is there is proved before they change."""
    error: str | None = None


@dataclass(frozen=True, kw_only=True)
class AddPasskeyPage(AccountPage):
    """A new one. Posts `credential`."""

    template: ClassVar[str] = "account/passkey_add.html"
    section: ClassVar[str] = "/account/security"
    passkey: PasskeyForm
    error: str | None = None
