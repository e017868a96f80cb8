"""The tables: made once however many nodes start at once, on SQLite and on PostgreSQL."""

import subprocess
from pathlib import Path

import pytest

from idp.cli import schema
from tests.support.programs import PROGRAM
from tests.support.server import ServerProcess


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/idp.sqlite3"
    url: str = request.getfixturevalue("postgres_url")
    return url


def test_an_empty_database_becomes_current(database_url):
    assert schema.find_version(database_url).revision is None
    assert schema.upgrade(database_url).revision is None
    assert schema.find_version(database_url).is_current
    assert schema.upgrade(database_url).is_current


def test_nodes_that_start_at_once_do_not_collide(database_url, tmp_path):
    node = ServerProcess(tmp_path, {"database_url": database_url})
    command = [PROGRAM, "database", "upgrade", "--json"]
    nodes = [
        subprocess.Popen(command, cwd=tmp_path, env=node.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    for each in nodes:
        _, errors = each.communicate(timeout=300)
        assert each.returncode == 0, errors.decode()
    assert schema.find_version(database_url).is_current


def test_commands_work_on_either(database_url, tmp_path):
    node = ServerProcess(tmp_path, {"database_url": database_url})
    user = node.idp("users", "create", "ada@example.com", "--password-stdin", typed="lantern orbit velvet canoe")
    assert node.idp("users", "list")["users"][0]["user_id"] == user["user_id"]
    assert node.idp("database", "check")["ok"] is True


def test_a_copy_of_postgresql_is_for_its_own_tool(postgres_url, tmp_path):
    done = ServerProcess(tmp_path, {"database_url": postgres_url}).command("database", "backup", "copy")
    assert done.returncode == 1
    assert "pg_dump" in done.stderr
