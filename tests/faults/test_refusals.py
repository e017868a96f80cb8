"""What a server cannot run with, it says in one plain line each, and does not start."""

import socket
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.faults.conftest import sqlite_url
from tests.faults.nodes import SECRET, Node

PUBLIC = {"issuer": "https://login.example.com/", "trusted_proxies": "127.0.0.1"}

REFUSED = {
    "no secret in production": (PUBLIC, ["IDP_SECRET_KEY: missing"]),
    "a short secret": ({**PUBLIC, "secret_key": "short"}, ["IDP_SECRET_KEY: too weak"]),
    "a long secret of one letter": ({**PUBLIC, "secret_key": "a" * 64}, ["IDP_SECRET_KEY: too weak"]),
    "a weak secret on loopback": ({"secret_key": "changeme"}, ["IDP_SECRET_KEY: too weak"]),
    "http off loopback": ({"issuer": "http://login.example.com/", "secret_key": SECRET}, ["IDP_ISSUER: plain http"]),
    "an issuer with a path": ({"issuer": "https://example.com/login", "secret_key": SECRET}, ["IDP_ISSUER:"]),
    "two faults": (
        {"issuer": "http://login.example.com/", "secret_key": "short"},
        ["IDP_ISSUER: plain http", "IDP_SECRET_KEY: too weak"],
    ),
    "no number": ({"port": "many"}, ["IDP_PORT:"]),
    "a certificate without its key": (
        {"tls_certificate": "/no/such/file"},
        ["IDP_TLS_CERTIFICATE and IDP_TLS_KEY", "/no/such/file cannot be read"],
    ),
    "no such port": ({"port": "70000"}, ["IDP_PORT:"]),
    "a database of no kind": ({"database_url": "no database"}, ["IDP_DATABASE_URL"]),
    "a database of a strange kind": ({"database_url": "mysql://localhost/idp"}, ["IDP_DATABASE_URL"]),
    "a database that nobody serves": ({"database_url": "postgresql://idp@127.0.0.1:1/idp"}, ["does not answer"]),
    "a folder that cannot be written": ({"database_url": "sqlite:////proc/idp/idp.sqlite3"}, ["/proc/idp"]),
    "a file that is no database": ({"database_url": "sqlite:///notes.txt"}, ["not a database"]),
}


@pytest.mark.parametrize(("settings", "lines"), REFUSED.values(), ids=REFUSED.keys())
def test_what_it_cannot_run_with_is_a_line_each(tmp_path: Path, settings: Mapping[str, str], lines: list[str]) -> None:
    (tmp_path / "notes.txt").write_text("A shopping list, and no database at all.\n" * 40)
    assert_refused(Node(tmp_path, {"workers": 1, **settings}), lines)


def test_the_switch_that_turns_off_transport_checks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    assert_refused(Node(tmp_path, {"workers": 1}), ["AUTHLIB_INSECURE_TRANSPORT: unset it"])


def test_keys_that_the_secret_does_not_open(tmp_path: Path) -> None:
    node = Node(tmp_path, {"workers": 1, "database_url": sqlite_url(tmp_path), "secret_key": SECRET})
    node.idp("database", "upgrade")
    kid = node.idp("keys", "rotate")["active_kid"]
    assert_refused(node.having(secret_key=SECRET[::-1]), [f"signing key {kid} cannot be opened with IDP_SECRET_KEY"])
    # While rotating, both are named, and the newest comes first
    both = node.having(secret_key=f"{SECRET[::-1]},{SECRET}")
    both.start()
    both.kill()
    alone = node.having(secret_key=SECRET[::-1])
    alone.start()
    alone.kill()


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert_refused(Node(tmp_path, {"workers": 1}, port=port), [f"cannot listen on 127.0.0.1 port {port}"])


def assert_refused(node: Node, lines: list[str]) -> None:
    done = node.command("start")
    assert done.returncode not in {0, -9, -15}
    assert "Traceback" not in done.stderr + done.stdout
    told = done.stderr.splitlines()
    assert len(told) == len(lines), done.stderr
    for said, expected in zip(told, lines, strict=True):
        assert said.startswith("idp: ")
        assert expected in said
