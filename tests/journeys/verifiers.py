"""Resource servers that check access tokens by themselves, each on another library, all with one shape of answer."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import requests
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry

from tests.support.npm import Node
from tests.support.ports import free_port
from tests.support.server import ServerProcess

ALGORITHMS = ["RS256", "PS256", "ES256"]


class Verify(Protocol):
    """{"claims": …} of a good token, {"refused": why} of another; `now` is the verifier's time, if not the real one."""

    def __call__(self, token: str, audience: str, now: int | None = None) -> dict[str, Any]: ...


@contextmanager
def by_node(node: Node, library: str, server: ServerProcess) -> Iterator[Verify]:
    """A process of Node; `library` is jose, or jsonwebtoken together with jwks-rsa."""
    port = free_port()
    told = {"library": library, "issuer": server.issuer, "jwks_uri": jwks_uri(server), "algorithms": ALGORITHMS}

    def verify(token: str, audience: str, now: int | None = None) -> dict[str, Any]:
        sent = {"token": token, "audience": audience, **({"now": now} if now else {})}
        answer: dict[str, Any] = requests.post(f"http://localhost:{port}/", json=sent, timeout=60).json()
        return answer

    with node.running("verifier.js", {**told, "port": port}):
        yield verify


@dataclass
class ByJoserfc:
    """In this process, as a Python API does it: unknown key ids make it fetch the JWKS again."""

    issuer: str
    jwks_uri: str
    keys: KeySet

    def __call__(self, token: str, audience: str, now: int | None = None) -> dict[str, Any]:
        expected = {"iss": self.issuer, "aud": audience}
        registry = JWTClaimsRegistry(now, **{name: {"essential": True, "value": expected[name]} for name in expected})
        try:
            decoded = self._decode(token)
            registry.validate(decoded.claims)
        except JoseError as error:
            return {"refused": error.error}
        return {"claims": decoded.claims}

    def _decode(self, token: str) -> jwt.Token:
        try:
            return jwt.decode(token, self.keys, algorithms=ALGORITHMS)
        except InvalidKeyIdError:
            self.keys = fetch_keys(self.jwks_uri)
            return jwt.decode(token, self.keys, algorithms=ALGORITHMS)


@contextmanager
def by_joserfc(server: ServerProcess) -> Iterator[Verify]:
    yield ByJoserfc(server.issuer, jwks_uri(server), fetch_keys(jwks_uri(server)))


def fetch_keys(uri: str) -> KeySet:
    return KeySet.import_key_set(requests.get(uri, timeout=60).json())


def jwks_uri(server: ServerProcess) -> str:
    uri: str = requests.get(server.url("/.well-known/openid-configuration"), timeout=60).json()["jwks_uri"]
    return uri
