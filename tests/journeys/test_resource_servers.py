"""APIs check access tokens offline, from the JWKS alone: npm's jose, jsonwebtoken with jwks-rsa, Python's joserfc."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import requests
from joserfc.jwk import KeySet, RSAKey

from tests.journeys.verifiers import Verify, by_joserfc, by_node, fetch_keys, jwks_uri
from tests.support.npm import Node
from tests.support.server import ServerProcess, serving

LIFETIME = 300
NEEDS_NODE = pytest.mark.needs("node")
LIBRARIES = [
    pytest.param("jose", marks=NEEDS_NODE),
    pytest.param("jsonwebtoken", marks=NEEDS_NODE),
    pytest.param("joserfc"),
]
REASONS = {
    "jose": {
        "signature": "ERR_JWS_SIGNATURE_VERIFICATION_FAILED",
        "expired": "ERR_JWT_EXPIRED",
        "audience": "ERR_JWT_CLAIM_VALIDATION_FAILED",
        "algorithm": "ERR_JOSE_ALG_NOT_ALLOWED",
    },
    "jsonwebtoken": {
        "signature": "invalid signature",
        "expired": "jwt expired",
        "audience": "jwt audience invalid",
        "algorithm": "invalid algorithm",
        "none": "jwt signature is required",
    },
    "joserfc": {
        "signature": "bad_signature",
        "expired": "expired_token",
        "audience": "invalid_claim",
        "algorithm": "unsupported_algorithm",
    },
}
Mint = Callable[[str], str]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server of these tests alone, as they change its keys and stop it."""
    with serving(tmp_path_factory.mktemp("resource_servers")) as started:
        yield started


@pytest.fixture(scope="module")
def mint(server: ServerProcess) -> Mint:
    """An access token of a machine client for the API of this algorithm."""
    client = server.idp("clients", "create", "--name", "Machine", "--kind", "machine")
    for alg in ("RS256", "PS256", "ES256"):
        lifetime = ("--token-lifetime", str(LIFETIME))
        server.idp("apis", "create", "--name", alg, "--audience", audience(alg), "--signing-alg", alg, *lifetime)
        server.idp("grants", "create", "--client", client["client_id"], "--audience", audience(alg))

    def request(alg: str) -> str:
        asked = {"grant_type": "client_credentials", "audience": audience(alg)}
        credentials = (client["client_id"], client["client_secret"])
        answer = requests.post(server.url("/oauth/token"), asked, auth=credentials, timeout=60)
        token: str = answer.json()["access_token"]
        return token

    return request


@pytest.fixture(scope="module")
def verifiers(server: ServerProcess, mint: Mint) -> Iterator[Callable[[str, pytest.FixtureRequest], Verify]]:
    """The verifier on a library: one of each, so that they have met keys before."""
    made: dict[str, Verify] = {}
    with ExitStack() as stack:

        def find(library: str, request: pytest.FixtureRequest) -> Verify:
            if library not in made:
                made[library] = stack.enter_context(_started(library, request, server))
            return made[library]

        yield find


def _started(library: str, request: pytest.FixtureRequest, server: ServerProcess) -> Any:
    if library == "joserfc":
        return by_joserfc(server)
    node: Node = request.getfixturevalue("node")
    return by_node(node, library, server)


@pytest.fixture
def verify(library: str, verifiers: Callable[..., Verify], request: pytest.FixtureRequest) -> Verify:
    return verifiers(library, request)


def audience(alg: str) -> str:
    return f"https://{alg.lower()}.example.com/"


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256"])
@pytest.mark.parametrize("library", LIBRARIES)
def test_a_good_token_is_accepted(verify: Verify, mint: Mint, server: ServerProcess, alg: str):
    claims = verify(mint(alg), audience(alg))["claims"]
    assert (claims["iss"], claims["aud"]) == (server.issuer, audience(alg))
    assert claims["exp"] - claims["iat"] == LIFETIME


