"""`idp start` as an operator meets it: in a process of its own, in an empty folder."""

import os
import signal
import socket
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import requests

from tests.cli.banners import address, banner
from tests.support.factories import PASSWORD
from tests.support.ports import free_port
from tests.support.server import STOP_SECONDS, ServerProcess, serving
from tests.support.visitor import Visitor

AUDIENCE = "https://api.example.com"
WAIT_SECONDS = 60


def test_the_banner_is_short_and_its_set_up_link_makes_the_administrator(tmp_path):
    with serving(tmp_path) as server:
        assert address(server, "Issuer") == server.issuer
        assert len(banner(server).splitlines()) < 12
        assert '"level":"warning"' not in server.log_file.read_text()
        administrator = set_up(address(server, "Set up"))
        server.kill()
        server.log_file.unlink()
        server.start()
        assert "Set up" not in banner(server)
        assert administrator.open(server.url("/admin")).status_code == 200


def test_it_stops_in_good_order_when_asked(tmp_path):
    with serving(tmp_path, workers=2) as server:
        assert server.process
        assert (tmp_path / "var" / "metrics" / str(server.process.pid)).is_dir()
        assert server.stop() == 0
        assert list((tmp_path / "var" / "metrics").iterdir()) == []
        server.start()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_in_good_order_when_each_of_its_processes_is_told(tmp_path, number):
    """As Ctrl-C and systemd do."""
    with serving(tmp_path, workers=2) as server:
        assert server.process
        os.killpg(server.process.pid, number)
        assert server.process.wait(STOP_SECONDS) == 0
        server.process = None
        assert "worker_killed" not in server.log_file.read_text(), "a worker did not listen"


