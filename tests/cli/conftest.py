import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from idp.cli import main
from idp.domain.tenant.config_version import cache
from tests.support import programs

Idp = Callable[..., Result]


@pytest.fixture(autouse=True)
def _the_program_itself() -> Iterator[None]:
    with programs.from_scratch():
        yield


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder to work in, without anybody's settings."""
    for name in ("IDP_ISSUER", "IDP_DATABASE_URL", "IDP_SECRET_KEY", "IDP_DATA_DIR", "IDP_PORT", "IDP_HOST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    cache.clear()
    yield tmp_path
    cache.clear()


@pytest.fixture
def idp(folder: Path) -> Idp:
    """`idp …` in that folder, in this process."""

    def run(*arguments: str, stdin: str = "") -> Result:
        return CliRunner().invoke(main, arguments, input=stdin, catch_exceptions=False)

    return run


@pytest.fixture
def idp_json(idp: Idp) -> Callable[..., Any]:
    """`idp … --json`: what it printed, which is one object on one line."""

    def run(*arguments: str, stdin: str = "") -> Any:
        done = idp(*arguments, "--json", stdin=stdin)
        assert done.exit_code == 0, done.stderr
        assert done.stdout.count("\n") == 1
        return json.loads(done.stdout)

    return run
