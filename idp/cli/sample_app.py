"""The sample app beside `idp start`: registered once, then run in a process of its own."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from idp.cli.listening import Plan, is_free
from idp.domain.apis.queries import find_api
from idp.domain.apis.registration import register_api
from idp.domain.clients.queries import find_client_now
from idp.domain.clients.registration import NewClient, register_client, update_client

NAME = "Sample app"
AUDIENCE = "https://sample-api.localhost/"
SCOPES = {"read:messages": "Read your messages in the sample app"}
_HOST = "127.0.0.1"
_PORTS_TRIED = 20
_STOP_SECONDS = 5


@dataclass(frozen=True, kw_only=True)
class Sample:
    """What the sample app is told; it knows nothing else of this deployment."""

    issuer: str
    client_id: str
    client_secret: str
    port: int
    authority: Path | None

    @property
    def url(self) -> str:
        """Where it is."""
        return _url(self.port)


def register(plan: Plan) -> Sample:
    """Register the app and its API where they are missing, in the current transaction; keep up with its port."""
    port = _free_port(plan.settings.port)
    file = plan.settings.data_dir / "sample-app.json"
    if find_api(AUDIENCE) is None:
        register_api("Sample API", AUDIENCE, scopes=SCOPES)
    known = _load(file)
    if known is None:
        known = _register_client(port)
        _keep(file, known)
    update_client(
        known["client_id"],
        redirect_uris=[f"{_url(port)}callback"],
        logout_uris=[_url(port)],
        client_uri=_url(port),
    )
    return Sample(issuer=plan.settings.issuer, port=port, authority=plan.authority, **known)


@dataclass(frozen=True, kw_only=True)
class Running:
    """The sample app's process: it writes a byte when it serves, and lets go of the pipe when it ends."""

    url: str
    pipe: int
    """The file descriptor to read from."""

    def wait_until_ready(self, seconds: float) -> bool:
        """Whether it serves; False when it ended instead, or took longer."""
        readable, _, _ = select.select([self.pipe], [], [], max(0.0, seconds))
        return bool(readable and os.read(self.pipe, 1))


@contextmanager
def running(sample: Sample) -> Iterator[Running]:
    """The sample app's process, for as long as the server runs."""
    pipe, ready = os.pipe()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("IDP_", "PROMETHEUS_"))}
    environment |= {
        "SAMPLE_ISSUER": sample.issuer,
        "SAMPLE_CLIENT_ID": sample.client_id,
        "SAMPLE_CLIENT_SECRET": sample.client_secret,
        "SAMPLE_AUDIENCE": AUDIENCE,
        "SAMPLE_SCOPE": " ".join(SCOPES),
        "SAMPLE_PORT": str(sample.port),
        "SAMPLE_READY_FD": str(ready),
    }
    if sample.authority is not None:
        # requests heeds this variable, which an operator may have set, before what its sessions are told
        environment["SAMPLE_CA"] = environment["REQUESTS_CA_BUNDLE"] = str(sample.authority)
    command = [sys.executable, "-m", "idp.sample"]
    process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, pass_fds=[ready])
    os.close(ready)
    try:
        yield Running(url=sample.url, pipe=pipe)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _register_client(port: int) -> dict[str, str]:
    new = NewClient(name=NAME, kind="web", redirect_uris=[f"{_url(port)}callback"], logout_uris=[_url(port)])
    registered = register_client(new)
    return {"client_id": registered.record.id, "client_secret": registered.secret or ""}


def _load(file: Path) -> dict[str, str] | None:
    """What was kept, if the database still knows it."""
    try:
        kept: dict[str, Any] = json.loads(file.read_text())
        known = {name: str(kept[name]) for name in ("client_id", "client_secret")}
    except (OSError, ValueError, KeyError, TypeError):
        return None
    client = find_client_now(known["client_id"])
    return known if client is not None and client.check_client_secret(known["client_secret"]) else None


def _keep(file: Path, known: dict[str, str]) -> None:
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        json.dump(known, opened)


def _free_port(port: int) -> int:
    candidates = [each for each in range(port + 1, port + 1 + _PORTS_TRIED) if each < 65536] or [port - 1]  # noqa: PLR2004
    return next((each for each in candidates if is_free(_HOST, each)), candidates[0])


def _url(port: int) -> str:
    return f"http://localhost:{port}/"