def test_a_worker_forked_while_the_server_is_told_to_stop_is_stopped_too(tmp_path, monkeypatch):
    """In a process just forked the handlers of the first one swallow a signal; here it stays so for a second."""
    site = tmp_path / "site"
    site.mkdir()
    slow = "import os, time\nos.register_at_fork(after_in_child=lambda: time.sleep(1))\n"
    (site / "sitecustomize.py").write_text(slow)
    monkeypatch.setenv("PYTHONPATH", f"{site}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    server = ServerProcess(tmp_path, {"workers": 2})
    server.launch()
    try:
        eventually(lambda: len(server.workers()) == 2)
        assert server.process
        os.killpg(server.process.pid, signal.SIGINT)
        assert server.process.wait(STOP_SECONDS) == 0
        assert "worker_killed" not in server.log_file.read_text(), "a worker did not listen"
    finally:
        server.kill()


def test_keys_are_the_same_after_kill_9(tmp_path):
    with serving(tmp_path) as server:
        before = requests.get(server.url("/.well-known/jwks.json"), timeout=60).json()
        server.kill()
        server.start()
        assert requests.get(server.url("/.well-known/jwks.json"), timeout=60).json() == before


def test_a_first_start_holds_no_more_memory_than_a_later_one(tmp_path):
    """Alembic and the hashes that were timed for this machine stay in a process that has ended."""
    with serving(tmp_path) as server:
        assert server.process
        first = memory(server.process.pid)
        server.stop()
        server.start()
        assert first < memory(server.process.pid) + 5 * 2**20


def test_a_running_server_sees_what_a_command_changes(tmp_path):
    with serving(tmp_path, workers=2) as server:
        made = server.idp("clients", "create", "--name", "M", "--kind", "machine")
        server.idp("apis", "create", "--name", "API", "--audience", AUDIENCE, "--scope", "read")
        server.idp("grants", "create", "--client", made["client_id"], "--audience", AUDIENCE)
        form = {"grant_type": "client_credentials", "audience": AUDIENCE, **made}
        assert requests.post(server.url("/oauth/token"), data=form, timeout=60).status_code == 200
        server.idp("clients", "delete", made["client_id"])
        eventually(lambda: requests.post(server.url("/oauth/token"), data=form, timeout=60).status_code == 401)


def test_a_worker_that_is_killed_is_replaced_however_often(tmp_path):
    with serving(tmp_path, workers=1) as server:
        for _ in range(3):
            [worker] = server.workers()
            os.kill(worker, signal.SIGKILL)
            eventually(partial(is_replaced, server, worker))
        assert server.process
        assert server.process.poll() is None


def test_workers_do_not_outlive_the_first_process(tmp_path):
    with serving(tmp_path, workers=2) as server:
        assert server.process
        server.process.kill()
        server.process.wait()
        eventually(lambda: can_listen(server.port))


def test_a_port_that_is_taken_is_one_plain_line(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = ServerProcess(tmp_path, port=taken.getsockname()[1])
        done = server.command("start")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "--port" in done.stderr


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_plain_http_listens_on_loopback_alone(tmp_path, host):
    done = ServerProcess(tmp_path).command("start", "--host", host)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "plain http" in done.stderr


def test_a_secret_key_that_is_not_the_one_is_said_at_the_start(tmp_path):
    with serving(tmp_path) as server:
        pass
    (tmp_path / "var" / "secret.key").write_text("another0123456789abcdefghijklmnopqrstuv")
    done = server.command("start")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "cannot be opened with IDP_SECRET_KEY" in done.stderr


def test_the_first_administrator_from_the_command_line_ends_the_link(tmp_path):
    with serving(tmp_path) as server:
        link = address(server, "Set up")
        server.idp("users", "create", "ada@example.com", "--admin", "--password-stdin", typed=PASSWORD)
        assert requests.get(link, timeout=60).status_code == 410


def test_headers_that_are_too_large_are_refused_and_the_server_goes_on(tmp_path):
    with serving(tmp_path) as server:
        assert status_of(server, "x" * 4_000) == 200
        assert status_of(server, "x" * 300_000) in {0, 400, 431}
        assert server.is_ready()


def test_tls_on_localhost_is_trusted_by_whoever_trusts_the_authority(tmp_path):
    port = free_port()
    issuer = f"https://localhost:{port}/"
    with tls_server(tmp_path, port, issuer) as server:
        authority = address(server, "Trust")
        assert address(server, "Issuer") == issuer
        for name in ("localhost", "127.0.0.1"):
            assert requests.get(f"https://{name}:{port}/healthz", verify=authority, timeout=60).ok
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(f"{issuer}healthz", timeout=60)
        cookies = requests.get(f"{issuer}u/login", verify=authority, timeout=60).cookies
        assert all(cookie.name.startswith("__Host-") and cookie.secure for cookie in cookies)
    for key in (tmp_path / "var" / "tls").glob("*.key"):
        assert key.stat().st_mode & 0o777 == 0o600


def test_tls_under_a_name_needs_no_secret_of_its_own(tmp_path):
    port = free_port()
    issuer = f"https://login.test:{port}/"
    with tls_server(tmp_path, port, issuer, "--host", "login.test") as server:
        assert address(server, "Issuer") == issuer
        made = server.idp("clients", "create", "--name", "M", "--kind", "machine")
        context = ssl.create_default_context(cafile=address(server, "Trust"))
        with (
            socket.create_connection(("127.0.0.1", port)) as plain,
            context.wrap_socket(plain, server_hostname="login.test") as wrapped,
        ):
            assert wrapped.version() in {"TLSv1.2", "TLSv1.3"}
        assert made["client_secret"]


def status_of(server: ServerProcess, header: str) -> int:
    """0 where the server hangs up."""
    try:
        return requests.get(server.url("/healthz"), headers={"X-Large": header}, timeout=60).status_code
    except requests.ConnectionError:
        return 0


class tls_server:  # noqa: N801 -- read as a function
    """`idp start --tls`, without the variables that would decide the issuer."""

    def __init__(self, folder: Path, port: int, issuer: str, *options: str):
        self.server = TlsServer(folder, {"issuer": issuer, "workers": 1}, ("--tls", *options), port)

    def __enter__(self) -> ServerProcess:
        self.server.start()
        return self.server

    def __exit__(self, *_: object) -> None:
        if self.server.process is not None:
            self.server.stop()


class TlsServer(ServerProcess):
    @property
    def environment(self) -> dict[str, str]:
        return {name: value for name, value in super().environment.items() if name != "IDP_ISSUER"}

    def is_ready(self) -> bool:
        context = ssl._create_unverified_context()
        try:
            with urllib.request.urlopen(f"https://127.0.0.1:{self.port}/readyz", timeout=30, context=context) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


def set_up(link: str) -> Visitor:
    visitor = Visitor()
    visitor.open(link)
    answer = visitor.submit("setup-submit", email="ada@example.com", password=PASSWORD)
    assert answer.url.endswith("/admin/apps/new"), answer.text
    return visitor


def eventually(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_replaced(server: ServerProcess, worker: int) -> bool:
    return worker not in server.workers() and server.is_ready()


def memory(pid: int) -> int:
    """Bytes that a process has made its own: what it shares with files is not counted."""
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("RssAnon:"))
    return int(line.split()[1]) * 1024


def can_listen(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
