"""Keys rotate and are taken back under traffic: who verifies with what it has fetched never fails, who signs with a
stolen key gets nowhere.
"""

import base64
import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import jwt
import pytest

from idp.domain.keys import rotation
from idp.domain.keys.queries import list_keys
from tests.faults.nodes import Node, deployment, eventually
from tests.faults.seeding import Code, inside, make_person, make_public_client
from tests.faults.visitor import Visitor, parameters_of
from tests.faults.volley import Answer, ask, form, get

AUDIENCE = "https://api.example.com/"
ROTATIONS = 3
#: Ten minutes of a cache, in this test: the database is told that so much more has gone by.
CACHE_SECONDS = 0.5
SPREAD_SECONDS = 3.0


@dataclass
class Verifier:
    """An API: keeps the set for as long as it may, and fetches it for no unknown key."""

    nodes: list[Node]
    fetched_at: float = float("-inf")
    fetches: int = 0
    keys: dict[str, jwt.PyJWK] = field(default_factory=dict)

    def check(self, token: str) -> str:
        """The kid; raises if it does not verify."""
        if time.monotonic() - self.fetched_at > CACHE_SECONDS:
            self.fetches += 1
            self.fetched_at = time.monotonic()
            found = ask(self.nodes[self.fetches % 2].port, get("/.well-known/jwks.json")).json["keys"]
            self.keys = {key["kid"]: jwt.PyJWK(key) for key in found}
        kid: str = jwt.get_unverified_header(token)["kid"]
        jwt.decode(token, self.keys[kid], algorithms=["RS256"], audience=AUDIENCE)
        return kid


@pytest.mark.spec("OIDC Core 1.0", "10.1.1", "keys rotate under traffic on two nodes: every token verifies")
def test_no_verification_fails_while_keys_rotate(tmp_path: Path, sqlite_only: str) -> None:
    with deployment(tmp_path, sqlite_only) as nodes:
        client_id, secret = make_machine(nodes[0])
        over = threading.Event()
        rotating = threading.Thread(target=rotate, args=(nodes[0], over))
        rotating.start()
        verifiers, kids, count = [Verifier(nodes), Verifier(nodes, fetches=1)], set[str](), 0
        while not over.is_set():
            token = machine_token(nodes[count % 2], client_id, secret).json["access_token"]
            kids |= {verifier.check(token) for verifier in verifiers}
            count += 1
        rotating.join()
        assert len(kids) == ROTATIONS + 1, f"{count} tokens"


def rotate(node: Node, over: threading.Event) -> None:
    try:
        for _ in range(ROTATIONS):
            with inside(node.house):
                assert rotation.rotate("RS256").next_kid
            time.sleep(CACHE_SECONDS + SPREAD_SECONDS)
            with inside(node.house):
                [waiting] = list_keys("next")
                waiting.published_at -= rotation.PUBLISHED_SECONDS
            with inside(node.house):
                assert rotation.rotate("RS256").next_kid is None
        time.sleep(SPREAD_SECONDS)
    finally:
        over.set()


@pytest.fixture
def signed_in(tmp_path: Path, sqlite_only: str) -> Iterator[tuple[Node, Visitor, dict[str, str]]]:
    """A server, a browser that is signed in, and the tokens of the app."""
    with deployment(tmp_path, sqlite_only, count=1) as [node]:
        with inside(node.house):
            person, client_id = make_person(has_password=True), make_public_client()
        visitor = Visitor()
        code = Code(client_id, visitor.sign_in([node], client_id, person.email))
        yield node, visitor, {"client_id": client_id, **ask(node.port, code.redemption()).json}


def test_what_a_revoked_key_signed_is_refused(signed_in: tuple[Node, Visitor, dict[str, str]]) -> None:
    node, visitor, tokens = signed_in
    stolen = jwt.get_unverified_header(tokens["access_token"])["kid"]
    assert who(node, tokens) == 200
    told = node.idp("keys", "revoke", stolen)
    eventually(lambda: who(node, tokens) == 401, "the token is refused")
    assert [key["kid"] for key in ask(node.port, get("/.well-known/jwks.json")).json["keys"]] == [told["active_kid"]]
    # No forged hint ends a login: the person is asked instead
    assert visitor.get(node, f"/oidc/logout?id_token_hint={tokens['id_token']}").status_code == 200
    code = parameters_of(visitor.authorize(node, tokens["client_id"], prompt="none"))["code"]
    again = ask(node.port, Code(tokens["client_id"], code).redemption()).json
    assert jwt.get_unverified_header(again["access_token"])["kid"] == told["active_kid"] != stolen
    assert who(node, again) == 200
    assert events(node)[-1] == ("key.revoked", stolen)


def test_a_hint_of_a_retired_key_still_signs_out(signed_in: tuple[Node, Visitor, dict[str, str]]) -> None:
    node, visitor, tokens = signed_in
    before = jwt.get_unverified_header(tokens["id_token"])["kid"]
    assert node.idp("keys", "rotate", "--now")["active_kid"] != before
    assert visitor.get(node, f"/oidc/logout?id_token_hint={tokens['id_token']}").status_code == 200
    silent = parameters_of(visitor.authorize(node, tokens["client_id"], prompt="none"))
    assert silent["error"] == "login_required"


def events(node: Node) -> list[tuple[str, str]]:
    """What the trail of events says of keys that were taken back, and which."""
    query = "SELECT name, details FROM events WHERE name = 'key.revoked' ORDER BY id"
    with closing(sqlite3.connect(node.database_url.removeprefix("sqlite:///"), timeout=20)) as connection:
        return [(name, json.loads(details)["kid"]) for name, details in connection.execute(query)]


def who(node: Node, tokens: dict[str, str]) -> int:
    return ask(node.port, get("/userinfo", Authorization=f"Bearer {tokens['access_token']}")).status


@pytest.mark.spec("OIDC Core 1.0", "10.1", "a key that has just signed for the first time is published by every node")
def test_a_first_key_of_an_algorithm_is_known_everywhere_at_once(tmp_path: Path, sqlite_only: str) -> None:
    with deployment(tmp_path, sqlite_only) as [signing, other]:
        for node in (signing, other):
            ask(node.port, get("/.well-known/jwks.json"))
        client_id, secret = make_machine(signing, "--signing-alg", "ES256")
        token = machine_token(signing, client_id, secret).json["access_token"]
        kid = jwt.get_unverified_header(token)["kid"]
        for node in (signing, other):
            assert kid in {key["kid"] for key in ask(node.port, get("/.well-known/jwks.json")).json["keys"]}
            asked = form("/oauth/introspect", basic(client_id, secret), token=token)
            assert ask(node.port, asked).json["active"] is True


def make_machine(node: Node, *options: str) -> tuple[str, str]:
    node.idp("apis", "create", "--name", "API", "--audience", AUDIENCE, "--scope", "read", *options)
    made = node.idp("clients", "create", "--name", "Machine", "--kind", "machine")
    node.idp("grants", "create", "--client", made["client_id"], "--audience", AUDIENCE, "--scope", "read")
    return made["client_id"], made["client_secret"]


def machine_token(node: Node, client_id: str, secret: str) -> Answer:
    asked = form("/oauth/token", basic(client_id, secret), grant_type="client_credentials", audience=AUDIENCE)
    return ask(node.port, asked)


def basic(client_id: str, secret: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(f'{client_id}:{secret}'.encode()).decode()}"}
