"""Migrations: from nothing to the tables of the models, with the data of each old version, at once, and killed."""

import ast
import importlib
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

import idp
from idp.cli import schema
from idp.infra.db import Base
from tests.support.programs import PROGRAM
from tests.support.server import ServerProcess

ROOT = Path(idp.__file__).parent.parent
STORES = ["sqlite", pytest.param("postgres", marks=pytest.mark.needs("postgres"))]
REVISIONS = [script.revision for script in ScriptDirectory(str(ROOT / "migrations")).walk_revisions()]
AT_ONCE = 4
KILLS = 4


@pytest.fixture(params=STORES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.sqlite3'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@contextmanager
def connection_to(database_url: str) -> Iterator[sa.Connection]:
    """A transaction, as migrations run in."""
    engine = schema._engine(database_url)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def move(connection: sa.Connection, by: Callable[..., None], revision: str) -> None:
    config = schema._config()
    config.attributes["connection"] = connection
    by(config, revision)


def import_all_models() -> None:
    for file in (ROOT / "idp").glob("domain/*/models.py"):
        importlib.import_module(f"idp.domain.{file.parent.name}.models")
    importlib.import_module("idp.infra.jobs")


def test_migrations_make_the_tables_of_the_models(database_url: str) -> None:
    import_all_models()
    assert schema.upgrade(database_url).revision is None
    assert schema.find_version(database_url).is_current
    assert schema.find_version(database_url).head == REVISIONS[0]
    with connection_to(database_url) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "target_metadata": Base.metadata})
        assert compare_metadata(context, Base.metadata) == []


@pytest.mark.parametrize("file", sorted((ROOT / "migrations").rglob("*.py")), ids=lambda file: file.name)
def test_migrations_import_nothing_of_idp(file: Path) -> None:
    """A model that changes later must not change what a migration of today does."""
    for node in ast.walk(ast.parse(file.read_text())):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        assert not [name for name in names if name.split(".")[0] == "idp"]


def test_revisions_are_one_line(tmp_path: Path) -> None:
    scripts = ScriptDirectory(str(ROOT / "migrations"))
    assert len(scripts.get_heads()) == len(scripts.get_bases()) == 1


@pytest.mark.parametrize("revision", REVISIONS)
def test_data_of_an_old_version_survive(database_url: str, revision: str) -> None:
    with connection_to(database_url) as connection:
        move(connection, command.upgrade, revision)
        kept = seed(connection)
    schema.upgrade(database_url)
    with connection_to(database_url) as connection:
        assert missing(connection, kept) == set()


@pytest.mark.parametrize("revision", REVISIONS[1:])
def test_data_survive_the_way_back_to_an_old_version(database_url: str, revision: str) -> None:
    schema.upgrade(database_url)
    with connection_to(database_url) as connection:
        kept = seed(connection)
    with connection_to(database_url) as connection:
        move(connection, command.downgrade, revision)
        tables = set(sa.inspect(connection).get_table_names())
        assert missing(connection, {name: key for name, key in kept.items() if name in tables}) == set()
    schema.upgrade(database_url)
    assert schema.find_version(database_url).is_current


def missing(connection: sa.Connection, kept: dict[str, dict[str, Any]]) -> set[str]:
    """The tables whose row is gone."""
    gone = set()
    for table, key in kept.items():
        columns = " AND ".join(f"{name} = :{name}" for name in key)
        if not connection.execute(sa.text(f"SELECT count(*) FROM {table} WHERE {columns}"), key).scalar():
            gone.add(table)
    return gone


def seed(connection: sa.Connection) -> dict[str, dict[str, Any]]:
    """A row in each table, made from what the database says of its columns; table name → the row's key."""
    found = sa.MetaData()
    found.reflect(connection)
    rows: dict[str, dict[str, Any]] = {}
    for table in found.sorted_tables:
        if table.name == "alembic_version":
            continue
        values = {column.name: value_for(column, rows) for column in table.columns}
        existing = connection.execute(sa.select(table)).mappings().first()
        if existing is None:
            connection.execute(table.insert().values(values))
        rows[table.name] = dict(existing or values)
    return {
        name: {column.name: row[column.name] for column in found.tables[name].primary_key} for name, row in rows.items()
    }


def value_for(column: sa.Column[Any], rows: dict[str, dict[str, Any]]) -> Any:
    for key in column.foreign_keys:
        return rows[key.column.table.name][key.column.name]
    kinds: list[tuple[type[sa.types.TypeEngine[Any]], Any]] = [
        (sa.Boolean, True),
        (sa.Integer, 7),
        (sa.JSON, {"kept": ["as", "it", "is"]}),
        (sa.String, "kept"),
        (sa.LargeBinary, b"kept"),
    ]
    return next(value for kind, value in kinds if isinstance(column.type, kind))


def test_several_processes_that_migrate_at_once(tmp_path: Path, database_url: str) -> None:
    server = ServerProcess(tmp_path, {"database_url": database_url})
    began = [start_upgrade(server) for _ in range(AT_ONCE)]
    assert [process.wait(300) for process in began] == [0] * AT_ONCE
    assert server.idp("database", "check")["ok"]


def test_a_migration_killed_between_is_taken_up_again(tmp_path: Path, database_url: str) -> None:
    server = ServerProcess(tmp_path, {"database_url": database_url})
    for _ in range(KILLS):
        process = start_upgrade(server)
        time.sleep(random.uniform(0.2, 1.2))
        process.send_signal(signal.SIGKILL)
        process.wait(60)
        # All or nothing
        assert schema.find_version(database_url).revision in {None, REVISIONS[0]}
    assert server.idp("database", "upgrade")["to"] == REVISIONS[0]
    assert server.idp("database", "check")["ok"]


def start_upgrade(server: ServerProcess) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [PROGRAM, "database", "upgrade"],
        cwd=server.folder,
        env=server.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
