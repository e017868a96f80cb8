"""What a server needs before it is asked: made in its database by the domain's own functions, while it runs."""

import base64
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from idp.cli.running import connected
from idp.config import Settings
from idp.domain.apis.registration import grant_client_access, register_api
from idp.domain.clients.registration import NewClient, register_client, update_client
from idp.domain.credentials import calibration, hashing
from idp.domain.credentials.passwords import hash_password, store_hash
from idp.domain.interactions import progress
from idp.domain.interactions.request import AuthorizationRequest
from idp.domain.sessions.browser_sessions import LiveSession, begin_session, find_live_session
from idp.domain.tenant.config_version import cache
from idp.domain.tokens.codes import claim_code, issue_code
from idp.domain.tokens.grants import begin_grant
from idp.domain.tokens.refresh_tokens import issue_refresh_token
from idp.domain.users.accounts import create_user
from idp.infra.db import unit_of_work
from idp.infra.secrets import derive, new_token

ALGS = ("RS256", "ES256")
CALLBACK = "https://app.bench/callback"
PASSWORD = "a password that is long enough for everybody"
VERIFIER = "v" * 43
PEOPLE = 32
SCOPES = ("openid", "profile", "email", "offline_access")


@dataclass(frozen=True)
class Credentials:
    """A client and its secret."""

    id: str
    secret: str


@dataclass(frozen=True)
class Login:
    """A login page that somebody has open: what their form sends."""

    state: str
    browser: str
    csrf: str
    email: str


@dataclass
class World:
    """What was made in one database."""

    settings: Settings
    app: Credentials
    machines: dict[str, Credentials]
    emails: list[str]
    session: LiveSession
    logins: list[Login] = field(default_factory=list)


def create(settings: Settings) -> World:
    """An app, a machine for each algorithm, people, and an open login page for each of them."""
    with _at(settings):
        app = register_client(NewClient(name="App", kind="web", redirect_uris=[CALLBACK]))
        update_client(app.record.id, rotates_refresh_tokens=True)
        hashing.use(calibration.ensure_cost())  # as dear here as in the server, which measured it when it started
        stored = hash_password(PASSWORD)
        people = [create_user(f"user{number}@bench.example", verified=True, claims={}) for number in range(PEOPLE)]
        for person in people:
            store_hash(person.id, stored)
        session = find_live_session(begin_session(people[0], ("pwd",))[0])
        assert session is not None
        world = World(
            settings=settings,
            app=Credentials(app.record.id, app.secret or ""),
            machines={alg: _machine(alg) for alg in ALGS},
            emails=[person.email for person in people],
            session=session,
        )
        world.logins = [_open_login(world, email) for email in world.emails]
    return world


def codes(world: World, count: int) -> list[str]:
    """Authorization codes that nobody has redeemed; good for a minute."""
    with _at(world.settings):
        return [_code(world) for _ in range(count)]


def refresh_tokens(world: World, count: int) -> list[str]:
    """Refresh tokens, each of a family of its own."""
    with _at(world.settings):
        return [_refresh_token(world) for _ in range(count)]


@contextmanager
def _at(settings: Settings) -> Iterator[None]:
    cache.clear()  # what is cached is another database's
    with connected(settings), unit_of_work():
        yield


def _machine(alg: str) -> Credentials:
    audience = f"https://{alg.lower()}.bench/"
    register_api(f"API {alg}", audience, scopes={"read": "Read", "write": "Write"}, signing_alg=alg)
    client = register_client(NewClient(name=f"Machine {alg}", kind="machine"))
    grant_client_access(client.record.id, audience, ["read", "write"])
    return Credentials(client.record.id, client.secret or "")


def _open_login(world: World, email: str) -> Login:
    browser = new_token("br1_")
    state = progress.start(_request(world), browser).id
    return Login(state, browser, derive(world.settings.secrets[0], "csrf", browser), email)


def _code(world: World) -> str:
    asked = _request(world)
    return issue_code(asked, begin_grant(asked, world.session))


def _refresh_token(world: World) -> str:
    claimed = claim_code(_code(world), world.app.id)
    assert claimed is not None
    return issue_refresh_token(claimed.grant_id, world.app.id)


def _request(world: World) -> AuthorizationRequest:
    challenge = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
    return AuthorizationRequest(
        client_id=world.app.id,
        redirect_uri=CALLBACK,
        redirect_uri_was_sent=True,
        response_type="code",
        response_mode="query",
        scopes=SCOPES,
        nonce="nonce-of-the-bench",
        code_challenge=challenge,
    )
