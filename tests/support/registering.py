"""Apps that register themselves, and a host of documents that they name: `registrar` and `documents`."""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from flask import Flask
from joserfc.jwk import RSAKey
from werkzeug.test import TestResponse

from idp.config import Settings
from idp.domain.clients.registration import update_client
from idp.domain.tenant import settings as tenant_settings
from idp.infra.db import unit_of_work
from idp.web import rate_limits
from tests.support.browser import ORIGIN
from tests.support.factories import CALLBACK, App

PATH = "/oidc/register"
#: As the certification suite sends it: without a kid.
KEY = RSAKey.generate_key(2048)
JWKS: dict[str, Any] = {"keys": [{**KEY.as_dict(private=False), "use": "sig", "alg": "RS256"}]}
for _key in JWKS["keys"]:
    _key.pop("kid", None)


@dataclass(frozen=True)
class Made:
    """What a registration was answered with."""

    body: Mapping[str, Any]

    @property
    def app(self) -> App:
        """The client, as other tests know one."""
        return App(self.body["client_id"], self.body.get("client_secret"))

    @property
    def path(self) -> str:
        """Where it is read and changed."""
        return f"{PATH}/{self.app.id}"

    @property
    def token(self) -> str:
        """The registration access token."""
        return str(self.body["registration_access_token"])


class Registrar:
    """The back channel of developers."""

    def __init__(self, app: Flask, change: Callable[..., None]) -> None:
        self.app = app
        self.change = change
        """Run with other settings until the test ends."""

    def send(self, method: str, path: str, token: str | None = None, **options: Any) -> TestResponse:
        """One request, with a bearer token where one is given."""
        headers = {**options.pop("headers", {}), **({"Authorization": f"Bearer {token}"} if token else {})}
        return self.app.test_client().open(path, method=method, base_url=ORIGIN, headers=headers, **options)

    def post(self, document: object, token: str | None = None) -> TestResponse:
        """Register whatever it is. The rate limits start anew: a table of bad inputs is one address sending all."""
        rate_limits.local.storage.reset()
        return self.send("POST", PATH, token, json=document)

    def register(self, token: str | None = None, **changes: Any) -> TestResponse:
        """Register what is right but for the changes; None leaves a member out."""
        return self.post(_without_none({"redirect_uris": [CALLBACK], **changes}), token)

    def made(self, **changes: Any) -> Made:
        """A registration that succeeds."""
        response = self.register(**changes)
        assert response.status_code == 201, response.text
        return Made(response.get_json())

    def adopted(self, **changes: Any) -> App:
        """An app that registered itself, and that an operator then calls the house's own: nobody is asked."""
        registered = self.made(**changes).app
        with self.app.app_context(), unit_of_work():
            update_client(registered.id, is_third_party=False)
        return registered

    def read(self, made: Made, token: str | None = None) -> TestResponse:
        """Ask what is registered."""
        return self.send("GET", made.path, token or made.token)

    def replace(self, made: Made, token: str | None = None, **document: Any) -> TestResponse:
        """Put other metadata in the place of what there is."""
        sent = _without_none({"client_id": made.app.id, "redirect_uris": [CALLBACK], **document})
        return self.send("PUT", made.path, token or made.token, json=sent)

    def remove(self, made: Made, token: str | None = None) -> TestResponse:
        """Take it out of the register."""
        return self.send("DELETE", made.path, token or made.token)


@dataclass
class Documents:
    """A web server on loopback. `visits` are the paths that were asked for."""

    port: int = 0
    bodies: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    visits: list[str] = field(default_factory=list)

    def url(self, path: str, scheme: str = "http", host: str = "127.0.0.1") -> str:
        """Where a document is."""
        return f"{scheme}://{host}:{self.port}{path}"


@pytest.fixture
def registrar(app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registrar]:
    """Everybody may register."""

    def change(**changes: Any) -> None:
        changed = app.config["IDP"].model_copy(update=changes)
        monkeypatch.setitem(app.config, "IDP", changed)
        tenant_settings.use(changed)

    change(registration="open")
    yield Registrar(app, change)
    tenant_settings.use(settings)


@pytest.fixture
def documents() -> Iterator[Documents]:
    """A server that also notices whoever should not have come."""
    served = Documents()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.visits.append(self.path)
            status, body = served.bodies.get(self.path, (404, b""))
            self.send_response(status)
            self.send_header("Location", "http://127.0.0.1/")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield served
    server.shutdown()
    server.server_close()


def _without_none(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if value is not None}
