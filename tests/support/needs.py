"""What a machine may lack: `@pytest.mark.needs("chromium")` skips with a line that names the missing part.

`--require-all` (./dev test --all) turns such a skip into a failure. A fixture that starts one of these asks with
`require(request.config, "postgres")`, so a test that uses the fixture needs no marker.
"""

import shutil
from pathlib import Path

import pytest


def chromium() -> Path | None:
    """Debian's browser; Playwright is given its path and downloads none."""
    place = Path("/usr/bin/chromium")
    return place if place.exists() else None


def node() -> Path | None:
    """Node, if npm is there to install a client with."""
    return _on_path("node") if _on_path("npm") else None


def postgres() -> Path | None:
    """The folder with initdb and postgres of the newest version."""
    found = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(found, key=lambda path: int(path.parts[4]), default=None)
    return newest.parent if newest else None


def redis() -> Path | None:
    """A Redis or Valkey server; they answer the same protocol."""
    return _on_path("redis-server") or _on_path("valkey-server")


def _on_path(name: str) -> Path | None:
    found = shutil.which(name)
    return Path(found) if found else None


PARTS = {
    "chromium": (chromium, "no /usr/bin/chromium; apt-get install chromium"),
    "node": (node, "no node and npm on PATH; apt-get install nodejs npm"),
    "postgres": (postgres, "no /usr/lib/postgresql/*/bin; apt-get install postgresql"),
    "redis": (redis, "no redis-server on PATH; apt-get install redis-server"),
}


def require(config: pytest.Config, part: str) -> Path:
    """Where the part is; skips the test if it is missing, or fails it under --require-all."""
    find, advice = PARTS[part]
    place = find()
    if place is not None:
        return place
    if config.getoption("require_all"):
        pytest.fail(f"needs {part}: {advice}", pytrace=False)
    pytest.skip(f"needs {part}: {advice}")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--require-all", action="store_true", help="fail where a part of the machine is missing")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"needs(part): skip where one of {', '.join(PARTS)} is missing")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("needs"):
        for part in mark.args:
            require(item.config, part)
