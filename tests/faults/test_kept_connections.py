"""A connection is kept after a request whose body nobody wanted: the next request on it is answered too."""

from collections.abc import Iterator

import pytest

from idp.app import MAXIMUM_BODY_BYTES, UNREAD_BODY_BYTES
from tests.faults.volley import Connection, DroppedError, ask, connections, form, get
from tests.support.server import ServerProcess, serving

MANY = 500
#: Refused without a look at the body: no such path, not by POST, from elsewhere.
UNWANTED = [
    ("/oauth/nothing", {}, 404),
    ("/nothing", {}, 404),
    ("/.well-known/jwks.json", {}, 405),
    ("/healthz", {}, 405),
    ("/u/login", {"Origin": "https://elsewhere.example"}, 403),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with serving(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def connection(server: ServerProcess) -> Iterator[Connection]:
    with connections([server.port]) as (opened,):
        yield opened


def test_many_unwanted_bodies_are_answered_on_one_connection(connection: Connection):
    wanted = []
    for number in range(MANY):
        path, headers, status = UNWANTED[number % len(UNWANTED)]
        wanted.append((connection.ask(form(path, headers, field="x" * (7 * number))).status, status))
    assert [each for each in wanted if each[0] != each[1]] == []


@pytest.mark.parametrize(("path", "headers", "status"), UNWANTED)
def test_a_body_that_comes_late_is_waited_for(
    server: ServerProcess, connection: Connection, path: str, headers: dict[str, str], status: int
):
    request = form(path, headers, field="x" * 100)
    connection.send(request[:-1])
    # By now a server that does not wait for the last byte has answered, and closed
    for _ in range(5):
        assert ask(server.port, get("/healthz")).status == 200
    connection.send(request[-1:])
    assert connection.read().status == status
    assert connection.ask(get("/healthz")).status == 200


def test_a_body_in_chunks_is_read_too(connection: Connection):
    head = b"POST /nothing HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    for _ in range(20):
        connection.send(head)
        connection.send(b"5\r\nhello\r\n")
        assert connection.ask(b"0\r\n\r\n").status == 404


@pytest.mark.parametrize("path", ["/oauth/token", "/nothing"])
def test_a_body_a_little_too_large_is_refused_on_a_connection_that_is_kept(connection: Connection, path: str):
    too_large = form(path, field="x" * (MAXIMUM_BODY_BYTES + 1))
    assert connection.ask(too_large).status == (413 if path == "/oauth/token" else 404)
    assert connection.ask(get("/healthz")).status == 200


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_without_end_is_not_read_to_its_end(connection: Connection, *, chunked: bool):
    length = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {10**12}"
    connection.send(f"POST /nothing HTTP/1.1\r\nHost: localhost\r\n{length}\r\n\r\n".encode())
    with pytest.raises(DroppedError):
        send_without_end(connection)


def send_without_end(connection: Connection) -> None:
    piece = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    # What the server and the kernel buffer between them is far less than this
    for _ in range(100 * UNREAD_BODY_BYTES // len(piece)):
        connection.send(piece)
    connection.read()
    connection.ask(get("/healthz"))
