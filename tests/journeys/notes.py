"""An app, that shows a page wherever it is asked, and redeems what it is told."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from flask import Flask
from playwright.sync_api import BrowserContext, Page

from tests.journeys.hosting import hosted
from tests.support.ports import free_port
from tests.support.protocol import PAIR, claims_of
from tests.support.server import ServerProcess

AT_APP = re.compile(r"^http://localhost:\d+/callback\?.*code=")


@dataclass(frozen=True)
class Notes:
    """The app as it is registered, and where it is."""

    server: ServerProcess
    client_id: str
    client_secret: str
    home: str

    def open(self, profile: BrowserContext, **more: str) -> Page:
        """A page at the login of the app, or where that leads."""
        page = profile.new_page()
        self.begin(page, **more)
        return page

    def begin(self, page: Page, **more: str) -> None:
        """The same in a page that is there."""
        asked = {
            "client_id": self.client_id,
            "redirect_uri": f"{self.home}callback",
            "response_type": "code",
            "scope": "openid",
            "state": "s",
            "code_challenge": PAIR.challenge,
            "code_challenge_method": "S256",
            **more,
        }
        page.goto(f"{self.server.url('/authorize')}?{urlencode(asked)}")

    def told(self, page: Page) -> dict[str, Any]:
        """What the ID token says, once the page is at the app."""
        page.wait_for_url(AT_APP)
        form = {
            "grant_type": "authorization_code",
            "code": parse_qs(urlsplit(page.url).query)["code"][0],
            "redirect_uri": f"{self.home}callback",
            "code_verifier": PAIR.verifier,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
        }
        answer = page.request.post(self.server.url("/oauth/token"), form=form)
        assert answer.status == 200, answer.text()
        return claims_of(answer.json()["id_token"])


@contextmanager
def taking_notes(server: ServerProcess) -> Iterator[Notes]:
    """The app runs."""
    port = free_port()
    app = Flask("notes")
    app.add_url_rule("/callback", "callback", lambda: "The app")
    home = f"http://localhost:{port}/"
    made = server.idp("clients", "create", "--name", "Notes", "--kind", "web", "--callback", f"{home}callback")
    with hosted(app, port):
        yield Notes(server, made["client_id"], made["client_secret"], home)