@pytest.mark.parametrize("library", LIBRARIES)
def test_one_changed_byte_in_the_payload_is_refused(verify: Verify, mint: Mint, library: str):
    header, payload, signature = mint("RS256").split(".")
    document = unpacked(payload)
    changed = document.replace(b'"exp":1', b'"exp":2')
    assert sum(old != new for old, new in zip(document, changed, strict=True)) == 1
    forged = f"{header}.{packed(changed)}.{signature}"
    assert verify(forged, audience("RS256"))["refused"] == REASONS[library]["signature"]


@pytest.mark.parametrize("library", LIBRARIES)
def test_an_expired_token_is_refused(verify: Verify, mint: Mint, library: str):
    token, later = mint("RS256"), int(time.time()) + LIFETIME + 1
    assert verify(token, audience("RS256"), later)["refused"] == REASONS[library]["expired"]


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_token_for_another_api_is_refused(verify: Verify, mint: Mint, library: str):
    refused: str = verify(mint("ES256"), audience("RS256"))["refused"]
    assert refused.startswith(REASONS[library]["audience"])


@pytest.mark.parametrize("keeps_signature", [False, True])
@pytest.mark.parametrize("library", LIBRARIES)
def test_a_token_that_says_it_needs_no_signature_is_refused(
    verify: Verify, mint: Mint, library: str, keeps_signature: bool
):
    header, payload, signature = mint("RS256").split(".")
    forged = f"{with_alg(header, 'none')}.{payload}.{signature if keeps_signature else ''}"
    why = "algorithm" if keeps_signature else "none"
    assert verify(forged, audience("RS256"))["refused"] == REASONS[library].get(why, REASONS[library]["algorithm"])


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_public_key_is_no_shared_secret(verify: Verify, mint: Mint, server: ServerProcess, library: str):
    header, payload, _ = mint("RS256").split(".")
    key = fetch_keys(jwks_uri(server)).get_by_kid(json.loads(unpacked(header))["kid"])
    assert isinstance(key, RSAKey)
    signed = f"{with_alg(header, 'HS256')}.{payload}"
    signature = hmac.digest(key.as_pem(private=False), signed.encode(), hashlib.sha256)
    assert verify(f"{signed}.{packed(signature)}", audience("RS256"))["refused"] == REASONS[library]["algorithm"]


@pytest.mark.needs("node")
def test_old_and_new_tokens_are_good_after_an_emergency_rotation(
    verifiers: Callable[..., Verify], mint: Mint, server: ServerProcess, request: pytest.FixtureRequest
):
    ours = [verifiers(library, request) for library in REASONS]
    old = mint("RS256")
    assert all("claims" in verify(old, audience("RS256")) for verify in ours)
    kid = server.idp("keys", "rotate", "--now")["active_kid"]
    new = until(lambda: mint("RS256"), lambda token: json.loads(unpacked(token.split(".")[0]))["kid"] == kid)
    for verify in ours:
        assert verify(new, audience("RS256"))["claims"]["iss"] == server.issuer
        assert verify(old, audience("RS256"))["claims"]["iss"] == server.issuer


@pytest.mark.needs("node")
def test_the_provider_need_not_be_there(
    verifiers: Callable[..., Verify], mint: Mint, server: ServerProcess, request: pytest.FixtureRequest
):
    ours = [verifiers(library, request) for library in REASONS]
    token = mint("RS256")
    assert all("claims" in verify(token, audience("RS256")) for verify in ours)
    server.stop()
    assert all("claims" in verify(token, audience("RS256")) for verify in ours)
    server.start()
    assert all("claims" in verify(mint("RS256"), audience("RS256")) for verify in ours)


def test_only_rsa_keys_are_published_until_another_is_asked_for(tmp_path_factory: pytest.TempPathFactory):
    with serving(tmp_path_factory.mktemp("fresh")) as fresh:
        keys: KeySet = fetch_keys(jwks_uri(fresh))
        assert {key.key_type for key in keys.keys} == {"RSA"}


def until(attempt: Callable[[], str], is_good: Callable[[str], bool]) -> str:
    """Try for a minute."""
    deadline = time.monotonic() + 60
    while not is_good(result := attempt()):
        assert time.monotonic() < deadline, f"still {result}"
        time.sleep(0.1)
    return result


def with_alg(header: str, alg: str) -> str:
    return packed(json.dumps({**json.loads(unpacked(header)), "alg": alg}).encode())


def unpacked(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def packed(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
