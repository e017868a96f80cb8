"""A PostgreSQL server of our own: started at the first use, one for each xdist worker, gone at the end."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.support.needs import require
from tests.support.ports import free_port

# Durability is not what tests of ours are about, and costs seconds.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}


@dataclass
class PostgresServer:
    """Listens on 127.0.0.1 and on a socket in `folder`; everyone there may connect as `postgres`."""

    binaries: Path
    folder: Path
    port: int = field(default_factory=free_port)
    options: dict[str, str] = field(default_factory=lambda: FAST)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def url(self, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def new_database(self, template: str = "template1") -> str:
        """The URL of a new database, a copy of another one: that of nothing, if not said."""
        name = f"test_{next(self.numbers)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def create(self) -> None:
        self._run("initdb", "-U", "postgres", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C")

    def start(self) -> None:
        settings = {**self.options, "listen_addresses": "127.0.0.1", "unix_socket_directories": str(self.folder)}
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        self._run("pg_ctl", "start", "--wait", "-o", f"-p {self.port} {options}", "-l", str(self.folder / "log"))

    def stop(self) -> None:
        """Close every connection at once, as a database that goes away does."""
        self._run("pg_ctl", "stop", "--wait", "--mode=immediate")

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.binaries / program), "-D", str(self.folder / "data"), *arguments]
        done = subprocess.run(  # its output must not be a pipe: the server would hold it open
            command, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False, **run_as()
        )
        assert done.returncode == 0, f"{program} ended with {done.returncode}; see {self.folder}"


def run_as() -> dict[str, Any]:
    """PostgreSQL refuses to run as root: then as `postgres`, whom Debian's package makes."""
    if os.getuid() != 0:
        return {}
    account = pwd.getpwnam("postgres")
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest) -> Iterator[PostgresServer]:
    binaries = require(request.config, "postgres")
    folder = Path(tempfile.mkdtemp(prefix="idp-pg-"))  # short: a socket's path has at most 107 bytes
    if account := run_as():
        os.chown(folder, account["user"], account["group"])
    server = PostgresServer(binaries, folder)
    server.create()
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder)


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> str:
    """An empty database of the test's own."""
    return postgres_server.new_database()
