"""A small language for tests of the protocol: sign in once, authorize, redeem, refresh, ask.

`protocol` is a browser with its user's cookies and the back channel of an app, in one object. The login itself is
left out (a session is begun in the domain) except where `sign_in_by_form` goes through the real pages.
"""

import base64
import hashlib
import secrets
import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import time_machine
from flask import Flask
from joserfc import jwt as joserfc_jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import KeySet
from sqlalchemy import select
from werkzeug.test import TestResponse

from idp.domain.events.models import Event
from idp.domain.sessions.browser_sessions import begin_session
from idp.domain.users.accounts import create_user
from idp.domain.users.queries import get_user
from idp.infra import jwt
from idp.infra.db import db, unit_of_work
from idp.web import rate_limits
from tests.support.browser import ORIGIN, Browser
from tests.support.factories import ADA, CALLBACK, EMAIL, PASSWORD, App

ISSUER = f"{ORIGIN}/"
SCOPE = "openid profile email offline_access"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SESSION_COOKIE = "idp_session"


@dataclass(frozen=True)
class Pkce:
    """A verifier and its S256 challenge (RFC 7636 §4.1, §4.2)."""

    verifier: str
    challenge: str


def pkce(verifier: str | None = None) -> Pkce:
    """A fresh pair, or that of a verifier."""
    verifier = verifier or secrets.token_urlsafe(32)
    digest = hashlib.sha256(verifier.encode()).digest()
    return Pkce(verifier, base64.urlsafe_b64encode(digest).rstrip(b"=").decode())


PAIR = pkce()


def later(seconds: float) -> time_machine.travel:
    """The world so many seconds from now, standing still."""
    return time_machine.travel(int(time.time()) + seconds, tick=False)


def parameters_of(location: str) -> dict[str, str]:
    """What a redirect carries, in its query or in its fragment."""
    parts = urlsplit(location)
    return dict(parse_qsl(parts.fragment or parts.query, keep_blank_values=True))


def claims_of(token: str) -> dict[str, Any]:
    """What a token says; the signature is not looked at."""
    return jwt.parse(token).claims


def header_of(token: str) -> dict[str, Any]:
    """The header of a token."""
    return jwt.parse(token).header


def basic(name: str, secret: str) -> str:
    """An Authorization header as it is: nothing is form-encoded."""
    return "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()


def make_person(app: Flask, email: str = EMAIL) -> str:
    """A user without a password: quick, where the login is not the subject."""
    with app.app_context(), unit_of_work():
        return create_user(email, verified=True, claims=ADA).id


