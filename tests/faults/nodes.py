"""Servers of one deployment: nodes on one database, each with a folder and a port of its own."""

import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from idp.config import Settings
from tests.support.ports import free_port
from tests.support.server import ServerProcess

SECRET = "what the nodes of these tests share 0123456789"
PATIENCE = 120.0


@dataclass
class Node(ServerProcess):
    """A server that is asked by its own address, whatever its issuer is."""

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    @property
    def database_url(self) -> str:
        return str(self.settings["database_url"])

    @property
    def house(self) -> Settings:
        """The same settings, for work in the test's own process."""
        names = ("issuer", "database_url", "secret_key", "refresh_token_grace")
        chosen = {name: self.settings[name] for name in names if name in self.settings}
        return Settings(data_dir=self.folder, **chosen)

    def having(self, **settings: Any) -> Self:
        """The same node, not running, under other settings."""
        return replace(self, settings={**self.settings, **settings}, process=None)

    def kill_worker(self) -> int:
        """`kill -9` of one worker; its process id."""
        return self.kill_workers(1)[0]

    def kill_workers(self, most: int | None = None) -> list[int]:
        """`kill -9` of so many workers, or of all that there are now; their process ids."""
        killed = self.workers()[:most]
        for worker in killed:
            with suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)
        return killed

    def kill_if_running(self) -> None:
        if self.process is not None:
            self.kill()


@contextmanager
def deployment(
    folder: Path, database_url: str, count: int = 2, options: tuple[str, ...] = (), **settings: Any
) -> Iterator[list[Node]]:
    """So many ready nodes of one deployment; they are killed in the end."""
    port = free_port()
    shared = {
        "issuer": f"http://localhost:{port}/",
        "database_url": database_url,
        "secret_key": SECRET,
        "workers": 1,
        **settings,
    }
    nodes = []
    try:
        for number in range(count):
            own = folder / f"node{number}"
            own.mkdir(parents=True)
            nodes.append(Node(own, dict(shared), options, port=port if number == 0 else free_port()))
            nodes[-1].start()
        yield nodes
    finally:
        for node in nodes:
            node.kill_if_running()


def eventually(holds: Callable[[], object], what: str, patience: float = PATIENCE) -> None:
    """Wait until it holds; errors of the connection are a no."""
    deadline = time.monotonic() + patience
    while True:
        with suppress(OSError):
            if holds():
                return
        assert time.monotonic() < deadline, f"not within {patience} s: {what}"
        time.sleep(0.02)


@contextmanager
def locked(database_url: str) -> Iterator[None]:
    """Another process holds the SQLite file."""
    with closing(sqlite3.connect(database_url.removeprefix("sqlite:///"), isolation_level=None)) as connection:
        connection.execute("PRAGMA busy_timeout = 20000")
        connection.execute("BEGIN EXCLUSIVE")
        yield
        connection.execute("ROLLBACK")
