"""The main job, as a newcomer does it: `idp start --sample-app`, sign up, look at the tokens, sign out."""

import base64
import html
import json
import re
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.cli.banners import address, banner
from tests.support.factories import PASSWORD
from tests.support.server import ServerProcess, serving
from tests.support.visitor import Visitor


@pytest.fixture(scope="module")
def live(tmp_path_factory) -> Iterator[ServerProcess]:
    with serving(tmp_path_factory.mktemp("sample"), options=("--sample-app",)) as server:
        yield server


@pytest.fixture
def sample_url(live) -> str:
    return address(live, "Sample app")


def sign_up(visitor: Visitor, sample_url: str, email: str) -> None:
    visitor.open(f"{sample_url}signup")
    assert "/u/signup" in visitor.page.url
    visitor.submit("signup-submit", email=email, password=PASSWORD)


def element(visitor: Visitor, element_id: str) -> str:
    """The text of an element that holds code."""
    found = re.search(rf'id="{element_id}"[^>]*>(.*?)</code>', visitor.page.text, re.DOTALL)
    assert found, visitor.page.text
    return html.unescape(found[1])


def test_a_newcomer_signs_up_and_sees_the_tokens(visitor, sample_url, live):
    sign_up(visitor, sample_url, "new@example.com")
    assert visitor.page.url == sample_url
    assert visitor.page.status_code == 200
    assert len(re.findall(r"^\s*(?:<h1>)?new@example.com", visitor.page.text, re.MULTILINE)) == 1
    id_token = json.loads(element(visitor, "token-1-claims"))
    access_token = json.loads(element(visitor, "token-2-claims"))
    assert id_token["iss"] == access_token["iss"] == f"http://localhost:{live.port}/"
    assert "https://sample-api.localhost/" in access_token["aud"]
    assert "read:messages" in access_token["scope"].split()


def test_fresh_tokens_differ_from_those_before(visitor, sample_url):
    sign_up(visitor, sample_url, "fresh@example.com")
    before = element(visitor, "token-2-raw")
    visitor.submit("sample-refresh")
    assert "Fresh tokens" in visitor.page.text
    assert element(visitor, "token-2-raw") != before
    assert "fresh@example.com" in visitor.page.text


def test_the_api_takes_the_token(visitor, sample_url):
    sign_up(visitor, sample_url, "api@example.com")
    visitor.submit("sample-call-api")
    assert "200 OK" in visitor.page.text
    assert json.loads(element(visitor, "api-answer"))["sub"].startswith("auth0|")


def test_signing_out_ends_it_here_and_at_the_provider(visitor, sample_url):
    sign_up(visitor, sample_url, "out@example.com")
    visitor.submit("sample-logout")
    assert visitor.page.url.startswith(sample_url)
    assert "signed out here and at the provider" in visitor.page.text
    visitor.open(f"{sample_url}login")
    assert "/u/login" in visitor.page.url


def test_who_signed_out_signs_in_again(visitor, sample_url):
    sign_up(visitor, sample_url, "again@example.com")
    visitor.submit("sample-logout")
    visitor.open(f"{sample_url}login")
    visitor.submit("login-submit", username="again@example.com", password=PASSWORD)
    assert visitor.page.url == sample_url
    assert "again@example.com" in visitor.page.text


def test_the_back_button_after_signing_in_leads_home(visitor, sample_url):
    sign_up(visitor, sample_url, "back@example.com")
    [callback] = [r.url for r in visitor.page.history if "/callback" in r.url]
    visitor.open(callback)
    assert visitor.page.url == sample_url
    assert visitor.page.status_code == 200


def test_an_answer_that_nobody_asked_for_is_a_page_with_a_way_on(visitor, sample_url):
    visitor.open(f"{sample_url}callback?code=stolen&state=unknown")
    assert visitor.page.status_code == 400
    assert "Back to the start" in visitor.page.text


def test_who_refuses_comes_back_to_a_calm_page(visitor, sample_url):
    visitor.session.get(f"{sample_url}login", allow_redirects=False, timeout=60)
    visitor.open(f"{sample_url}callback?error=access_denied&state=x")
    assert "You did not sign in" in visitor.page.text


def test_a_form_from_elsewhere_is_refused(visitor, sample_url):
    sign_up(visitor, sample_url, "csrf@example.com")
    answer = visitor.session.post(f"{sample_url}logout", data={"csrf_token": "guess"}, timeout=60)
    assert answer.status_code == 403
    assert "csrf@example.com" in visitor.open(sample_url).text


def test_the_tokens_are_in_no_cookie(visitor, sample_url):
    sign_up(visitor, sample_url, "cookie@example.com")
    access_token = element(visitor, "token-2-raw")
    values = " ".join(cookie.value or "" for cookie in visitor.session.cookies)
    assert access_token[:40] not in values
    assert {cookie.name for cookie in visitor.session.cookies} >= {"sample_session", "idp_session"}


def test_the_api_refuses_what_was_not_issued_for_it(visitor, sample_url):
    sign_up(visitor, sample_url, "refused@example.com")
    good, id_token = element(visitor, "token-2-raw"), element(visitor, "token-1-raw")
    head, body, signature = good.split(".")
    mine = RSAKey.generate_key(2048, {"kid": part_of(good, 0)["kid"]}, private=True)
    forged = jwt.encode({"alg": "RS256", "typ": "at+jwt", "kid": mine.kid}, part_of(good, 1), mine)
    changed = ".".join([head, body[:-2] + ("AA" if body[-2:] != "AA" else "BB"), signature])
    for token in (id_token, forged, changed, f"{head}.{body}.", "nonsense", ""):
        answer = requests.get(f"{sample_url}api/messages", headers={"Authorization": f"Bearer {token}"}, timeout=60)
        assert answer.status_code == 401, token
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    answer = requests.get(f"{sample_url}api/messages", headers={"Authorization": f"Bearer {good}"}, timeout=60)
    assert answer.status_code == 200


def part_of(raw: str, number: int) -> dict:
    part = raw.split(".")[number]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def test_it_is_the_same_app_after_a_restart_on_another_port(tmp_path, visitor):
    kept = tmp_path / "var" / "sample-app.json"
    with serving(tmp_path, options=("--sample-app",)) as server:
        address(server, "Sample app")
        first = kept.read_text()
    server.log_file.unlink()
    with serving(tmp_path, options=("--sample-app",)) as server:
        assert kept.read_text() == first
        url = address(server, "Sample app")
        sign_up(visitor, url, "port@example.com")
        assert visitor.page.url == url
    assert kept.stat().st_mode & 0o777 == 0o600


def test_it_is_not_announced_when_it_cannot_start(tmp_path):
    server = ServerProcess(tmp_path, options=("--sample-app",))
    with ExitStack() as stack:
        for port in range(server.port + 1, server.port + 21):
            with suppress(OSError):  # taken by somebody else, which is as good
                stack.enter_context(socket.create_server(("127.0.0.1", port)))
        stack.callback(server.stop)
        server.start()
        assert "Sample app" not in banner(server)
        assert "the sample app did not start" in server.log_file.read_text()


def test_its_process_ends_with_a_server_that_is_killed(tmp_path):
    with serving(tmp_path, options=("--sample-app",)) as server:
        url = address(server, "Sample app")
        assert server.process
        server.process.kill()
        deadline = time.monotonic() + 60
        while is_there(url):
            assert time.monotonic() < deadline
            time.sleep(0.05)


def is_there(url: str) -> bool:
    try:
        requests.get(url, timeout=60)
    except requests.ConnectionError:
        return False
    return True
