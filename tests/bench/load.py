"""The load generator: HTTP/1.1 over plain sockets and one epoll loop, in a process of its own.

`python -m tests.bench.load` reads a Job as JSON on standard input and writes a Measure as JSON. It reads the servers'
CPU time at both ends of the window by itself, so that its own is never counted. Standard library alone: it starts at
once, and knows nothing of what it asks.
"""

import json
import os
import re
import select
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import cycle
from pathlib import Path

_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
_CHUNKED = re.compile(rb"(?i)\r\ntransfer-encoding: *chunked")
_TICKS = os.sysconf("SC_CLK_TCK")
_MOST_CONNECTIONS = 128
_DEAD_SECONDS = 15.0


class LoadError(Exception):
    """The answers were not what the row is about."""


@dataclass(kw_only=True)
class Job:
    """What to ask, how, and for how long."""

    address: tuple[str, int]
    requests: list[str]
    """Whole requests, sent in turn; with `chain` one for each connection."""
    expected: list[int]
    seconds: float = 1.0
    warm_up: float = 0.15
    connections: int = 8
    repeats: bool = True
    """Whether requests may be sent again; if not, the window ends when they do."""
    chain: str = ""
    """A JSON member whose value in each answer replaces the one before in the connection's next request."""
    rate: float = 0.0
    """Requests a second, sent when they are due however long the answers take; 0 asks again after each answer."""
    pids: list[int] = field(default_factory=list)


@dataclass(kw_only=True)
class Measure:
    """What came of a job. Times are seconds; latencies count from when a request was due."""

    count: int
    seconds: float
    cpu_seconds: float
    p50: float
    p95: float
    p99: float
    statuses: dict[str, int]
    sample: str = ""
    """The first answer with a status that was not expected."""

    @property
    def rate(self) -> float:
        return self.count / self.seconds

    @property
    def cpu(self) -> float:
        """The servers' CPU seconds a request."""
        return self.cpu_seconds / self.count


def run(job: Job) -> Measure:
    """Run a job in a process of its own.

    Raises:
        LoadError: an answer had another status than expected, or none came.
    """
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.load"],
        input=json.dumps(asdict(job)),
        capture_output=True,
        text=True,
        check=False,
    )
    return result(done.returncode, done.stdout, done.stderr, job.expected)


def result(code: int, out: str, err: str, expected: Sequence[int]) -> Measure:
    if code:
        raise LoadError(f"the load generator ended with {code}: {err[-2000:]}")
    measure = Measure(**json.loads(out))
    if measure.sample or not measure.count:
        raise LoadError(f"expected {expected}, got {measure.statuses}; for example:\n{measure.sample}")
    return measure


def cpu_seconds(pids: Sequence[int]) -> float:
    """User and system time of these processes until now."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / _TICKS


class Connection:
    """A kept-alive connection with at most one request under way."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address, timeout=_DEAD_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.due = 0.0
        self.request = b""

    def send(self, request: bytes, due: float) -> None:
        self.request, self.due, self.buffer = request, due, b""
        self.socket.sendall(request)

    def receive(self) -> bool:
        """Read what is there; True when the answer is whole."""
        piece = self.socket.recv(65536)
        if not piece:
            raise LoadError("the server closed a connection")
        self.buffer += piece
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return False
        length = _LENGTH.search(self.buffer, 0, end)
        if length is not None:
            return len(self.buffer) >= end + 4 + int(length[1])
        return not _CHUNKED.search(self.buffer, 0, end) or self.buffer.endswith(b"0\r\n\r\n")

    @property
    def status(self) -> int:
        return int(self.buffer[9:12])


