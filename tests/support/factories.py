"""Users, clients and APIs for tests, as an operator would make them; plain values come back, so no session lingers."""

from dataclasses import dataclass
from typing import Any

from flask import Flask

from idp.domain.apis.registration import grant_client_access, register_api
from idp.domain.clients.registration import NewClient, register_client, update_client
from idp.domain.credentials.passwords import set_password
from idp.domain.users.accounts import create_user
from idp.infra.db import unit_of_work

PASSWORD = "correct horse battery staple"
EMAIL = "ada@example.com"
CALLBACK = "https://app.example.com/callback"
LOGGED_OUT = "https://app.example.com/logged-out"
AUDIENCE = "https://api.example.com/"
ADA = {
    "name": "Ada Lovelace",
    "given_name": "Ada",
    "family_name": "Lovelace",
    "address": {"country": "England"},
    "phone_number": "+441234",
    "phone_number_verified": False,
}


@dataclass(frozen=True)
class App:
    """A registered client and its secret."""

    id: str
    secret: str | None

    @property
    def auth(self) -> tuple[str, str]:
        """Basic credentials."""
        return self.id, self.secret or ""


def make_user(app: Flask, email: str = EMAIL, password: str = PASSWORD, **more: Any) -> str:
    """A user with a password; the id."""
    with app.app_context(), unit_of_work():
        user = create_user(email, verified=True, claims=more.pop("claims", ADA), **more)
        set_password(user.id, password)
        return user.id


def make_client(app: Flask, kind: str = "web", changes: dict[str, Any] | None = None, **more: Any) -> App:
    """A client; `changes` are flags set after its registration."""
    values = {"redirect_uris": [] if kind == "machine" else [CALLBACK], "logout_uris": [LOGGED_OUT], **more}
    with app.app_context(), unit_of_work():
        registered = register_client(NewClient(name=values.pop("name", "Example App"), kind=kind, **values))
        if changes:
            update_client(registered.record.id, **changes)
        return App(registered.record.id, registered.secret)


def make_api(app: Flask, audience: str = AUDIENCE, **more: Any) -> str:
    """An API with the scopes read and write; its audience."""
    with app.app_context(), unit_of_work():
        scopes = {"read": "Read what is there", "write": "Write"}
        return register_api("Example API", audience, scopes=scopes, **more).audience


def give_access(app: Flask, client: App, audience: str = AUDIENCE, scopes: tuple[str, ...] = ("read", "write")) -> None:
    """Access of a client's own."""
    with app.app_context(), unit_of_work():
        grant_client_access(client.id, audience, scopes)
