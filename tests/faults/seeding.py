"""People, apps, codes and refresh tokens, written straight into the database of a running deployment, in bulk."""

import base64
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, text
from structlog.testing import capture_logs

from idp.cli.running import connected
from idp.config import Settings
from idp.domain.clients.registration import NewClient, register_client
from idp.domain.credentials.passwords import set_password
from idp.domain.interactions.request import AuthorizationRequest
from idp.domain.sessions.browser_sessions import LiveSession, begin_session, find_live_session
from idp.domain.tenant import settings as tenant_settings
from idp.domain.tenant.config_version import cache
from idp.domain.tokens.codes import issue_code
from idp.domain.tokens.grants import begin_grant
from idp.domain.tokens.models import AuthorizationCode
from idp.domain.tokens.refresh_tokens import issue_refresh_token
from idp.domain.users.accounts import create_user
from idp.infra.db import db, unit_of_work
from idp.infra.secrets import digest, new_id
from tests.faults.volley import form

CALLBACK = "https://app.example.com/callback"
SCOPES = ("openid", "email", "offline_access")
VERIFIER = "a-verifier-that-is-long-enough-to-be-one-of-43-or-more"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
PASSWORD = "correct horse battery staple"


@dataclass(frozen=True)
class Person:
    """Somebody signed in; `cookie` is what the browser holds."""

    id: str
    email: str
    cookie: str
    sid: str


@dataclass(frozen=True)
class Code:
    """A code, and the public client that it was issued to."""

    client_id: str
    value: str

    @property
    def hash(self) -> str:
        return digest(self.value)

    def redemption(self) -> bytes:
        return form(
            "/oauth/token",
            grant_type="authorization_code",
            client_id=self.client_id,
            code=self.value,
            redirect_uri=CALLBACK,
            code_verifier=VERIFIER,
        )


def refresh(client_id: str, token: str) -> bytes:
    return form("/oauth/token", grant_type="refresh_token", client_id=client_id, refresh_token=token)


@contextmanager
def inside(house: Settings) -> Iterator[None]:
    """Be this deployment's process for a while: what is done is one transaction."""
    before = list(tenant_settings._current)
    cache.clear()
    try:
        with capture_logs(), connected(house), unit_of_work():
            yield
    finally:
        tenant_settings._current[:] = before
        cache.clear()


def make_person(*, has_password: bool = False, email: str | None = None) -> Person:
    """Inside: a new user, signed in."""
    user = create_user(email or f"{new_id(12).lower()}@example.com", verified=True)
    if has_password:
        set_password(user.id, PASSWORD)
    cookie, sid = begin_session(user, ("pwd",))
    return Person(user.id, user.email, cookie, sid)


def make_public_client() -> str:
    """Inside: a new native app; its id."""
    return register_client(NewClient(name="An app", kind="native", redirect_uris=[CALLBACK])).record.id


def session_of(person: Person) -> LiveSession:
    """Inside: the person's login."""
    session = find_live_session(person.cookie)
    assert session is not None
    return session


def make_code(client_id: str, session: LiveSession, scopes: tuple[str, ...] = SCOPES) -> Code:
    """Inside: what /authorize would have answered."""
    asked = AuthorizationRequest(
        client_id=client_id,
        redirect_uri=CALLBACK,
        redirect_uri_was_sent=True,
        response_type="code",
        response_mode="query",
        scopes=scopes,
        code_challenge=CHALLENGE,
    )
    return Code(client_id, issue_code(asked, begin_grant(asked, session)))


def make_codes(house: Settings, count: int, scopes: tuple[str, ...] = SCOPES) -> list[Code]:
    """Codes of one person, each of a client of its own, so that no limit on failures is met."""
    with inside(house):
        session = session_of(make_person())
        return [make_code(make_public_client(), session, scopes) for _ in range(count)]


def make_families(house: Settings, count: int, scopes: tuple[str, ...] = SCOPES) -> list[tuple[str, str]]:
    """Client ids and first refresh tokens, each of a family of its own."""
    codes = make_codes(house, count, scopes)
    with inside(house):
        return [(code.client_id, issue_refresh_token(grant_of(code), code.client_id)) for code in codes]


def grant_of(code: Code) -> str:
    """Inside: the grant that a code stands for."""
    found = db.session.execute(select(AuthorizationCode.grant_id).where(AuthorizationCode.code_hash == code.hash))
    return str(found.scalar_one())


def rows(house: Settings, statement: str, **values: Any) -> list[tuple[Any, ...]]:
    """What the database says."""
    with inside(house):
        return [tuple(row) for row in db.session.execute(text(statement), values)]
