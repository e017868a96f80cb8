"""A web app on npm's openid-client, once for each way in which a client may authenticate."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from tests.journeys.conftest import Register
from tests.support.factories import EMAIL
from tests.support.npm import Node
from tests.support.ports import free_port
from tests.support.server import ServerProcess
from tests.support.visitor import Visitor, answered

pytestmark = pytest.mark.needs("node")
SAME = ("sub", "sid", "auth_time", "aud", "iss")


@pytest.fixture(scope="module")
def own_url(node: Node, server: ServerProcess, register: Register) -> Iterator[str]:
    """Where the app is that keeps to the default, Basic."""
    with web_app(node, server, register, "client_secret_basic") as url:
        yield url


@contextmanager
def web_app(
    node: Node, server: ServerProcess, register: Register, method: str, folder: Path | None = None
) -> Iterator[str]:
    """Register the app and run it; its address."""
    port = free_port()
    url = f"http://localhost:{port}/"
    urls = {"callback": [f"{url}callback"], "logout_url": [f"{url}bye"]}
    auth: dict[str, Any] = {"method": method}
    if folder is not None:
        key = RSAKey.generate_key(2048, {"kid": "the app's key"})
        (folder / "jwks.json").write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
        auth["private_jwk"] = key.as_dict(private=True)
        client = register("web", **urls, jwks=[str(folder / "jwks.json")])
        assert client["client_secret"] is None
    else:
        client = register("web", **urls)
        auth["client_secret"] = client["client_secret"]
    told = {"issuer": server.issuer, "port": port, "client_id": client["client_id"], "auth": auth}
    with node.running("web_app.js", told):
        yield url


def sign_in(visitor: Visitor, own_url: str) -> dict[str, Any]:
    visitor.open(f"{own_url}login")
    return answered(visitor.sign_in())


def test_a_person_signs_in_and_the_app_gets_verified_claims(visitor: Visitor, server: ServerProcess, own_url: str):
    claims = sign_in(visitor, own_url)["claims"]
    assert (claims["email"], claims["iss"]) == (EMAIL, server.issuer)
    userinfo = visitor.read(f"{own_url}userinfo")
    assert (userinfo["sub"], userinfo["email"]) == (claims["sub"], EMAIL)


def test_a_refresh_rotates_and_keeps_who_it_is_and_when_they_signed_in(visitor: Visitor, own_url: str):
    before = sign_in(visitor, own_url)
    after = visitor.read(f"{own_url}refresh")
    assert {name: after["claims"][name] for name in SAME} == {name: before["claims"][name] for name in SAME}
    assert after["token"]["access_token"] != before["token"]["access_token"]
    assert after["token"]["scope"] == before["token"]["scope"]
    assert visitor.read(f"{own_url}userinfo")["email"] == EMAIL


def test_introspection_tells_of_both_tokens_until_the_app_revokes_them(visitor: Visitor, own_url: str):
    subject = sign_in(visitor, own_url)["claims"]["sub"]
    for token in ("access_token", "refresh_token"):
        told = visitor.read(f"{own_url}introspect?token={token}")
        assert (told["active"], told["sub"]) == (True, subject)
    assert visitor.read(f"{own_url}revoke") == {}
    for token in ("access_token", "refresh_token"):
        assert visitor.read(f"{own_url}introspect?token={token}") == {"active": False}
    refused = visitor.open(f"{own_url}refresh")
    assert (refused.status_code, refused.json()["error"]) == (500, "invalid_grant")


def test_signing_out_ends_the_session_at_the_provider_and_comes_back(visitor: Visitor, own_url: str):
    sign_in(visitor, own_url)
    assert answered(visitor.open(f"{own_url}logout")) == {"state": "s1"}
    assert "/u/login" in visitor.open(f"{own_url}login").url


def test_the_secret_may_come_in_the_body(node: Node, server: ServerProcess, register: Register, visitor: Visitor):
    with web_app(node, server, register, "client_secret_post") as url:
        assert sign_in(visitor, url)["claims"]["email"] == EMAIL
        assert visitor.read(f"{url}refresh")["token"]["access_token"]
        assert visitor.read(f"{url}introspect?token=access_token")["active"]
        assert visitor.read(f"{url}revoke") == {}


def test_an_app_may_sign_its_own_authentication(
    node: Node, server: ServerProcess, register: Register, visitor: Visitor, tmp_path: Path
):
    with web_app(node, server, register, "private_key_jwt", tmp_path) as url:
        assert sign_in(visitor, url)["claims"]["email"] == EMAIL
        assert visitor.read(f"{url}refresh")["token"]["access_token"]
        assert visitor.read(f"{url}introspect?token=access_token")["active"]
        assert visitor.read(f"{url}revoke") == {}
