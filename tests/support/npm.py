"""npm packages at fixed versions, installed once for one set of them, and scripts that run among them.

They are those of tests/journeys/js/package-lock.json, and land in a folder of the virtual environment that is named
after that file's content.
"""

import fcntl
import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.needs import require

SCRIPTS = Path(__file__).resolve().parents[1] / "journeys" / "js"
MANIFESTS = ("package.json", "package-lock.json")


@dataclass(frozen=True)
class Node:
    """Node in the folder with the packages. Scripts come on standard input: their imports start at that folder."""

    program: Path
    folder: Path

    @contextmanager
    def running(self, script: str, told: dict[str, Any]) -> Iterator[None]:
        """Run a script that serves: it gets `told` as JSON in its first argument, and prints a line when it listens."""
        with (SCRIPTS / script).open("rb") as source:
            process = subprocess.Popen(self._command(told), cwd=self.folder, stdin=source, stdout=subprocess.PIPE)
        assert process.stdout is not None
        try:
            assert process.stdout.readline(), f"{script} ended with {process.wait()}"
            yield
        finally:
            process.kill()
            process.wait()
            process.stdout.close()

    def _command(self, told: dict[str, Any]) -> list[str]:
        return [str(self.program), "--input-type=module", "-", json.dumps(told)]


def install(npm: str) -> Path:
    """The folder with the packages; several processes may ask at once."""
    digest = hashlib.sha256(b"".join((SCRIPTS / name).read_bytes() for name in MANIFESTS)).hexdigest()
    folder = Path(sys.prefix) / f"npm-{digest[:16]}"
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            folder.mkdir(exist_ok=True)
            for name in MANIFESTS:
                shutil.copy(SCRIPTS / name, folder / name)
            command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"npm ci ended with {done.returncode}: {done.stderr}"
            (folder / "complete").touch()
    return folder


@pytest.fixture(scope="session")
def node(request: pytest.FixtureRequest) -> Node:
    """Node with the packages of the journeys."""
    program = require(request.config, "node")
    return Node(program, install(shutil.which("npm") or "npm"))
