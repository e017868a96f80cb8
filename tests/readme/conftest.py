"""A real server with a person and README's API, and README's own words filled in with real values."""

import re
import shlex
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.readme.document import blocks
from tests.support.factories import EMAIL, PASSWORD
from tests.support.ports import free_port
from tests.support.server import ServerProcess, serving

API = "An API that verifies access tokens, in FastAPI"
READY_SECONDS = 120


@dataclass(frozen=True)
class Chapter:
    """What stands under one of README's headings, with the values of an app that is registered as it says."""

    server: ServerProcess
    heading: str
    app_port: int
    client: dict[str, Any]

    @property
    def app_url(self) -> str:
        """Where the app of the chapter is."""
        return f"http://localhost:{self.app_port}/"

    def code(self, language: str) -> str:
        """The code to run."""
        [text] = [self.filled(each) for each in _texts(self.heading, language) if not each.startswith("idp ")]
        return text

    def calls(self) -> list[str]:
        """The calls of curl."""
        text = "\n".join(_texts(self.heading, "sh")).replace("\\\n", " ")
        return [self.filled(line) for line in text.splitlines() if line.startswith("curl ")]

    def filled(self, text: str) -> str:
        """README's text with real values for those that it makes up."""
        port = str(self.app_port)
        text = text.replace("http://localhost:8000", self.server.issuer.rstrip("/"))
        text = re.sub(r"localhost:(3000|5173)", f"localhost:{port}", text)
        text = text.replace("port=3000", f"port={port}").replace("listen(3000)", f"listen({port})")
        for name, value in self.client.items():
            text = text.replace(f"YOUR_{name.upper()}", value or "")
        return text


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """The server; the API is there, as README registers it."""
    with serving(tmp_path_factory.mktemp("readme")) as started:
        started.idp("users", "create", EMAIL, "--password-stdin", "--verified", typed=PASSWORD)
        register(started, API, free_port())
        yield started


def register(server: ServerProcess, heading: str, app_port: int) -> Chapter:
    """Run the `idp` commands under a heading."""
    chapter = Chapter(server, heading, app_port, {})
    for text in _texts(heading, "sh"):
        for line in text.splitlines():
            if line.startswith("idp "):
                printed = server.idp(*shlex.split(chapter.filled(line))[1:])
                chapter = Chapter(server, heading, app_port, chapter.client or printed)
    return chapter


@contextmanager
def running(command: list[str], folder: Path, url: str, source: str = "") -> Iterator[None]:
    """A program that serves `url`; `source` goes to its standard input."""
    log = folder / "app.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=output, stderr=output)
    try:
        assert process.stdin is not None
        process.stdin.write(source.encode())
        process.stdin.close()
        deadline = time.monotonic() + READY_SECONDS
        while not _answers(url):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        yield
    finally:
        process.kill()
        process.wait()


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=30).status_code < 500
    except requests.RequestException:
        return False


def _texts(heading: str, language: str) -> list[str]:
    return [each.text for each in blocks(language) if each.heading == heading]
