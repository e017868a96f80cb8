"""An app's own server on loopback: notes what it is sent, answers as it is told, and serves the pages it is given."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask

from idp.domain.tenant import settings as tenant_settings
from idp.infra.db import db
from idp.infra.jobs import Worker
from idp.oauth.logout import back_channel

HOST = "localhost"


@dataclass(frozen=True)
class Received:
    """A request as it came."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: str

    @property
    def form(self) -> dict[str, str]:
        """The parameters of a form; none comes twice, or the test should know."""
        pairs = parse_qsl(self.body, strict_parsing=True)
        assert len(dict(pairs)) == len(pairs)
        return dict(pairs)


@dataclass
class Receiver:
    """`answers` are taken in turn: a status, or (status, headers); then 200. `pages`: path → (content type, body)."""

    port: int = 0
    scheme: str = "http"
    requests: list[Received] = field(default_factory=list)
    answers: list[int | tuple[int, dict[str, str]]] = field(default_factory=list)
    pages: dict[str, tuple[str, bytes]] = field(default_factory=dict)

    def url(self, path: str, host: str = HOST) -> str:
        """The address of a path, which begins with a slash."""
        return f"{self.scheme}://{host}:{self.port}{path}"

    def seen(self, path: str) -> list[Received]:
        """The requests of one path."""
        return [each for each in self.requests if each.path == path]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    receiver: Receiver


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        receiver, parts = self.server.receiver, urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        sent = {name.lower(): value for name, value in self.headers.items()}
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        receiver.requests.append(Received(self.command, parts.path, query, sent, body))
        planned = receiver.answers.pop(0) if receiver.answers else 200
        status, headers = planned if isinstance(planned, tuple) else (planned, {})
        kind, content = receiver.pages.get(parts.path, ("text/plain", b"noted"))
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def receiving(tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """A receiver that listens, by https where it has a certificate."""
    server = _Server(("127.0.0.1", 0), _Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    server.receiver = Receiver(port=server.server_address[1], scheme="https" if tls else "http")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield server.receiver
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """The server of an app."""
    with receiving() as opened:
        yield opened


@pytest.fixture
def private_hosts(app: Flask) -> Iterator[None]:
    """Loopback may be reached, as an operator would set it."""
    usual = app.config["IDP"]
    tenant_settings.use(usual.model_copy(update={"private_hosts": (HOST,)}))
    yield
    tenant_settings.use(usual)


class Outbox:
    """What waits to be told to apps."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._worker = Worker(back_channel.handlers(), app.app_context)

    def __call__(self) -> int:
        """Do what is due; how many jobs ran."""
        return self._worker.run_until_empty()

    def jobs(self) -> list[tuple[str, int, str | None]]:
        """Of each job its state, how often it was tried, and the last error."""
        with self._app.app_context():
            rows = db.session.execute(db.text("SELECT state, attempts, last_error FROM outbox ORDER BY id"))
            return [(row.state, row.attempts, row.last_error) for row in rows]

    def states(self) -> list[str]:
        """The state of each job."""
        return [state for state, *_ in self.jobs()]


@pytest.fixture
def tell_apps(app: Flask) -> Outbox:
    """Call it to have the apps told."""
    return Outbox(app)
