"""A real server with a person, an API and two worker processes, which the apps of these tests find at its issuer.

Each journey registers its own apps, as an operator would: from the command line.
"""

import re
from collections.abc import Iterator
from typing import Any, Protocol

import pytest

from tests.support.factories import AUDIENCE, EMAIL, PASSWORD
from tests.support.server import ServerProcess, serving

SECRETS = re.compile(rf"{re.escape(PASSWORD)}|\beyJ[\w-]+\.|\b(?:ac|rt|cs|br|se)\d_[\w-]{{20,}}")


class Register(Protocol):
    """`idp clients create`: `register("web", callback=[url])` gives client_id and client_secret."""

    def __call__(self, kind: str, **options: list[str]) -> dict[str, Any]: ...


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """The server; nothing that happens in these journeys may be an error to it, nor may its log hold a secret."""
    with serving(tmp_path_factory.mktemp("journeys"), workers=2) as started:
        started.idp("users", "create", EMAIL, "--password-stdin", "--verified", typed=PASSWORD)
        scopes = ("--scope", "read=Read what is there", "--scope", "write")
        started.idp("apis", "create", "--name", "Example API", "--audience", AUDIENCE, *scopes)
        yield started
        assert [line for line in started.log_lines() if line["level"] in {"error", "critical"}] == []
        assert SECRETS.findall(started.log_file.read_text()) == []


@pytest.fixture(scope="session")
def register(server: ServerProcess) -> Register:
    """Register an app."""

    def create(kind: str, **options: list[str]) -> dict[str, Any]:
        named = [
            word
            for name, values in options.items()
            for value in values
            for word in (f"--{name.replace('_', '-')}", value)
        ]
        return server.idp("clients", "create", "--name", f"A {kind} app", "--kind", kind, *named)

    return create
