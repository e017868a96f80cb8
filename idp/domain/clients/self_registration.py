"""Apps registered by their metadata (RFC 7591, RFC 7592, OIDC Registration): how the registered names are stored.

The values come checked (`idp.oauth.registration`). An app that registered itself is a third party, whoever it says it
is: its users are always asked, and it gets no API until an operator names one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import delete, update

from idp.domain.clients.client import CLIENT_SECRET_JWT, NONE, PRIVATE_KEY_JWT, SECRET
from idp.domain.clients.metadata import COLUMNS, is_stored
from idp.domain.clients.models import ClientRecord, ClientSecret
from idp.domain.clients.registration import NAME_LENGTH, Registered, add_secret
from idp.domain.events.names import EventName
from idp.domain.events.recording import record
from idp.domain.keys import rotation
from idp.domain.tenant.config_version import bump
from idp.infra import clock
from idp.infra.db import db
from idp.infra.secrets import digest, equal, new_id, new_token

REGISTRATION_TOKEN_PREFIX = "rat1_"
#: The specification's name → the word that is stored.
_AUTH_METHODS = {
    "client_secret_basic": SECRET,
    "client_secret_post": SECRET,
    "client_secret_jwt": CLIENT_SECRET_JWT,
    "private_key_jwt": PRIVATE_KEY_JWT,
    "none": NONE,
}
_WITH_SECRET = frozenset({SECRET, CLIENT_SECRET_JWT})
_SIGNED_BY_US = ("id_token_signed_response_alg", "userinfo_signed_response_alg")


@dataclass(frozen=True, slots=True)
class SelfRegistered:
    """An app just registered, its secret if it has one, and the token by which it reads and changes itself."""

    record: ClientRecord
    secret: str | None
    registration_token: str


def register_app(values: Mapping[str, Any]) -> SelfRegistered:
    """Register an app by its checked metadata."""
    token, now = new_token(REGISTRATION_TOKEN_PREFIX), clock.now()
    client = ClientRecord(
        id=new_id(32),
        is_third_party=True,
        audiences=[],
        has_profile_in_id_token=False,
        registration_token_hash=digest(token),
        created_at=now,
        updated_at=now,
    )
    _apply(client, values)
    client.kind = _kind(client, values)
    client.requires_pkce = client.auth_method == NONE
    db.session.add(client)
    db.session.flush()
    record(EventName.CLIENT_CREATED, client_id=client.id, kind=client.kind, by="registration")
    secret = add_secret(client) if client.auth_method in _WITH_SECRET else None
    bump()
    return SelfRegistered(client, secret, token)


def replace_metadata(client: ClientRecord, values: Mapping[str, Any]) -> Registered:
    """Put other metadata in the place of a client's (RFC 7592 §2.2); a secret only where it needs one it did not have.

    Who it belongs to, what it is open to and whether it is disabled stay as they are.
    """
    before = client.auth_method
    _apply(client, values)
    client.requires_pkce = client.requires_pkce or client.auth_method == NONE
    client.updated_at = clock.now()
    db.session.flush()
    secret = _settle_secret(client, before)
    record(EventName.CLIENT_UPDATED, client_id=client.id, fields=sorted(values))
    bump()
    return Registered(client, secret)


def find_by_registration_token(client_id: str, token: str) -> ClientRecord | None:
    """The client, if the token is its own and it is not disabled: no client's token opens another."""
    found = db.session.get(ClientRecord, client_id)
    if found is None or found.registration_token_hash is None or found.disabled_at is not None:
        return None
    return found if equal(found.registration_token_hash, digest(token)) else None


def metadata_of(client: ClientRecord) -> dict[str, Any]:
    """What a client is registered with, by the registered names; what it has nothing of is left out."""
    found: dict[str, Any] = {name: getattr(client, column) for name, column in COLUMNS.items()}
    found["scope"] = None if client.scopes is None else " ".join(client.scopes)
    found["token_endpoint_auth_method"] = next(
        name for name, stored in _AUTH_METHODS.items() if stored == client.auth_method
    )
    application_type = "native" if client.kind == "native" else "web"
    found |= {"application_type": application_type, "subject_type": "public", **client.registration}
    return {name: value for name, value in found.items() if value is not None and value != []}


def _apply(client: ClientRecord, values: Mapping[str, Any]) -> None:
    for alg in filter(None, (values.get(name) for name in _SIGNED_BY_US)):
        rotation.ensure(alg)
    for name, column in COLUMNS.items():
        setattr(client, column, values.get(name))
    client.redirect_uris = list(values.get("redirect_uris", ()))
    client.logout_uris = list(values.get("post_logout_redirect_uris", ()))
    client.name = values.get("client_name") or _unnamed(client)
    client.id_token_alg = values.get("id_token_signed_response_alg", "RS256")
    client.auth_method = _AUTH_METHODS[values["token_endpoint_auth_method"]]
    client.scopes = values["scope"].split() if "scope" in values else None
    client.web_origins = _web_origins(client)
    client.registration = {name: value for name, value in values.items() if is_stored(name)}


def _kind(client: ClientRecord, values: Mapping[str, Any]) -> str:
    if not client.response_types:
        return "machine"
    if values.get("application_type") == "native":
        return "native"
    return "spa" if client.auth_method == NONE else "web"


def _unnamed(client: ClientRecord) -> str:
    uri = next(iter(client.redirect_uris), "")
    return (urlsplit(uri).hostname or "App without a name")[:NAME_LENGTH]


def _web_origins(client: ClientRecord) -> list[str]:
    """A public client on the web calls from where its users are sent back to; an operator names origins apart."""
    if client.registration_token_hash is None:
        return client.web_origins
    if client.auth_method != NONE:
        return []
    parts = [urlsplit(uri) for uri in client.redirect_uris]
    return list(dict.fromkeys(f"{p.scheme}://{p.netloc}".lower() for p in parts if p.scheme in {"http", "https"}))


def _settle_secret(client: ClientRecord, before: str) -> str | None:
    if client.auth_method == before:
        return None
    own = ClientSecret.client_id == client.id
    if before == CLIENT_SECRET_JWT and client.auth_method == SECRET:
        # The same secret stays good; it need not be readable any more.
        db.session.execute(update(ClientSecret).where(own).values(secret_wrapped=None))
        return None
    db.session.execute(delete(ClientSecret).where(own))
    return add_secret(client) if client.auth_method in _WITH_SECRET else None
