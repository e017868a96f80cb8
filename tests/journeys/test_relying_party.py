"""An app on npm's openid-client that registers itself, once for each thing that a relying party may ask for.

OIDC Core §3.2, §3.3, §6.1, §10.2; Form Post Response Mode; Registration §3; Front- and Back-Channel Logout.
"""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.support.chromium import NewProfile
from tests.support.factories import EMAIL, PASSWORD
from tests.support.npm import Node
from tests.support.ports import free_port
from tests.support.server import ServerProcess, serving
from tests.support.visitor import Visitor, answered

pytestmark = pytest.mark.needs("node")
CODE = {"response_types": ["code"], "token_endpoint_auth_method": "client_secret_basic"}
HYBRID = {**CODE, "response_types": ["code id_token"], "grant_types": ["authorization_code", "implicit"]}
IMPLICIT = {"response_types": ["id_token"], "grant_types": ["implicit"]}
WAIT_SECONDS = 60


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server where holders of a token may register apps, and which may call what listens on this machine."""
    settings = {"registration": "token", "private_hosts": "localhost"}
    with serving(tmp_path_factory.mktemp("relying_party"), **settings) as started:
        started.idp("users", "create", EMAIL, "--password-stdin", "--verified", typed=PASSWORD)
        yield started
        assert [line for line in started.log_lines() if line["level"] in {"error", "critical"}] == []


@contextmanager
def relying_party(
    node: Node, server: ServerProcess, metadata: dict[str, Any], response_mode: str = "", port: int | None = None
) -> Iterator[str]:
    """The app, registered and running; its address."""
    port = port or free_port()
    told = {
        "issuer": server.issuer,
        "port": port,
        "registration_token": server.idp("registration-tokens", "create")["token"],
        "metadata": metadata,
        "response_mode": response_mode,
    }
    with node.running("relying_party.js", told):
        yield f"http://localhost:{port}/"


def sign_in(visitor: Visitor, own_url: str) -> dict[str, Any]:
    """Log in and allow what the app, which nobody vouches for, asks for; press on where there are no scripts."""
    visitor.open(f"{own_url}login")
    visitor.sign_in()
    page = visitor.submit("consent-allow")
    return answered(visitor.submit("form-post-continue") if 'id="form-post"' in page.text else page)


def sign_in_with_scripts(page: Page, own_url: str) -> dict[str, Any]:
    page.goto(f"{own_url}login")
    if page.locator("[name=password]").count():
        page.fill("[name=username]", EMAIL)
        page.fill("[name=password]", PASSWORD)
        page.click("#login-submit")
    page.click("#consent-allow")
    page.wait_for_url(f"{own_url}**")
    return shown(page)


def shown(page: Page) -> dict[str, Any]:
    """The JSON that the app answers in the end."""
    page.wait_for_function("document.body?.innerText.startsWith('{')")
    answer: dict[str, Any] = json.loads(page.inner_text("body"))
    return answer


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({}, id="code"),
        pytest.param({"token_endpoint_auth_method": "private_key_jwt"}, id="private_key_jwt"),
        pytest.param({"request_object_signing_alg": "RS256"}, id="signed-request-object"),
        pytest.param({"id_token_encrypted_response_alg": "RSA-OAEP-256"}, id="encrypted-id-token"),
        pytest.param({"userinfo_signed_response_alg": "RS256"}, id="signed-userinfo"),
        pytest.param({"subject_type": "pairwise"}, id="pairwise"),
    ],
)
def test_an_app_registers_itself_and_a_person_signs_in(
    node: Node, server: ServerProcess, visitor: Visitor, more: dict[str, Any]
):
    with relying_party(node, server, {**CODE, **more}) as url:
        told = sign_in(visitor, url)
    assert told["claims"]["iss"] == server.issuer
    assert told["userinfo"] == {"sub": told["claims"]["sub"], "email": EMAIL, "email_verified": True} | (
        {name: told["claims"][name] for name in ("iss", "aud")} if "userinfo_signed_response_alg" in more else {}
    )
    assert told["id_token_parts"] == (5 if "id_token_encrypted_response_alg" in more else 3)


@pytest.mark.parametrize("metadata", [CODE, HYBRID, IMPLICIT], ids=["code", "code id_token", "id_token"])
def test_the_answer_comes_as_a_form(node: Node, server: ServerProcess, visitor: Visitor, metadata: dict[str, Any]):
    with relying_party(node, server, metadata, "form_post") as url:
        assert sign_in(visitor, url)["claims"]["iss"] == server.issuer


@pytest.mark.needs("chromium")
@pytest.mark.parametrize("metadata", [HYBRID, IMPLICIT], ids=["code id_token", "id_token"])
def test_the_answer_comes_in_the_fragment(
    node: Node, server: ServerProcess, new_profile: NewProfile, metadata: dict[str, Any]
):
    with relying_party(node, server, metadata) as url:
        assert sign_in_with_scripts(new_profile().new_page(), url)["claims"]["iss"] == server.issuer


@pytest.mark.needs("chromium")
def test_signing_out_at_one_app_is_told_to_all_by_frame_and_by_server(
    node: Node, server: ServerProcess, new_profile: NewProfile
):
    page = new_profile().new_page()
    with ExitStack() as stack:
        ports = [free_port(), free_port()]
        urls = [stack.enter_context(relying_party(node, server, hearing(port), port=port)) for port in ports]
        sids = [sign_in_with_scripts(page, url)["claims"]["sid"] for url in urls]
        assert sids[0] == sids[1]
        page.goto(f"{urls[0]}logout")
        page.wait_for_url(f"{urls[0]}bye?state=s1")
        framed = {"by": "frame", "iss": server.issuer, "sid": sids[0]}
        assert framed in shown(page)["heard"], "the frames were loaded before the way back"
        for url in urls:
            heard = heard_by_both(page, url)
            assert framed in heard
            [told] = [each for each in heard if each["by"] == "server"]
            assert told["sid"] == sids[0]


def hearing(port: int) -> dict[str, Any]:
    """The metadata of an app that wants to hear of the end of logins."""
    return {
        **CODE,
        "frontchannel_logout_uri": f"http://localhost:{port}/framed",
        "frontchannel_logout_session_required": True,
        "backchannel_logout_uri": f"http://localhost:{port}/backchannel",
        "backchannel_logout_session_required": True,
    }


def heard_by_both(page: Page, url: str) -> list[dict[str, Any]]:
    """What an app has heard once its server has been told, too: that comes from the outbox."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        heard: list[dict[str, Any]] = page.request.get(f"{url}heard").json()["heard"]
        if len(heard) >= 2:
            return heard
        assert time.monotonic() < deadline, heard
        time.sleep(0.05)
