"""`pip install idp` and `idp start`, in any folder: the wheel holds templates, migrations and static files."""

import os
import re
import subprocess
import sys
import sysconfig
import time
import urllib.error
import urllib.request
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.ports import free_port

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of a fresh environment with the wheel in it; what the wheel depends on is lent by this one."""
    wheels, fresh = tmp_path_factory.mktemp("wheels"), tmp_path_factory.mktemp("fresh")
    build = f"import hatchling.build; hatchling.build.build_wheel({str(wheels)!r})"
    subprocess.run([sys.executable, "-c", build], cwd=ROOT, check=True, capture_output=True)
    venv.create(fresh, symlinks=True, with_pip=False)
    pip = [sys.executable, "-m", "pip", "--python", str(fresh / "bin" / "python"), "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "--no-deps", "--no-index", *wheels.glob("*.whl")], check=True, capture_output=True)
    [packages] = fresh.glob("lib/python*/site-packages")
    (packages / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return fresh / "bin"


@pytest.fixture(scope="module")
def issuer(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`idp start` in an empty folder; gives its issuer."""
    port, folder = free_port(), tmp_path_factory.mktemp("empty")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("IDP_", "PYTHON"))}
    with (folder.parent / "server.log").open("w+") as log:
        server = subprocess.Popen(
            [installed / "idp", "start", "--port", str(port)], cwd=folder, env=environment, stdout=log, stderr=log
        )
        try:
            wait_until_ready(server, f"http://localhost:{port}/readyz")
            yield f"http://localhost:{port}/"
        finally:
            server.terminate()
            ended = server.wait(120)
            log.seek(0)
            print(log.read())
        assert ended == 0


def wait_until_ready(server: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + 180
    while fetch(url)[0] != 200:
        assert server.poll() is None, f"it ended with {server.returncode}"
        assert time.monotonic() < deadline, "it is not ready"
        time.sleep(0.1)


def fetch(url: str) -> tuple[int, str]:
    """Status and body; 0 while nobody listens."""
    try:
        with urllib.request.urlopen(url, timeout=60) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except OSError:
        return 0, ""


def test_the_installed_package_is_used_not_the_source_tree(installed: Path):
    where = subprocess.check_output([installed / "python", "-c", "import idp; print(idp.__file__)"], cwd="/", text=True)
    assert where.startswith(str(installed.parent))


def test_an_installed_idp_answers_discovery(issuer: str):
    status, body = fetch(f"{issuer}.well-known/openid-configuration")
    assert status == 200
    assert f'"{issuer}"' in body


def test_its_pages_come_with_their_stylesheet(issuer: str):
    _, page = fetch(f"{issuer}u/login")
    styles = re.findall(r'<link rel="stylesheet" href="([^"]+)"', page)
    assert styles
    for style in styles:
        status, body = fetch(issuer.rstrip("/") + style)
        assert status == 200
        assert "{" in body