class Generator:
    """Runs one job."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.poll = select.epoll()
        self.connections: dict[int, Connection] = {}
        self.idle: list[Connection] = []
        texts = [text.encode() for text in job.requests]
        self.requests: Iterator[bytes] = cycle(texts) if job.repeats else iter(texts)
        self.member = re.compile(rb'"%s":"([^"]+)"' % job.chain.encode()) if job.chain else None
        self.held: dict[int, bytes] = {}
        self.latencies: list[float] = []
        self.statuses: Counter[int] = Counter()
        self.sample = ""
        self.is_measuring = False

    def run(self) -> Measure:
        for _ in range(self.job.connections):
            self.connect()
        end = self.turn_until(time.perf_counter() + self.job.warm_up)
        self.latencies.clear()
        cpu = cpu_seconds(self.job.pids)
        began = time.perf_counter()
        end = self.turn_until(began + self.job.seconds)
        cpu = cpu_seconds(self.job.pids) - cpu
        found = sorted(self.latencies)
        return Measure(
            count=len(found),
            seconds=end - began,
            cpu_seconds=cpu,
            p50=quantile(found, 0.5),
            p95=quantile(found, 0.95),
            p99=quantile(found, 0.99),
            statuses={str(status): count for status, count in self.statuses.items()},
            sample=self.sample,
        )

    def connect(self) -> Connection:
        connection = Connection(self.job.address)
        self.connections[connection.socket.fileno()] = connection
        self.poll.register(connection.socket.fileno(), select.EPOLLIN)
        self.idle.append(connection)
        return connection

    def turn_until(self, end: float) -> float:
        """Ask and listen until then and the first answer, or until requests run out; when it was over."""
        due = time.perf_counter()
        last = due
        while (now := time.perf_counter()) < end or (not self.latencies and now < end + _DEAD_SECONDS):
            due = self.send_due(now, due)
            wait = min(end, due) if self.job.rate else end
            events = self.poll.poll(max(0.0005, wait - time.perf_counter()) if self.busy() else 0.0005)
            for number, _ in events:
                last = self.take(self.connections[number])
            if not self.busy() and self.is_dry:
                return last
        return time.perf_counter()

    is_dry = False

    def busy(self) -> bool:
        return len(self.idle) < len(self.connections)

    def send_due(self, now: float, due: float) -> float:
        """Send what is due now; when the next is."""
        if not self.job.rate:
            while self.idle and not self.is_dry:
                self.send(self.idle.pop(), now)
            return now
        while due <= now and (self.idle or len(self.connections) < _MOST_CONNECTIONS):
            if not self.idle:
                self.connect()
            self.send(self.idle.pop(), due)
            due += 1 / self.job.rate
        return due

    def send(self, connection: Connection, due: float) -> None:
        request = self.next_request(connection)
        if request is None:
            self.is_dry = True
            self.idle.append(connection)
            return
        connection.send(request, due)

    def next_request(self, connection: Connection) -> bytes | None:
        if self.member is None or not connection.request:
            request = next(self.requests, None)
            if self.member is not None and request is not None:
                # The value is the last thing in the request
                self.held[connection.socket.fileno()] = request.rpartition(b"=")[2]
            return request
        found = self.member.search(connection.buffer)
        if found is None:
            return None
        number = connection.socket.fileno()
        held, self.held[number] = self.held[number], found[1]
        return connection.request.replace(held, found[1])

    def take(self, connection: Connection) -> float:
        is_whole = connection.receive()
        now = time.perf_counter()
        if not is_whole:
            return now
        self.latencies.append(now - connection.due)
        self.statuses[connection.status] += 1
        if connection.status not in self.job.expected and not self.sample:
            self.sample = (connection.buffer[:1500] or b"nothing").decode(errors="replace")
        self.idle.append(connection)
        return now


def quantile(found: Sequence[float], share: float) -> float:
    """Of sorted values; 0.0 of none."""
    return found[min(len(found) - 1, int(share * len(found)))] if found else 0.0


def main() -> None:
    values = json.load(sys.stdin)
    values["address"] = tuple(values["address"])
    json.dump(asdict(Generator(Job(**values)).run()), sys.stdout)


if __name__ == "__main__":
    main()
