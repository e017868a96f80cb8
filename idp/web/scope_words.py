"""What scopes give, in the words of whoever is asked for them: on the consent page, and in the account."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from idp.infra.words import say


@dataclass(frozen=True, kw_only=True)
class ScopeLine:
    """What one scope gives, in the user's words. `icon` is a name in components/icons.html."""

    title: str
    detail: str | None = None
    icon: str = "key"


SCOPE_LINES: Mapping[str, ScopeLine] = {
    "openid": ScopeLine(title=say("Know who you are"), detail=say("An identifier of your account"), icon="fingerprint"),
    "profile": ScopeLine(title=say("See your profile"), detail=say("Your name, picture and language"), icon="user"),
    "email": ScopeLine(title=say("See your e-mail address"), detail=say("And whether it is verified"), icon="mail"),
    "phone": ScopeLine(title=say("See your phone number"), detail=say("And whether it is verified"), icon="phone"),
    "address": ScopeLine(title=say("See your postal address"), icon="pin"),
    "offline_access": ScopeLine(
        title=say("Stay signed in"), detail=say("Keep this access while you are away"), icon="refresh"
    ),
}
"""The scopes of OpenID Connect Core §5.4 and §11."""


def scope_lines(scopes: Iterable[str], descriptions: Mapping[str, str]) -> tuple[ScopeLine, ...]:
    """One line a scope, in the order asked; an API's own scope is told by its description, else by its name."""
    return tuple(SCOPE_LINES.get(scope) or ScopeLine(title=descriptions.get(scope) or scope) for scope in scopes)
