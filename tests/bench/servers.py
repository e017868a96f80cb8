"""The servers that are measured: idp as `idp start` runs it, a bare Flask app on the same settings, node-oidc-provider.

Each is a process with its workers, on a port and in a folder of its own, gone at the end.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from idp.config import Settings
from tests.support import needs
from tests.support.ports import free_port
from tests.support.postgres import PostgresServer, run_as

ROOT = Path(__file__).resolve().parents[2]
NODE_FOLDER = ROOT / "var" / "bench" / "node"
NODE_CLIENT = ("bench", "a-secret-of-node-oidc-provider")
SECRET_KEY = "bench-only-7f3a9c1e5b8d2046-not-a-secret"
_START_SECONDS = 30.0
_POLL_SECONDS = 0.01


class StartError(Exception):
    """A server did not come up."""


@dataclass
class Running:
    """A server that answers; `pids` are all its processes."""

    port: int
    process: "subprocess.Popen[bytes]"
    ready_after: float
    pids: list[int] = field(default_factory=list)

    @property
    def address(self) -> tuple[str, int]:
        return ("127.0.0.1", self.port)

    def memory(self) -> list[int]:
        """Proportional set size in bytes, the first process first, then each worker."""
        return [_pss(pid) for pid in self.pids]


def idp_settings(folder: Path, database_url: str | None, workers: int) -> Settings:
    """Settings of a server in this folder: the defaults, as an operator who sets nothing has them."""
    port = free_port()
    return Settings(
        issuer=f"http://localhost:{port}/",
        port=port,
        workers=workers,
        secret_key=SECRET_KEY,
        data_dir=folder,
        database_url=database_url or f"sqlite:///{folder / 'idp.sqlite3'}",
    )


@contextmanager
def idp(settings: Settings) -> Iterator[Running]:
    """`idp start`; what it logs is written, as in production, to a file."""
    names = ("issuer", "port", "workers", "secret_key", "data_dir", "database_url")
    given = {f"IDP_{name.upper()}": str(getattr(settings, name)) for name in names}
    command = [str(Path(sys.executable).parent / "idp"), "start", "--no-worker"]
    with _running(command, settings.port, settings.data_dir, given, "/readyz") as server:
        yield server


@contextmanager
def dev_run(folder: Path) -> Iterator[Running]:
    """`./dev run` in a folder where it ran before: ready when the server is."""
    port = free_port()
    with _running([str(ROOT / "dev"), "run", "--port", str(port)], port, folder, {}, "/readyz") as server:
        yield server


@contextmanager
def bare_flask(workers: int) -> Iterator[Running]:
    """One view of a Flask app with nothing around it, served with idp's own settings of Granian."""
    port = free_port()
    with folder("bare") as place:
        command = [sys.executable, "-m", "tests.bench.bare", str(port), str(workers)]
        with _running(command, port, place, {"PYTHONPATH": str(ROOT)}, "/") as server:
            yield server


@contextmanager
def node_provider() -> Iterator[Running | None]:
    """node-oidc-provider with its store in memory; None where Node or the package cannot be had."""
    if not _install_node_provider():
        yield None
        return
    port = free_port()
    with _running(["node", "node_provider.mjs", str(port)], port, NODE_FOLDER, {}, "/jwks") as server:
        yield server


@contextmanager
def postgres() -> Iterator[PostgresServer | None]:
    """A PostgreSQL of our own with its defaults for durability; None where there is none."""
    binaries = needs.postgres()
    if binaries is None:
        yield None
        return
    with folder("pg") as place:
        if account := run_as():
            os.chown(place, account["user"], account["group"])
        server = PostgresServer(binaries, place, options={})
        server.create()
        server.start()
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def folder(name: str) -> Iterator[Path]:
    place = Path(tempfile.mkdtemp(prefix=f"idp-bench-{name}-"))  # short: a socket's path has at most 107 bytes
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def descendants(pid: int) -> list[int]:
    """The process, its children and theirs."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += descendants(int(child))
    return found


@contextmanager
def _running(command: list[str], port: int, place: Path, given: dict[str, str], path: str) -> Iterator[Running]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("IDP_", "PYTHONDONT"))}
    began = time.monotonic()
    with (place / "server.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=place, env={**inherited, **given}, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        _wait(process, f"http://127.0.0.1:{port}{path}", place / "server.log")
        ready_after = time.monotonic() - began
        yield Running(port, process, ready_after, descendants(process.pid))
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(_POLL_SECONDS)
    process.kill()
    raise StartError(f"{url} does not answer; the log ends:\n{log.read_text(errors='replace')[-2000:]}")


def _install_node_provider() -> bool:
    if needs.node() is None:
        return False
    NODE_FOLDER.mkdir(parents=True, exist_ok=True)
    shutil.copy(Path(__file__).with_name("node_provider.mjs"), NODE_FOLDER)
    if (NODE_FOLDER / "node_modules" / "oidc-provider").is_dir():
        return True
    command = ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(NODE_FOLDER), "oidc-provider@9"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _pss(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0
