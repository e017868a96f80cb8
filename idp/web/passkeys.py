"""The form of a passkey ceremony, as every door shows it: `components/passkey.html` and `passkey.js` make it work."""

from dataclasses import dataclass
from typing import Any

import orjson

from idp.domain.credentials import passkeys
from idp.domain.users.models import User
from idp.web import cookies

FIELD = "credential"


@dataclass(frozen=True, kw_only=True)
class PasskeyForm:
    """A button that asks for a passkey; posts `credential`, PublicKeyCredential in JSON, to `action`."""

    action: str
    creates: bool = False
    options: str | None = None
    """What the authenticator is asked, in JSON."""
    options_url: str | None = None
    """Where to fetch it, on a page that may stand open for long."""


def creation_form(action: str, user: User) -> PasskeyForm:
    """To make a new passkey."""
    return _form(action, passkeys.registration_options(cookies.browser_id(), user), creates=True)


def proof_form(action: str, user: User) -> PasskeyForm:
    """To prove who one is by a passkey that is there."""
    return _form(action, passkeys.prove_options(cookies.browser_id(), user.id), creates=False)


def _form(action: str, options: dict[str, Any], *, creates: bool) -> PasskeyForm:
    return PasskeyForm(action=action, creates=creates, options=orjson.dumps(options).decode())
