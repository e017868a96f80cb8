"""Fetching what others name: nothing inward is ever reached, and nothing is waited for or read without end."""

import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from idp.infra.http_client import Fetcher, FetchError, is_public
from tests.support.certificates import make_certificate
from tests.support.ports import free_port

LOCAL = Fetcher(private_hosts=frozenset({"localhost", "127.0.0.1"}))


class Canary:
    """Listens on loopback and counts who comes."""

    def __init__(self) -> None:
        self.visits = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.visits += 1
            connection.close()


@pytest.fixture
def canary() -> Iterator[Canary]:
    made = Canary()
    yield made
    made.listener.close()


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "0",
        "0.0.0.0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
    ],
)
def test_no_spelling_of_loopback_is_reached(canary: Canary, host: str) -> None:
    with pytest.raises(FetchError):
        Fetcher().get(f"https://{host}:{canary.port}/jwks")
    with socket.create_connection(("127.0.0.1", canary.port)) as own:
        assert own.recv(1) == b""
    assert canary.visits == 1, "only our own visit was counted"


def test_a_name_that_resolves_inward_is_not_reached(canary: Canary, monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(host: str, port: int, **_: object) -> list[object]:
        public = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", port))
        return [public, (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr("idp.infra.http_client.socket.getaddrinfo", resolve)
    with pytest.raises(FetchError, match="not public"):
        Fetcher().get(f"https://rebinding.example:{canary.port}/")
    assert canary.visits == 0


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "255.255.255.255",
        "224.0.0.1",
        "240.0.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "192.88.99.1",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "64:ff9b:1::1",
        "2002:7f00:1::1",
        "2001::1",
        "2001:db8::1",
        "fe80::1%eth0",
        "fc00::1",
        "fec0::1",
        "ff02::1",
        "not an address",
    ],
)
def test_private_addresses_are_known(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"])
def test_public_addresses_are_known(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "//example.com/",
        "https://",
        "https:///x",
        "https://user@example.com/",
        "https://user:pw@example.com/",
        "https://example.com/#x",
        "https://example.com:99999/",
        "https://example.com:x/",
        "https://exa mple.com/",
        "https://example.com\\@127.0.0.1/",
        "https://example.com/\r\nHost: x",
        "https://ex\u00e4mple.com/",
        "https://[::1/",
        "",
    ],
)
def test_other_urls_are_not_tried(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def unexpected(*_: object, **__: object) -> None:
        pytest.fail("a name was looked up")

    monkeypatch.setattr("idp.infra.http_client.socket.getaddrinfo", unexpected)
    with pytest.raises(FetchError):
        Fetcher().get(url)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/moved":
            self.answer(302, b"", Location="/ok")
        elif self.path == "/packed":
            self.answer(200, b"\x1f\x8b", **{"Content-Encoding": "gzip"})
        elif self.path == "/large":
            self.answer(200, b"x" * 300_000)
        else:
            self.answer(200, f"{self.path} {self.headers['Accept']}".encode())

    def do_POST(self) -> None:
        self.answer(202, self.rfile.read(int(self.headers["Content-Length"])))

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=made.serve_forever, args=(0.01,), daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


def test_an_allowed_private_host_is_fetched_by_plain_http(server: ThreadingHTTPServer) -> None:
    got = LOCAL.get(f"http://127.0.0.1:{server.server_port}/ok?a=1", {"Accept": "application/json"})
    assert (got.status, got.body, got.is_ok) == (200, b"/ok?a=1 application/json", True)
    assert got.headers["content-length"] == str(len(got.body))
    sent = LOCAL.post(f"http://localhost:{server.server_port}/", b"hello")
    assert (sent.status, sent.body) == (202, b"hello")


def test_a_redirect_is_an_answer_and_not_followed(server: ThreadingHTTPServer) -> None:
    got = LOCAL.get(f"http://127.0.0.1:{server.server_port}/moved")
    assert (got.status, got.is_ok) == (302, False)


@pytest.mark.parametrize(("path", "said"), [("/large", "longer than"), ("/packed", "compressed")])
def test_answers_without_measure_are_refused(server: ThreadingHTTPServer, path: str, said: str) -> None:
    with pytest.raises(FetchError, match=said):
        LOCAL.get(f"http://127.0.0.1:{server.server_port}{path}")


def test_proxies_of_the_environment_are_not_used(
    server: ThreadingHTTPServer, canary: Canary, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{canary.port}")
    assert LOCAL.get(f"http://127.0.0.1:{server.server_port}/ok").is_ok
    assert canary.visits == 0


def drip(prefix: bytes) -> tuple[int, Callable[[], None]]:
    """A server that sends one byte now and then, for ever; its port, and how to end it."""
    listener, ended = socket.create_server(("127.0.0.1", 0)), threading.Event()

    def serve() -> None:
        try:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(prefix)
                while not ended.wait(0.05):
                    connection.sendall(b"x")
        except OSError:
            return

    threading.Thread(target=serve, daemon=True).start()

    def end() -> None:
        ended.set()
        listener.close()

    return listener.getsockname()[1], end


@pytest.mark.parametrize(
    "prefix",
    [b"", b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"],
    ids=["status", "header", "body"],
)
def test_a_server_that_drips_is_cut_off(prefix: bytes) -> None:
    port, end = drip(prefix)
    try:
        with pytest.raises(FetchError, match="took longer than"):
            Fetcher(private_hosts=frozenset({"127.0.0.1"}), total_seconds=0.4).get(f"http://127.0.0.1:{port}/")
    finally:
        end()


def test_a_server_that_is_gone_is_one_kind_of_error() -> None:
    with pytest.raises(FetchError, match="refused"):
        LOCAL.get(f"http://127.0.0.1:{free_port()}/")


def test_only_known_authorities_vouch_for_a_certificate(server: ThreadingHTTPServer, tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path, "localhost")
    server.socket = certificate.server_context().wrap_socket(server.socket, server_side=True)
    url = f"https://localhost:{server.server_port}/ok"
    with pytest.raises(FetchError, match="certificate"):
        LOCAL.get(url)
    trusting = Fetcher(private_hosts=frozenset({"localhost", "127.0.0.1"}), ca_bundle=certificate.authority)
    assert trusting.get(url).is_ok
    with pytest.raises(FetchError, match="certificate"):
        trusting.get(url.replace("localhost", "127.0.0.1"))
