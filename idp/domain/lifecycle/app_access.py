"""The apps that can do something with a person's account: they were allowed to, or hold what still works."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import exists, func, or_, select

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

#: Since when, audience, scopes.
_Part = tuple[int, str, Sequence[str]]


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
    found: dict[str, list[_Part]] = {}
    for row in consents:
        found.setdefault(row.client_id, []).append((row.granted_at, row.audience, row.scopes))
    for client_id, part in _list_live_grants(user_id):
        found.setdefault(client_id, []).append(part)
    access = [
        AppAccess(
            client_id=client_id,
            since=min(at for at, *_ in parts),
            scopes=_merged((audience, scopes) for _, audience, scopes in parts),
        )
        for client_id, parts in found.items()
    ]
    return sorted(access, key=lambda each: (each.since, each.client_id))


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
    mail_security_notice(user, say("An app can no longer use your account: {app}.", app=name))


def _list_live_grants(user_id: str) -> list[tuple[str, _Part]]:
    """Grants of which something still works: a code, a refresh token, an access token, or the login behind it.

    An app asks for the same again and again: those that say the same are one.
    """
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
    same = (TokenGrant.client_id, TokenGrant.audience, TokenGrant.scope)
    rows = db.session.execute(
        select(*same, func.min(TokenGrant.created_at).label("since"))
        .where(
            TokenGrant.user_id == user_id,
            TokenGrant.revoked_at.is_(None),
            or_(refreshes, redeems, signed_in, TokenGrant.created_at > now - settings.current().access_token_lifetime),
        )
        .group_by(*same)
        .order_by("since", *same)
    )
    return [(row.client_id, (row.since, row.audience or "", row.scope.split())) for row in rows]


def _merged(parts: Iterable[tuple[str, Iterable[str]]]) -> dict[str, tuple[str, ...]]:
    """One list of scopes an audience, in the order they were met."""
    merged: dict[str, dict[str, None]] = {}
    for audience, scopes in parts:
        merged.setdefault(audience, {}).update(dict.fromkeys(scopes))
    return {audience: tuple(scopes) for audience, scopes in sorted(merged.items())}
