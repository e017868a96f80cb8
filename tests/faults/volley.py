"""Many requests at the same instant: all but the last byte of each is sent first, then all the last bytes."""

import json
import select
import socket
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

TIMEOUT = 60.0


class DroppedError(OSError):
    """The connection ended before the answer did."""


class UnansweredError(DroppedError):
    """It ended before the answer began."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found

    @property
    def error(self) -> tuple[int, str]:
        """The status and OAuth's name of what is wrong."""
        return self.status, "" if self.status == 200 else str(self.json.get("error"))


class Connection:
    """A connection that is kept alive."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), TIMEOUT)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._received = b""

    def send(self, data: bytes) -> None:
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise UnansweredError from error

    def read(self) -> Answer:
        head = self._until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        return Answer(int(head[0].split()[1]), headers, self._exactly(int(headers.get("content-length", "0"))))

    def ask(self, request: bytes) -> Answer:
        self.send(request)
        return self.read()

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()

    def _until(self, mark: bytes) -> bytes:
        while mark not in self._received:
            self._more()
        head, _, self._received = self._received.partition(mark)
        return head

    def _exactly(self, length: int) -> bytes:
        while len(self._received) < length:
            self._more()
        body, self._received = self._received[:length], self._received[length:]
        return body

    def _more(self) -> None:
        try:
            data = self._socket.recv(65536)
        except ConnectionError:
            data = b""
        if not data:
            raise DroppedError if self._received else UnansweredError
        self._received += data


@contextmanager
def connections(ports: Iterable[int]):
    """An open connection to each port named."""
    with ExitStack() as stack:
        opened = [Connection(port) for port in ports]
        for connection in opened:
            stack.callback(connection.close)
        yield opened


def volley(opened: Sequence[Connection], requests: Sequence[bytes]) -> list[Answer]:
    """Send a request on each connection, all at once; the answers in that order."""
    launch(opened, requests)
    return [connection.read() for connection in opened[: len(requests)]]


def launch(opened: Sequence[Connection], requests: Sequence[bytes]) -> None:
    """Send them, and leave the answers to be read."""
    pairs = list(zip(opened, requests, strict=False))
    for connection, request in pairs:
        connection.send(request[:-1])
    for connection, request in pairs:
        connection.send(request[-1:])


def wait_for_any(opened: Sequence[Connection]) -> None:
    """Until an answer begins, on whichever connection."""
    readable, _, _ = select.select(opened, [], [], TIMEOUT)
    assert readable, "no answer at all"


def form(path: str, more: Mapping[str, str] | None = None, /, **fields: str) -> bytes:
    """A POST of a form, with more headers."""
    body = urlencode(fields).encode()
    lines = "".join(f"{name}: {value}\r\n" for name, value in (more or {}).items())
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n{lines}\r\n"
    )
    return head.encode() + body


def get(path: str, **headers: str) -> bytes:
    """A GET."""
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n".encode("latin-1")


def ask(port: int, request: bytes) -> Answer:
    """One request on a connection of its own."""
    with connections([port]) as (connection,):
        return connection.ask(request)
