"""Registering clients: each kind with its safe defaults; a secret is shown once and stored as a hash."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import delete, update

from idp.domain.clients.client import CLIENT_SECRET_JWT, NONE, PRIVATE_KEY_JWT, SECRET, secret_context
from idp.domain.clients.login_rules import parse_login_rules
from idp.domain.clients.models import ClientRecord, ClientSecret
from idp.domain.clients.queries import get_record
from idp.domain.clients.redirect_uris import MAXIMUM_COUNT, parse_origin, parse_redirect_uri
from idp.domain.errors import InvalidInputError
from idp.domain.events.names import EventName
from idp.domain.events.recording import record
from idp.domain.tenant.config_version import bump
from idp.domain.tenant.wrapping import wrapper
from idp.infra import clock
from idp.infra.db import db
from idp.infra.secrets import digest, new_id, new_token

SECRET_PREFIX = "cs1_"
SECRET_OVERLAP_SECONDS = 24 * 3600
NAME_LENGTH = 128


@dataclass(frozen=True, slots=True)
class Kind:
    """What an app of a kind gets when it is registered."""

    auth_method: str
    grant_types: tuple[str, ...]
    response_types: tuple[str, ...]


_CODE = ("authorization_code", "refresh_token")
KINDS: dict[str, Kind] = {
    "web": Kind(SECRET, (*_CODE, "client_credentials"), ("code",)),
    "spa": Kind(NONE, _CODE, ("code",)),
    "native": Kind(NONE, _CODE, ("code",)),
    "machine": Kind(SECRET, ("client_credentials",), ()),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewClient:
    """What an operator says of an app to register."""

    name: str
    kind: str
    redirect_uris: Sequence[str] = ()
    logout_uris: Sequence[str] = ()
    web_origins: Sequence[str] = ()
    jwks: dict[str, Any] | None = None
    requires_consent: bool = False
    is_third_party: bool = False


@dataclass(frozen=True, slots=True)
class Registered:
    """A client just registered; `secret` is None for a public client, and cannot be had again."""

    record: ClientRecord
    secret: str | None


def register_client(new: NewClient) -> Registered:
    """Register an app.

    Raises:
        InvalidInputError: naming the field and what to write.
    """
    kind = KINDS.get(new.kind)
    if kind is None:
        raise InvalidInputError(f"{new.kind!r} is no kind of app: {', '.join(KINDS)}.", "kind")
    if new.jwks is not None and kind.auth_method == NONE:
        raise InvalidInputError("Keys are for apps that authenticate: web or machine.", "jwks")
    now = clock.now()
    redirect_uris = _redirect_uris(new)
    client = ClientRecord(
        id=new_id(32),
        name=parse_name(new.name),
        kind=new.kind,
        auth_method=kind.auth_method if new.jwks is None else PRIVATE_KEY_JWT,
        jwks=new.jwks,
        redirect_uris=redirect_uris,
        logout_uris=[parse_redirect_uri(uri, "logout-url") for uri in new.logout_uris],
        web_origins=_web_origins(new, redirect_uris),
        grant_types=list(kind.grant_types),
        response_types=list(kind.response_types),
        is_third_party=new.is_third_party,
        requires_consent=new.requires_consent,
        registration={},
        created_at=now,
        updated_at=now,
    )
    db.session.add(client)
    db.session.flush()
    record(EventName.CLIENT_CREATED, client_id=client.id, kind=new.kind)
    secret = add_secret(client) if client.auth_method == SECRET else None
    bump()
    return Registered(client, secret)


def rotate_secret(client_id: str) -> str:
    """Give a client a second secret; the one before stays good for a day, any older one ends now.

    Raises:
        NotFoundError: there is no such client.
        InvalidInputError: it has no secret to rotate.
    """
    client = get_record(client_id)
    if client.auth_method not in {SECRET, CLIENT_SECRET_JWT}:
        raise InvalidInputError(f"{client.name} has no secret: it authenticates by {client.auth_method}.")
    now = clock.now()
    db.session.execute(
        delete(ClientSecret).where(ClientSecret.client_id == client_id, ClientSecret.expires_at.is_not(None))
    )
    db.session.execute(
        update(ClientSecret).where(ClientSecret.client_id == client_id).values(expires_at=now + SECRET_OVERLAP_SECONDS)
    )
    secret = add_secret(client)
    record(EventName.CLIENT_SECRET_ROTATED, client_id=client_id)
    bump()
    return secret


def update_client(client_id: str, **changes: Any) -> ClientRecord:
    """Change what an operator may change of a client: name, redirect_uris, logout_uris, web_origins, login, flags.

    Raises:
        NotFoundError: there is no such client.
        InvalidInputError: naming the field and what to write.
    """
    client = get_record(client_id)
    parsers: dict[str, Any] = {
        "name": parse_name,
        "redirect_uris": lambda uris: [parse_redirect_uri(uri) for uri in uris],
        "logout_uris": lambda uris: [parse_redirect_uri(uri, "logout-url") for uri in uris],
        "web_origins": lambda origins: [parse_origin(origin) for origin in origins],
        "login": parse_login_rules,
    }
    for field, value in changes.items():
        setattr(client, field, parsers.get(field, lambda same: same)(value))
    client.updated_at = clock.now()
    record(EventName.CLIENT_UPDATED, client_id=client_id, fields=sorted(changes))
    bump()
    return client


def parse_name(name: str) -> str:
    """A name that can be shown: one line, no control characters.

    Raises:
        InvalidInputError: it is empty or too long.
    """
    plain = " ".join("".join(character if character.isprintable() else " " for character in name).split())
    if not plain or len(plain) > NAME_LENGTH:
        raise InvalidInputError(f"A name has 1 to {NAME_LENGTH} characters.", "name")
    return plain


def add_secret(client: ClientRecord) -> str:
    """A new secret of a client. Only its hash is kept, but for a client that chose client_secret_jwt."""
    secret = new_token(SECRET_PREFIX)
    is_readable = client.auth_method == CLIENT_SECRET_JWT
    row = ClientSecret(
        secret_hash=digest(secret),
        client_id=client.id,
        secret_wrapped=wrapper().wrap(secret.encode(), secret_context(client.id)) if is_readable else None,
        created_at=clock.now(),
    )
    db.session.add(row)
    db.session.flush()
    return secret


def _redirect_uris(new: NewClient) -> list[str]:
    if len(new.redirect_uris) > MAXIMUM_COUNT:
        raise InvalidInputError(f"At most {MAXIMUM_COUNT} callback URLs.", "callback")
    return [parse_redirect_uri(uri) for uri in new.redirect_uris]


def _web_origins(new: NewClient, redirect_uris: list[str]) -> list[str]:
    """Those named; a single-page app also calls from where it is sent back to."""
    origins = [parse_origin(origin) for origin in new.web_origins]
    if new.kind == "spa":
        parts = [urlsplit(uri) for uri in redirect_uris]
        origins += [f"{p.scheme}://{p.netloc}".lower() for p in parts if p.scheme in {"http", "https"}]
    return list(dict.fromkeys(origins))
