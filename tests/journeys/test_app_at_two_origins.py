"""An app that takes answers at one origin and shows its pages at another: no page of ours may hold its redirect up."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

import pytest
from flask import Flask, redirect
from werkzeug.wrappers import Response

from tests.journeys.conftest import Register
from tests.journeys.hosting import hosted
from tests.support.chromium import NewProfile
from tests.support.factories import EMAIL, PASSWORD
from tests.support.ports import free_port
from tests.support.protocol import PAIR
from tests.support.server import ServerProcess

pytestmark = pytest.mark.needs("chromium")


@dataclass(frozen=True)
class TwoOrigins:
    """The app: its id, where it takes answers, and where its pages are."""

    client_id: str
    takes: str
    shows: str

    def request(self, **more: str) -> str:
        sent = {
            "client_id": self.client_id,
            "redirect_uri": f"{self.takes}/callback",
            "response_type": "code",
            "scope": "openid",
            "code_challenge": PAIR.challenge,
            "code_challenge_method": "S256",
        }
        return f"/authorize?{urlencode(sent | more)}"


def back_end(front: str) -> Flask:
    app = Flask("back_end")

    @app.route("/<path>", methods=["GET", "POST"])
    def onward(path: str) -> Response:
        return redirect(f"{front}/{path}")

    return app


def front_end() -> Flask:
    app = Flask("front_end")
    app.add_url_rule("/<path>", view_func=lambda path: f"<!doctype html><title>{path}</title>", endpoint="page")
    return app


@pytest.fixture
def app(register: Register) -> Iterator[TwoOrigins]:
    ports = free_port(), free_port()
    takes, shows = (f"http://localhost:{port}" for port in ports)
    made = register("web", callback=[f"{takes}/callback"], logout_url=[f"{takes}/bye"])
    with hosted(back_end(shows), ports[0]), hosted(front_end(), ports[1]):
        yield TwoOrigins(made["client_id"], takes, shows)


@pytest.mark.parametrize("mode", ["query", "form_post"])
def test_signing_in_and_out_ends_at_the_apps_own_pages(
    server: ServerProcess, app: TwoOrigins, new_profile: NewProfile, mode: str
) -> None:
    page = new_profile().new_page()
    page.goto(server.url(app.request(response_mode=mode, prompt="consent")))
    page.fill("[name=username]", EMAIL)
    page.fill("[name=password]", PASSWORD)
    page.click("#login-submit")
    page.click("#consent-allow")
    page.wait_for_url(f"{app.shows}/callback*")

    sent = {"client_id": app.client_id, "post_logout_redirect_uri": f"{app.takes}/bye"}
    page.goto(server.url(f"/oidc/logout?{urlencode(sent)}"))
    page.click("#logout-confirm")
    page.wait_for_url(f"{app.shows}/bye*")


def test_a_login_that_needs_nothing_more_ends_there_too(
    server: ServerProcess, app: TwoOrigins, new_profile: NewProfile
) -> None:
    page = new_profile().new_page()
    page.goto(server.url(app.request()))
    page.fill("[name=username]", EMAIL)
    page.fill("[name=password]", PASSWORD)
    page.click("#login-submit")
    page.wait_for_url(f"{app.shows}/callback*")
