"""Reads of APIs and client grants."""

from collections.abc import Sequence

from sqlalchemy import select

from idp.domain.apis.api import Api
from idp.domain.apis.models import ApiRecord, ClientGrant
from idp.domain.tenant.config_version import cache
from idp.infra.db import db

MAXIMUM_AUDIENCE_LENGTH = 600


def find_api(audience: str) -> Api | None:
    """The API with this audience, cached."""
    if not audience or len(audience) > MAXIMUM_AUDIENCE_LENGTH or "\0" in audience:
        return None
    return cache.get(("api", audience), lambda: _load_api(audience))


def find_client_grants(client_id: str) -> dict[str, frozenset[str]]:
    """A client's own access: audience → scopes, cached."""
    return cache.get(("client_grants", client_id), lambda: _load_grants(client_id)) or {}


def list_records() -> Sequence[ApiRecord]:
    """All APIs by name."""
    return db.session.execute(select(ApiRecord).order_by(ApiRecord.name)).scalars().all()


def _load_api(audience: str) -> Api | None:
    row = db.session.execute(select(ApiRecord).where(ApiRecord.audience == audience)).scalar()
    if row is None:
        return None
    return Api(
        id=row.id,
        audience=row.audience,
        name=row.name,
        scopes=dict(row.scopes),
        token_lifetime=row.token_lifetime,
        signing_alg=row.signing_alg,
        allows_offline_access=row.allows_offline_access,
    )


def _load_grants(client_id: str) -> dict[str, frozenset[str]] | None:
    rows = db.session.execute(
        select(ApiRecord.audience, ClientGrant.scopes)
        .join(ClientGrant, ClientGrant.api_id == ApiRecord.id)
        .where(ClientGrant.client_id == client_id)
    ).all()
    return {audience: frozenset(scopes) for audience, scopes in rows} or None
