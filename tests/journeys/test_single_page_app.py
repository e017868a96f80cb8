"""A single-page app on npm's oidc-client-ts, in Chromium, on an origin of its own."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, jsonify, send_from_directory
from playwright.sync_api import Page

from tests.journeys.conftest import Register
from tests.journeys.hosting import hosted
from tests.support.chromium import NewProfile
from tests.support.factories import EMAIL, PASSWORD
from tests.support.npm import Node
from tests.support.ports import free_port
from tests.support.server import ServerProcess

pytestmark = pytest.mark.needs("chromium", "node")
PAGES = Path(__file__).parent / "spa"
FETCH = """([url, token]) => fetch(url, {headers: {authorization: `Bearer ${token}`}})
    .then((response) => response.status, (error) => error.name)"""
SAME = ("sub", "sid", "auth_time", "aud", "iss")


@pytest.fixture(scope="module")
def own_url(node: Node, server: ServerProcess, register: Register) -> Iterator[str]:
    """Where the app is."""
    port = free_port()
    url = f"http://localhost:{port}/"
    client = register(
        "spa", callback=[url, f"{url}silent.html"], logout_url=[f"{url}?signed-out"], web_origin=[url.rstrip("/")]
    )
    assert client["client_secret"] is None
    with hosted(static_app(node, {"authority": server.issuer, "client_id": client["client_id"]}), port):
        yield url


def static_app(node: Node, told: dict[str, str]) -> Flask:
    app = Flask("single_page_app", static_folder=None)
    library = node.folder / "node_modules" / "oidc-client-ts" / "dist" / "browser"

    @app.get("/")
    def index() -> Response:
        return send_from_directory(PAGES, "index.html")

    @app.get("/<name>")
    def file(name: str) -> Response:
        return send_from_directory(library if name.startswith("oidc-client-ts") else PAGES, name)

    @app.get("/config.json")
    def config() -> Response:
        return jsonify(told)

    return app


@pytest.fixture
def page(new_profile: NewProfile, own_url: str) -> Page:
    """The app, opened in a new profile."""
    opened = new_profile().new_page()
    opened.goto(own_url)
    return opened


def outcome(page: Page) -> dict[str, Any]:
    page.wait_for_function("!['', 'null'].includes(document.getElementById('outcome')?.textContent ?? '')")
    shown: dict[str, Any] = json.loads(page.text_content("#outcome") or "")
    return shown


def press(page: Page, button: str) -> dict[str, Any]:
    page.click(f"#{button}")
    return outcome(page)


def sign_in(page: Page, own_url: str) -> dict[str, Any]:
    page.click("#sign-in")
    page.wait_for_url("**/u/login?**")
    page.fill("[name=username]", EMAIL)
    page.fill("[name=password]", PASSWORD)
    page.click("#login-submit")
    page.wait_for_url(own_url)
    return outcome(page)


def test_a_person_signs_in_and_the_app_gets_claims_and_user_info(page: Page, server: ServerProcess, own_url: str):
    user = sign_in(page, own_url)
    assert user["profile"]["iss"] == server.issuer
    assert user["profile"]["email"] == EMAIL
    assert press(page, "call-userinfo")["sub"] == user["profile"]["sub"]


def test_it_renews_by_refresh_token_which_rotates(page: Page, own_url: str):
    before = sign_in(page, own_url)
    once = press(page, "renew-by-token")
    twice = press(page, "renew-by-token")
    assert len({user["refresh_token"] for user in (before, once, twice)}) == 3
    assert len({user["access_token"] for user in (before, once, twice)}) == 3
    assert {name: twice["profile"][name] for name in SAME} == {name: before["profile"][name] for name in SAME}
    assert press(page, "call-userinfo")["email"] == EMAIL


def test_it_renews_silently_in_a_frame(page: Page, own_url: str):
    before = sign_in(page, own_url)
    after = press(page, "renew-by-frame")
    assert after["access_token"] != before["access_token"]
    assert {name: after["profile"][name] for name in SAME} == {name: before["profile"][name] for name in SAME}


def test_a_frame_of_a_browser_that_is_not_signed_in_learns_that_at_once(page: Page):
    assert press(page, "renew-by-frame") == {"error": "login_required"}


def test_signing_out_ends_the_session_at_the_provider_and_comes_back(page: Page, own_url: str):
    sign_in(page, own_url)
    page.click("#sign-out")
    page.wait_for_url(f"{own_url}?signed-out**")
    assert press(page, "renew-by-frame") == {"error": "login_required"}


def test_it_notices_that_its_user_signed_out_elsewhere(page: Page, server: ServerProcess, own_url: str):
    sign_in(page, own_url)
    elsewhere = page.context.new_page()
    elsewhere.goto(server.url("/oidc/logout"))
    elsewhere.click("#logout-confirm")
    page.wait_for_function("document.getElementById('outcome').textContent.includes('event')")
    assert outcome(page) == {"event": "signed out"}


def test_another_origin_can_read_nothing_with_the_apps_token(
    page: Page, new_profile: NewProfile, server: ServerProcess, own_url: str
):
    token = sign_in(page, own_url)["access_token"]
    stranger = new_profile().new_page()
    with hosted(static_app_of_a_stranger(), port := free_port()):
        stranger.goto(f"http://localhost:{port}/")
        assert stranger.evaluate(FETCH, [server.url("/userinfo"), token]) == "TypeError"
    assert page.evaluate(FETCH, [server.url("/userinfo"), token]) == 200


def static_app_of_a_stranger() -> Flask:
    app = Flask("stranger", static_folder=None)
    app.add_url_rule("/", view_func=lambda: "<title>Somebody else</title>")
    return app
