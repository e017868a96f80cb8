"""The real server, as an operator runs it: `idp start` in a folder of its own, and `idp …` commands beside it.

`with serving(tmp_path, workers=2) as server:` gives one that is ready. `server.idp("clients", "create", "--name",
"App", "--kind", "machine")` gives what the command printed. After `server.kill()`, which is kill -9 of all its
processes, `server.start()` starts it again in the same folder, on the same port, with the same data.
"""

import json
import os
import re
import signal
import ssl
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from idp.domain.tenant.config_version import FRESH_SECONDS
from tests.support.ports import free_port
from tests.support.programs import Command, Running, begin

READY_SECONDS = 180
STOP_SECONDS = 120
POLL_SECONDS = 0.02
CONFIGURES = {("login", "set"), ("clients", "update")}


@dataclass
class ServerProcess:
    """`idp start`. `settings` are IDP_* variables by their lower-case names: {"access_token_lifetime": 60}."""

    folder: Path
    settings: dict[str, Any] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    """More arguments of `idp start`."""
    port: int = field(default_factory=free_port)
    process: Running | subprocess.Popen[bytes] | None = None

    @property
    def issuer(self) -> str:
        scheme = "https" if "--tls" in self.options else "http"
        return str(self.settings.get("issuer", f"{scheme}://localhost:{self.port}/"))

    def url(self, path: str) -> str:
        """The address of a path, which begins with a slash."""
        return self.issuer.rstrip("/") + path

    @property
    def authority(self) -> Path:
        """The certificate of the local authority, with `--tls`."""
        return self.folder / "var" / "tls" / "ca.pem"

    @property
    def log_file(self) -> Path:
        """All that the server wrote to standard output and error, over all its starts."""
        return self.folder / "server.log"

    @property
    def environment(self) -> dict[str, str]:
        """What the server and the commands see."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("IDP_", "PROMETHEUS_"))}
        chosen = {f"IDP_{name.upper()}": str(value) for name, value in self.settings.items()}
        return {**kept, "IDP_LOG_FORMAT": "json", "IDP_PORT": str(self.port), "IDP_ISSUER": self.issuer, **chosen}

    def start(self) -> None:
        """Start, and wait until it is ready."""
        self.launch()
        self.wait_until_ready()

    def launch(self) -> None:
        """Start."""
        assert self.process is None, "it runs already"
        command = ("start", *self.options)
        self.process = begin(Command(command, self.folder, self.environment, self.log_file, self.log_file))

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not self.is_ready():
            assert self.process is not None
            ended = self.process.poll()
            assert ended is None, f"it ended with {ended}:\n{self.log_file.read_text()}"
            assert time.monotonic() < deadline, f"it is not ready:\n{self.log_file.read_text()}"
            time.sleep(POLL_SECONDS)

    def is_ready(self) -> bool:
        try:
            trust = ssl.create_default_context(cafile=self.authority) if "--tls" in self.options else None
            with urllib.request.urlopen(self.url("/readyz"), timeout=30, context=trust) as answer:
                return bool(answer.status == 200)
        except OSError:  # which URLError is, and an authority that is not made yet
            return False

    def stop(self) -> int:
        """Ask it to end (SIGTERM); the exit status."""
        assert self.process is not None, "it does not run"
        self.process.terminate()
        try:
            return self.process.wait(STOP_SECONDS)
        finally:
            self.kill()  # what did not end by itself

    def kill(self) -> None:
        """`kill -9` of all its processes at once."""
        assert self.process is not None, "it does not run"
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None

    def restart(self) -> None:
        """Stop in good order, and start."""
        self.stop()
        self.start()

    def workers(self) -> list[int]:
        """The process ids of the workers (and of the sample app, if there is one)."""
        assert self.process is not None, "it does not run"
        pid = self.process.pid
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def idp(self, *arguments: str, typed: str | None = None) -> dict[str, Any]:
        """Run `idp … --json` in the server's folder; what it printed. `typed` goes to its standard input."""
        done = self.command(*arguments, "--json", typed=typed)
        assert done.returncode == 0, f"idp {' '.join(arguments)} ended with {done.returncode}: {done.stderr}"
        if arguments[:2] in CONFIGURES and self.process is not None:
            time.sleep(FRESH_SECONDS)  # for so long its processes may go on as before
        printed: dict[str, Any] = json.loads(done.stdout)
        return printed

    def command(self, *arguments: str, typed: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run `idp …` in the server's folder, under its settings."""
        with tempfile.TemporaryDirectory() as name:
            typed_file, output, errors = (Path(name) / each for each in ("typed", "output", "errors"))
            typed_file.write_text(typed or "")
            running = begin(Command(arguments, self.folder, self.environment, output, errors, typed_file))
            status = running.wait()
            return subprocess.CompletedProcess(arguments, status, output.read_text(), errors.read_text())

    def wait_for_log(self, pattern: str) -> re.Match[str]:
        """The first place in the log that matches, once there is one."""
        deadline = time.monotonic() + READY_SECONDS
        while (found := re.search(pattern, text := self.log_file.read_text(errors="replace"), re.MULTILINE)) is None:
            assert time.monotonic() < deadline, f"{pattern} is not in the log:\n{text}"
            time.sleep(POLL_SECONDS)
        return found

    def log_lines(self) -> list[dict[str, Any]]:
        """What was logged, an object a line; the banner is left out."""
        lines = self.log_file.read_text(errors="replace").splitlines()
        return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]


@contextmanager
def serving(
    folder: Path, *, workers: int = 1, options: tuple[str, ...] = (), **settings: Any
) -> Iterator[ServerProcess]:
    """A server that is ready; it is stopped in the end, however the test left it."""
    server = ServerProcess(folder, {"workers": workers, **settings}, options)
    try:
        server.start()
        yield server
    finally:
        if server.process is not None:
            server.stop()