class Protocol:
    """One browser and any number of apps."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.http = app.test_client()
        self.user_id = ""
        self.sid = ""
        self.cookie = ""

    # The browser

    def sign_in(self, user_id: str | None = None, amr: tuple[str, ...] = ("pwd",)) -> str:
        """A new login in this browser; the sid."""
        self.user_id = user_id or self.user_id or make_person(self.app)
        with self.app.app_context(), unit_of_work():
            self.cookie, self.sid = begin_session(get_user(self.user_id), amr)
        self.http.set_cookie(SESSION_COOKIE, self.cookie, domain="localhost")
        return self.sid

    def forget_cookies(self) -> None:
        """The browser of somebody who is not signed in."""
        self.http = self.app.test_client()

    def authorize(self, client: App, method: str = "GET", **changes: str | None) -> TestResponse:
        """Send a request that is right but for the changes; None leaves a parameter out."""
        sent = {
            "client_id": client.id,
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "scope": SCOPE,
            "state": "the state",
            "nonce": "the nonce",
            "code_challenge": PAIR.challenge,
            "code_challenge_method": "S256",
            **changes,
        }
        given = {name: value for name, value in sent.items() if value is not None}
        if method == "POST":
            return self.http.post("/authorize", base_url=ORIGIN, data=given)
        return self.http.get("/authorize", base_url=ORIGIN, query_string=given)

    def answer(self, client: App, **changes: str | None) -> dict[str, str]:
        """What the app is sent back to with."""
        response = self.authorize(client, **changes)
        location = response.headers.get("Location", "")
        assert location.startswith(changes.get("redirect_uri") or CALLBACK), (response.status, location)
        return parameters_of(location)

    def code(self, client: App, **changes: str | None) -> str:
        """A fresh code."""
        answer = self.answer(client, **changes)
        assert "code" in answer, answer
        return answer["code"]

    def tokens(self, client: App, **changes: str | None) -> dict[str, Any]:
        """From the request to the tokens."""
        if not self.cookie:
            self.sign_in()
        response = self.redeem(client, self.code(client, **changes), redirect_uri=changes.get("redirect_uri", CALLBACK))
        assert response.status_code == 200, response.text
        return dict(response.get_json())

    # The back channel

    def post(self, path: str, client: App | None = None, **data: str | None) -> TestResponse:
        """A form, with the client's own proof: Basic where it has a secret, its id where it is public."""
        given = {name: value for name, value in data.items() if value is not None}
        headers = {}
        if client is not None and client.secret is not None:
            headers["Authorization"] = basic(client.id, client.secret)
        elif client is not None:
            given.setdefault("client_id", client.id)
        return self.raw(path, data=given, headers=headers)

    def raw(self, path: str, **options: Any) -> TestResponse:
        """A POST from a program: it has no cookies."""
        return self.app.test_client().post(path, base_url=ORIGIN, **options)

    def redeem(self, client: App, code: str, **changes: str | None) -> TestResponse:
        """Send a code."""
        sent = {"redirect_uri": CALLBACK, "code_verifier": PAIR.verifier, **changes}
        return self.post("/oauth/token", client, grant_type="authorization_code", code=code, **sent)

    def refresh(self, client: App, token: str, **more: str | None) -> TestResponse:
        """Send a refresh token."""
        return self.post("/oauth/token", client, grant_type="refresh_token", refresh_token=token, **more)

    def machine_token(self, client: App, **more: str | None) -> TestResponse:
        """A client on its own behalf."""
        return self.post("/oauth/token", client, grant_type="client_credentials", **more)

    def introspect(self, client: App, token: str, **more: str) -> TestResponse:
        """Ask about a token."""
        return self.post("/oauth/introspect", client, token=token, **more)

    def is_active(self, client: App, token: str) -> bool:
        """Whether introspection says that a token is good."""
        response = self.introspect(client, token)
        assert response.status_code == 200, response.text
        return bool(response.get_json()["active"])

    def revoke(self, client: App, token: str, **more: str) -> TestResponse:
        """Take a token back."""
        return self.post("/oauth/revoke", client, token=token, **more)

    def userinfo(self, token: str | None, **headers: str) -> TestResponse:
        """Ask who the user is."""
        sent = {**({"Authorization": f"Bearer {token}"} if token is not None else {}), **headers}
        return self.app.test_client().get("/userinfo", base_url=ORIGIN, headers=sent)

    def document(self, path: str) -> dict[str, Any]:
        """A public document."""
        return dict(self.app.test_client().get(path, base_url=ORIGIN).get_json())

    def verify(self, token: str) -> dict[str, Any]:
        """The claims of a token, believed only by what the JWKS says."""
        keys = KeySet.import_key_set(self.document("/.well-known/jwks.json"))
        with warnings.catch_warnings():
            # RFC 9864 renames EdDSA to Ed25519; verifiers know the old name
            warnings.simplefilter("ignore", SecurityWarning)
            return dict(joserfc_jwt.decode(token, keys, algorithms=["RS256", "PS256", "ES256", "EdDSA"]).claims)

    def events(self, name: str) -> list[dict[str, Any]]:
        """The details of every audit event of a name."""
        with self.app.app_context():
            rows = db.session.execute(select(Event.details).where(Event.name == name)).scalars()
            return [row or {} for row in rows]


def sign_in_by_form(browser: Browser, email: str = EMAIL, password: str = PASSWORD) -> None:
    """Fill in the login page that the browser stands on."""
    browser.submit("login-submit", username=email, password=password)


def forgive_refusals() -> None:
    """Start the counts of the rate limits anew: a table of bad inputs is one address sending them all."""
    rate_limits.local.storage.reset()


def assert_page(response: TestResponse, status: int = 400) -> None:
    """The answer is a page of ours, and sends the browser nowhere."""
    assert response.status_code == status, response.text[:500]
    assert "Location" not in response.headers
    assert response.mimetype == "text/html"


def assert_error(response: TestResponse, error: str, status: int = 400) -> None:
    """The answer is an OAuth error in JSON (RFC 6749 §5.2)."""
    assert (response.status_code, response.get_json()["error"]) == (status, error), response.text
    assert set(response.get_json()) == {"error", "error_description"}
    assert response.headers["Cache-Control"] == "no-store"


def form_of(response: TestResponse) -> Mapping[str, str]:
    """The fields of the first form of a page."""
    browser = Browser.__new__(Browser)
    browser.page = response
    return browser.forms[0].fields


@pytest.fixture
def protocol(app: Flask) -> Protocol:
    """Nobody is signed in yet."""
    return Protocol(app)
