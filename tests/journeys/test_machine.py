"""A machine gets tokens of its own: by requests in Python, and by curl."""

import json
import subprocess
from typing import Any

import pytest
import requests
from joserfc import jwt

from tests.journeys.conftest import Register
from tests.journeys.verifiers import by_joserfc, fetch_keys, jwks_uri
from tests.support.factories import AUDIENCE
from tests.support.server import ServerProcess

ASKED = {"grant_type": "client_credentials", "audience": AUDIENCE}


@pytest.fixture(scope="module")
def machine(server: ServerProcess, register: Register) -> dict[str, Any]:
    """A registered machine that may read."""
    client = register("machine")
    server.idp("grants", "create", "--client", client["client_id"], "--audience", AUDIENCE, "--scope", "read")
    return client


def curl(*arguments: str) -> dict[str, Any]:
    printed = subprocess.check_output(["curl", "--silent", "--show-error", *arguments], text=True)
    answer: dict[str, Any] = json.loads(printed)
    return answer


def test_curl_gets_a_token_with_a_form(server: ServerProcess, machine: dict[str, Any]):
    user = f"{machine['client_id']}:{machine['client_secret']}"
    form = [word for name, value in ASKED.items() for word in ("--data-urlencode", f"{name}={value}")]
    answer = curl(server.url("/oauth/token"), "--user", user, *form)
    assert (answer["token_type"], answer["scope"]) == ("Bearer", "read")
    with by_joserfc(server) as verify:
        claims = verify(answer["access_token"], AUDIENCE)["claims"]
    assert (claims["client_id"], claims["sub"]) == (machine["client_id"], machine["client_id"])
    assert claims["exp"] - claims["iat"] == answer["expires_in"]


def test_curl_gets_a_token_with_json(server: ServerProcess, machine: dict[str, Any]):
    body = json.dumps({**ASKED, **machine})
    answer = curl(server.url("/oauth/token"), "--header", "Content-Type: application/json", "--data", body)
    assert answer["scope"] == "read"


def test_requests_gets_a_token_that_says_what_it_is(server: ServerProcess, machine: dict[str, Any]):
    credentials = (machine["client_id"], machine["client_secret"])
    answer = requests.post(server.url("/oauth/token"), ASKED, auth=credentials, timeout=60)
    assert answer.headers["Cache-Control"] == "no-store"
    assert set(answer.json()) == {"access_token", "token_type", "expires_in", "scope"}
    token = jwt.decode(answer.json()["access_token"], fetch_keys(jwks_uri(server)), algorithms=["RS256"])
    assert token.header["typ"] == "at+jwt"


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_secret": "of somebody else"}, 401, "invalid_client"),
        ({"scope": "write"}, 400, "invalid_scope"),
        ({"audience": "https://unknown.example.com/"}, 400, "access_denied"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
def test_it_gets_nothing_that_it_was_not_given(
    server: ServerProcess, machine: dict[str, Any], changes: dict[str, str], status: int, error: str
):
    answer = requests.post(server.url("/oauth/token"), json={**ASKED, **machine, **changes}, timeout=60)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_a_new_secret_works_beside_the_old_one(server: ServerProcess, machine: dict[str, Any]):
    rotated = server.idp("clients", "rotate-secret", machine["client_id"])
    assert rotated["client_secret"] != machine["client_secret"]
    for client in (machine, rotated):
        answer = requests.post(server.url("/oauth/token"), json={**ASKED, **client}, timeout=60)
        assert answer.status_code == 200, answer.text
