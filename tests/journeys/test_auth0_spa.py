"""A single-page app on Auth0's auth0-spa-js, its domain alone changed: in Chromium, on an origin of its own."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask, Response, jsonify, send_from_directory
from playwright.sync_api import Page

from tests.journeys.conftest import Register
from tests.journeys.hosting import hosted
from tests.support.chromium import NewProfile
from tests.support.factories import AUDIENCE, EMAIL, PASSWORD
from tests.support.npm import Node
from tests.support.ports import free_port
from tests.support.protocol import claims_of
from tests.support.server import ServerProcess

pytestmark = pytest.mark.needs("chromium", "node")
PAGES = Path(__file__).parent / "auth0"


class App:
    """The app in a new profile, and what its browser asked of the server."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self.modes: list[str] = []
        self.grants: list[str] = []
        page.on("request", lambda request: self._note(request.url, request.post_data))
        page.goto(url)

    def _note(self, address: str, body: str | None) -> None:
        parts = urlsplit(address)
        if parts.path == "/authorize":
            self.modes += parse_qs(parts.query).get("response_mode", [])
        elif parts.path == "/oauth/token" and body:
            self.grants += parse_qs(body).get("grant_type", [])

    def outcome(self) -> dict[str, Any]:
        self.page.wait_for_function("!['', 'null'].includes(document.getElementById('outcome')?.textContent ?? '')")
        shown: dict[str, Any] = json.loads(self.page.text_content("#outcome") or "")
        return shown

    def press(self, button: str) -> dict[str, Any]:
        self.page.click(f"#{button}")
        return self.outcome()

    def sign_in(self) -> dict[str, Any]:
        assert self.outcome() == {"user": None}
        self.page.click("#sign-in")
        self.page.wait_for_url("**/u/login?**")
        self.page.fill("[name=username]", EMAIL)
        self.page.fill("[name=password]", PASSWORD)
        self.page.click("#login-submit")
        self.page.wait_for_url(self.url)
        user: dict[str, Any] = self.outcome()["user"]
        return user


@pytest.fixture
def url(request: pytest.FixtureRequest, node: Node, server: ServerProcess, register: Register) -> Iterator[str]:
    """Where the app is; its options are the defaults, but for those of the test."""
    port = free_port()
    url = f"http://localhost:{port}/"
    client = register("spa", callback=[url], logout_url=[f"{url}?signed-out"])
    more = dict(getattr(request, "param", {}))
    parameters = {"redirect_uri": url, **more.pop("authorizationParams", {})}
    told = {
        "domain": server.issuer.rstrip("/"),
        "clientId": client["client_id"],
        "authorizationParams": parameters,
        **more,
    }
    with hosted(static_app(node, told), port):
        yield url


def static_app(node: Node, told: dict[str, Any]) -> Flask:
    app = Flask("auth0_app", static_folder=None)
    library = node.folder / "node_modules" / "@auth0" / "auth0-spa-js" / "dist"

    @app.get("/")
    def index() -> Response:
        return send_from_directory(PAGES, "index.html")

    @app.get("/<name>")
    def file(name: str) -> Response:
        return send_from_directory(library if name.startswith("auth0-spa-js") else PAGES, name)

    @app.get("/config.json")
    def config() -> Response:
        return jsonify(told)

    return app


@pytest.fixture
def app(new_profile: NewProfile, url: str) -> App:
    """The app, opened in a new profile."""
    return App(new_profile().new_page(), url)


def test_a_person_signs_in(app: App):
    user = app.sign_in()
    assert (user["email"], user["email_verified"]) == (EMAIL, True)
    assert app.grants == ["authorization_code"]


def test_it_renews_in_a_hidden_frame_and_finds_its_user_again_after_a_reload(app: App):
    user = app.sign_in()
    tokens = [app.press("renew"), app.press("renew")]
    assert tokens[0]["access_token"] != tokens[1]["access_token"]
    app.page.reload()
    assert app.outcome()["user"] == user
    assert app.modes == ["query", "web_message", "web_message", "web_message"]
    assert set(app.grants) == {"authorization_code"}


@pytest.mark.parametrize(
    "url",
    [{"useRefreshTokens": True, "authorizationParams": {"audience": AUDIENCE, "scope": "openid email read"}}],
    indirect=True,
    ids=["useRefreshTokens"],
)
def test_it_renews_by_refresh_token_for_an_api(app: App):
    user = app.sign_in()
    tokens = [app.press("renew"), app.press("renew")]
    claims = [claims_of(each["access_token"]) for each in tokens]
    assert all(AUDIENCE in each["aud"] and "read" in each["scope"].split() for each in claims)
    assert claims[0]["jti"] != claims[1]["jti"]
    assert {each["sub"] for each in claims} == {user["sub"]}
    assert app.grants == ["authorization_code", "refresh_token", "refresh_token"]
    assert app.modes == ["query"]


def test_signing_out_comes_back_and_a_frame_then_learns_it_at_once(app: App, server: ServerProcess):
    app.sign_in()
    with app.page.expect_request(lambda request: request.url.startswith(server.url("/v2/logout?"))):
        app.page.click("#sign-out")
    app.page.wait_for_url(f"{app.url}?signed-out")
    assert app.outcome() == {"user": None}
    assert app.press("renew") == {"error": "login_required"}
