"""Registering APIs, and giving clients access of their own."""

import re
from collections.abc import Mapping, Sequence

from sqlalchemy import select

from idp.domain.apis.models import ApiRecord, ClientGrant
from idp.domain.apis.queries import MAXIMUM_AUDIENCE_LENGTH
from idp.domain.clients.registration import parse_name
from idp.domain.errors import InvalidInputError, NotFoundError
from idp.domain.events.names import EventName
from idp.domain.events.recording import record
from idp.domain.keys import rotation
from idp.domain.tenant.config_version import bump
from idp.infra import clock
from idp.infra.db import db
from idp.infra.secrets import new_id

SIGNING_ALGS = ("RS256", "PS256", "ES256", "EdDSA")
TOKEN_LIFETIMES = range(30, 30 * 86400 + 1)
#: RFC 6749 §3.3: what a scope may be made of.
SCOPE = re.compile(r"\A[\x21\x23-\x5b\x5d-\x7e]{1,200}\Z")
_AUDIENCE = re.compile(r"\A[a-zA-Z][a-zA-Z0-9+.-]*:[^\s#]+\Z|\A[\w.:/-]+\Z", re.ASCII)


def register_api(
    name: str,
    audience: str,
    *,
    scopes: Mapping[str, str],
    token_lifetime: int | None = None,
    signing_alg: str = "RS256",
) -> ApiRecord:
    """Register an API; the key that its algorithm needs is made with it.

    Raises:
        InvalidInputError: naming the field and what to write.
    """
    _check(audience, scopes, token_lifetime, signing_alg)
    now = clock.now()
    api = ApiRecord(
        id=new_id(24),
        audience=audience,
        name=parse_name(name),
        scopes=dict(scopes),
        token_lifetime=token_lifetime,
        signing_alg=signing_alg,
        created_at=now,
        updated_at=now,
    )
    db.session.add(api)
    db.session.flush()
    rotation.ensure(signing_alg)
    record(EventName.API_CREATED, audience=audience)
    bump()
    return api


def grant_client_access(client_id: str, audience: str, scopes: Sequence[str]) -> ClientGrant:
    """Let a client call an API by itself with these scopes; replaces what it had there.

    Raises:
        NotFoundError: there is no such API.
        InvalidInputError: the API does not know a scope.
    """
    api = db.session.execute(select(ApiRecord).where(ApiRecord.audience == audience)).scalar()
    if api is None:
        raise NotFoundError(f"There is no API with the audience {audience!r}.")
    if unknown := [scope for scope in scopes if scope not in api.scopes]:
        known = ", ".join(api.scopes) or "none"
        raise InvalidInputError(f"{api.name} has no scope {unknown[0]!r}; it has: {known}.", "scope")
    grant = db.session.merge(
        ClientGrant(client_id=client_id, api_id=api.id, scopes=list(scopes), created_at=clock.now())
    )
    db.session.flush()
    record(EventName.GRANT_CREATED, client_id=client_id, audience=audience, scopes=list(scopes))
    bump()
    return grant


def _check(audience: str, scopes: Mapping[str, str], token_lifetime: int | None, signing_alg: str) -> None:
    if not _AUDIENCE.match(audience) or len(audience) > MAXIMUM_AUDIENCE_LENGTH:
        raise InvalidInputError(f"{audience!r} is no audience; write a URI such as https://api.example.com", "audience")
    if db.session.execute(select(ApiRecord.id).where(ApiRecord.audience == audience)).scalar():
        raise InvalidInputError(f"There is an API with the audience {audience!r} already.", "audience")
    if signing_alg not in SIGNING_ALGS:
        raise InvalidInputError(f"{signing_alg!r}: tokens are signed by {', '.join(SIGNING_ALGS)}.", "signing-alg")
    if token_lifetime is not None and token_lifetime not in TOKEN_LIFETIMES:
        raise InvalidInputError("An access token lives 30 seconds to 30 days.", "token-lifetime")
    for scope in scopes:
        if not SCOPE.match(scope):
            raise InvalidInputError(f"{scope!r} is no scope: printable characters without spaces or quotes.", "scope")
