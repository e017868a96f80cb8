"""The apps that can do something with a person's account: they were allowed to, or hold what still works."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import exists, or_, select

from idp.domain.clients.queries import find_client
from idp.domain.consents.models import Consent
from idp.domain.errors import NotFoundError
from idp.domain.lifecycle.connected_apps import disconnect_app
from idp.domain.sessions.models import Session
from idp.domain.tenant import settings
from idp.domain.tokens.models import AuthorizationCode, RefreshToken, TokenGrant
from idp.domain.users.mails import mail_security_notice
from idp.domain.users.models import User
from idp.infra import clock
from idp.infra.db import db
from idp.infra.words import say


@dataclass(frozen=True, slots=True, kw_only=True)
class AppAccess:
    """What one app may do: audience ("" is none but OpenID Connect's own) → scopes."""

    client_id: str
    scopes: dict[str, tuple[str, ...]]
    since: int


def list_app_access(user_id: str) -> list[AppAccess]:
    """Every app that a person let have something, longest ago first."""
    consents = db.session.execute(
        select(Consent.client_id, Consent.audience, Consent.scopes, Consent.granted_at).where(
            Consent.user_id == user_id
        )
    ).all()
    found = [(row.client_id, row.audience, row.scopes, row.granted_at) for row in consents]
    found += _list_live_grants(user_id)
    clients = sorted({(min(at for other, *_, at in found if other == each), each) for each, *_ in found})
    return [
        AppAccess(
            client_id=client_id,
            since=since,
            scopes=_merged((audience, scopes) for other, audience, scopes, _ in found if other == client_id),
        )
        for since, client_id in clients
    ]


def take_back_access(user: User, client_id: str) -> None:
    """Let an app have nothing any more; the owner is told.

    Raises:
        NotFoundError: it has nothing of this person's.
    """
    if all(each.client_id != client_id for each in list_app_access(user.id)):
        raise NotFoundError(say("There is no such app in your account."))
    disconnect_app(user.id, client_id)
    client = find_client(client_id)
    name = client.name if client is not None else client_id
    mail_security_notice(user, say("An app can use your account no more: {app}.", app=name))


def _list_live_grants(user_id: str) -> list[tuple[str, str, list[str], int]]:
    """Grants of which something still works: a code, a refresh token, an access token, or the login behind it."""
    now = clock.now()
    of_grant = RefreshToken.grant_id == TokenGrant.id
    refreshes = exists().where(
        of_grant, RefreshToken.used_at.is_(None), RefreshToken.idle_expires_at > now, RefreshToken.expires_at > now
    )
    redeems = exists().where(
        AuthorizationCode.grant_id == TokenGrant.id,
        AuthorizationCode.used_at.is_(None),
        AuthorizationCode.expires_at > now,
    )
    signed_in = exists().where(
        Session.sid == TokenGrant.sid,
        Session.ended_at.is_(None),
        Session.expires_at > now,
        Session.last_seen_at > now - settings.current().session_idle_lifetime,
    )
    rows = db.session.execute(
        select(TokenGrant.client_id, TokenGrant.audience, TokenGrant.scope, TokenGrant.created_at).where(
            TokenGrant.user_id == user_id,
            TokenGrant.revoked_at.is_(None),
            or_(refreshes, redeems, signed_in, TokenGrant.created_at > now - settings.current().access_token_lifetime),
        )
    )
    return [(row.client_id, row.audience or "", row.scope.split(), row.created_at) for row in rows]


def _merged(parts: Iterable[tuple[str, Iterable[str]]]) -> dict[str, tuple[str, ...]]:
    """One list of scopes an audience, in the order they were met."""
    merged: dict[str, dict[str, None]] = {}
    for audience, scopes in parts:
        merged.setdefault(audience, {}).update(dict.fromkeys(scopes))
    return {audience: tuple(scopes) for audience, scopes in sorted(merged.items())}
