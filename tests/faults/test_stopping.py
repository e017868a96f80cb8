"""SIGTERM under load: what was begun is finished, and two nodes can be restarted in turn with nobody noticing."""

import itertools
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from tests.faults.nodes import Node, deployment, eventually, locked
from tests.faults.seeding import make_codes
from tests.faults.volley import Answer, UnansweredError, ask, connections, form, get, launch, volley

IN_FLIGHT = 40
ESTABLISHED = "01"
PAUSE_SECONDS = 0.01
"""So that connections are not made faster than the kernel forgets them, however long it takes."""


def test_what_is_in_flight_at_sigterm_is_answered(tmp_path: Path, database_url: str) -> None:
    with deployment(tmp_path, database_url, count=1, workers=2) as (node,):
        codes = make_codes(node.house, IN_FLIGHT)
        with connections([node.port] * IN_FLIGHT) as opened:
            # Each is with a worker, not waiting to be accepted. One by one takes so long that the first are hung up on
            assert {answer.status for answer in volley(opened, [get("/healthz")] * IN_FLIGHT)} == {200}
            launch(opened, [code.redemption() for code in codes])
            # A connection on which nothing was heard yet is closed, and that is right
            eventually(lambda: has_heard_all(node.port), "every request is with a worker")
            assert node.process is not None
            node.process.terminate()
            answers = [connection.read() for connection in opened]
        assert {answer.status for answer in answers} == {200}
        assert node.process.wait(120) == 0


def has_heard_all(port: int) -> bool:
    """Whether all that was sent to a port on loopback has arrived, and the server has fetched it from the kernel."""
    arrived = all(sending == 0 for _, remote, sending, _ in tcp_connections() if remote == port)
    return arrived and all(unread == 0 for local, _, _, unread in tcp_connections() if local == port)


def tcp_connections() -> Iterator[tuple[int, int, int, int]]:
    """Local and remote port, bytes sent that have not arrived, bytes arrived that nobody has read (proc(5))."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, remote, state, queues, *_ = line.split()
        sending, unread = queues.split(":")
        if state == ESTABLISHED:
            yield int(local[-4:], 16), int(remote[-4:], 16), int(sending, 16), int(unread, 16)


class Load(threading.Thread):
    """Requests without end to nodes in turn, each on a new connection.

    As balancers do, it asks the next node where a connection is refused, or closed before the answer began: a node that
    stops closes those that it has accepted and not yet heard of.
    """

    def __init__(self, nodes: list[Node]) -> None:
        super().__init__(daemon=True)
        self._ports = itertools.cycle([node.port for node in nodes])
        self._stop_asking = threading.Event()
        self.seen: Counter[int | str] = Counter()

    def run(self) -> None:
        while not self._stop_asking.is_set():
            self.seen[self._ask()] += 1
            time.sleep(PAUSE_SECONDS)

    def stop(self) -> None:
        self._stop_asking.set()
        self.join(120)

    def _ask(self) -> int | str:
        answer: Answer | None = None
        while answer is None:
            try:
                answer = ask(next(self._ports), get("/.well-known/jwks.json"))
            except (ConnectionRefusedError, UnansweredError):
                continue
            except OSError as error:
                return repr(error)
        return answer.status


def test_two_nodes_restarted_in_turn_fail_no_request(tmp_path: Path, sqlite_only: str) -> None:
    with deployment(tmp_path, sqlite_only) as nodes:
        loads = [Load(nodes) for _ in range(4)]
        for load in loads:
            load.start()
        for node in nodes:
            eventually(lambda: all(load.seen[200] > 50 for load in loads), "there is load")
            assert node.stop() == 0
            node.start()
        for load in loads:
            load.stop()
        total = sum((load.seen for load in loads), Counter())
        assert set(total) == {200}, total


def test_a_worker_that_is_told_again_and_again_stops_all_the_same(tmp_path: Path, sqlite_only: str) -> None:
    with deployment(tmp_path, sqlite_only, count=1, workers=1) as (node,):
        (worker,) = node.workers()
        with connections([node.port] * IN_FLIGHT) as opened:
            with locked(sqlite_only):
                launch(opened, [form("/oauth/token", {}, grant_type="client_credentials")] * IN_FLIGHT)
                eventually(lambda: has_heard_all(node.port), "every request is with the worker")
                tell(worker, times=40)
            eventually(lambda: has_ended(node, worker), "it has ended")
            assert {connection.read().status for connection in opened} <= {401, 503}


def has_ended(node: Node, worker: int) -> bool:
    tell(worker)
    return worker not in node.workers()


def tell(worker: int, times: int = 1) -> None:
    """What a supervisor does whose patience is short."""
    for _ in range(times):
        with suppress(ProcessLookupError):
            os.kill(worker, signal.SIGTERM)
        time.sleep(0.02)
