"""Reads of clients."""

from collections.abc import Sequence

from sqlalchemy import select

from idp.domain.clients.client import Client
from idp.domain.clients.models import ClientRecord, ClientSecret
from idp.domain.errors import NotFoundError
from idp.domain.tenant.config_version import cache
from idp.infra import clock
from idp.infra.db import db

MAXIMUM_ID_LENGTH = 64


def find_client(client_id: str) -> Client | None:
    """The client, from the cache of this process where it is there (at most a second old)."""
    if not client_id or len(client_id) > MAXIMUM_ID_LENGTH:
        return None
    return cache.get(("client", client_id), lambda: find_client_now(client_id))


def find_client_now(client_id: str) -> Client | None:
    """The client as the database has it."""
    if not client_id or len(client_id) > MAXIMUM_ID_LENGTH or "\0" in client_id:
        return None
    record = db.session.get(ClientRecord, client_id)
    return None if record is None else to_client(record)


def get_record(client_id: str) -> ClientRecord:
    """The row of a client, to change it.

    Raises:
        NotFoundError: there is none.
    """
    record = db.session.get(ClientRecord, client_id)
    if record is None:
        raise NotFoundError(f"There is no client {client_id!r}.")
    return record


def list_records() -> Sequence[ClientRecord]:
    """All clients by name."""
    return db.session.execute(select(ClientRecord).order_by(ClientRecord.name, ClientRecord.id)).scalars().all()


def has_web_origin(origin: str) -> bool:
    """Whether any client is registered for this origin: who may call from a browser."""
    allowed = cache.get("web_origins", _load_origins)
    return allowed is not None and origin in allowed


def to_client(record: ClientRecord) -> Client:
    """The frozen form of a row."""
    now = clock.now()
    rows = [
        row
        for row in db.session.execute(select(ClientSecret).where(ClientSecret.client_id == record.id)).scalars()
        if not row.expires_at or row.expires_at > now
    ]
    return Client(
        id=record.id,
        name=record.name,
        kind=record.kind,
        auth_method=record.auth_method,
        jwks=record.jwks,
        redirect_uris=tuple(record.redirect_uris),
        logout_uris=tuple(record.logout_uris),
        web_origins=frozenset(record.web_origins),
        grant_types=frozenset(record.grant_types),
        response_types=frozenset(record.response_types),
        scopes=None if record.scopes is None else frozenset(record.scopes),
        audiences=None if record.audiences is None else frozenset(record.audiences),
        is_third_party=record.is_third_party,
        requires_consent=record.requires_consent,
        requires_pkce=record.requires_pkce,
        rotates_refresh_tokens=record.rotates_refresh_tokens,
        id_token_alg=record.id_token_alg,
        has_profile_in_id_token=record.has_profile_in_id_token,
        logo_uri=record.logo_uri,
        policy_uri=record.policy_uri,
        tos_uri=record.tos_uri,
        client_uri=record.client_uri,
        registration=dict(record.registration),
        login=dict(record.login),
        branding=dict(record.branding),
        disabled_at=record.disabled_at,
        secrets=tuple((row.secret_hash, row.expires_at) for row in rows),
        wrapped_secrets=tuple((row.secret_wrapped, row.expires_at) for row in rows if row.secret_wrapped),
    )


def _load_origins() -> frozenset[str]:
    rows = db.session.execute(select(ClientRecord.web_origins)).scalars()
    return frozenset(origin for origins in rows for origin in origins)
