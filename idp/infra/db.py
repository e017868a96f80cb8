"""The database: one declarative base, one scoped session, and what SQLite and PostgreSQL each need to be told.

The only module that knows of dialects. Nobody below a door commits: a request's one commit is made by the app after the
response is built, a command's and a job's by `unit_of_work`.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

import orjson
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    Connection,
    CursorResult,
    Dialect,
    Engine,
    Executable,
    Insert,
    MetaData,
    Select,
    Table,
    event,
    text,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import (
    DBAPIError,
    InterfaceError,
    OperationalError,
)
from sqlalchemy.exc import (
    TimeoutError as PoolTimeoutError,
)
from sqlalchemy.orm import DeclarativeBase

#: An INSERT that may go on as an UPDATE: PostgreSQL's, as SQLAlchemy writes it for SQLite, too, and not the other's.
upsert = postgresql.insert

LOCK_WAIT_SECONDS = 5
READ_ONLY = "idp_read_only"
_CONNECTION = "idp_connection"

_late: ContextVar[list[tuple[Insert, dict[str, Any]]] | None] = ContextVar("idp_late_rows", default=None)

#: What a request meets when the database is locked or gone: 503, try again.
UNAVAILABLE: tuple[type[Exception], ...] = (
    OperationalError,
    InterfaceError,
    PoolTimeoutError,
)


class Base(DeclarativeBase):
    """Base of every table. Times are integers: seconds since the epoch."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(model_class=Base)


def table(model: type[Base]) -> Table:
    """The table of a model, for statements that need no objects."""
    found = model.__table__
    assert isinstance(found, Table)  # noqa: S101 -- narrows for the type checker: no model maps anything else
    return found


def _to_json(value: Any) -> str:
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # a lone surrogate or a number beyond 64 bits, which what came in JSON may hold
        return json.dumps(value)


_ALWAYS: Final[dict[str, Any]] = {"hide_parameters": True, "json_serializer": _to_json}


def engine_url(database_url: str) -> URL:
    """The SQLAlchemy URL of a setting: psycopg 3 for PostgreSQL, SQLite paths relative to the working folder."""
    url = make_url(database_url)
    if url.get_backend_name() == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() == "sqlite" and url.database not in {
        None,
        "",
        ":memory:",
    }:
        path = Path(str(url.database)).absolute()
        path.parent.mkdir(parents=True, exist_ok=True)
        return url.set(database=str(path))
    return url


def engine_options(url: URL) -> dict[str, Any]:
    """Pool and driver options: bounded waits everywhere, dead connections noticed before use."""
    if url.get_backend_name() == "sqlite":
        return {**_ALWAYS, "connect_args": {"timeout": LOCK_WAIT_SECONDS, "check_same_thread": False}}
    return {
        **_ALWAYS,
        "pool_pre_ping": True,
        "pool_size": 8,
        "max_overflow": 8,
        "pool_timeout": LOCK_WAIT_SECONDS,
        "connect_args": {
            "connect_timeout": LOCK_WAIT_SECONDS,
            "options": f"-c lock_timeout={LOCK_WAIT_SECONDS}s -c statement_timeout=10s",
        },
    }


def execute(statement: Executable, values: dict[str, Any]) -> CursorResult[Any]:
    """Run a statement of tables, built once, in the transaction of this request: past the session, which costs as much.

    What the session holds is neither flushed before nor refreshed after.
    """
    return _connection().execute(statement, values)


def write_late(statement: Insert, row: dict[str, Any]) -> None:
    """Add a row at the very end of the transaction, when `commit` is called: no lock is held for it before."""
    rows = _late.get()
    if rows is None:
        _late.set([(statement, row)])
    else:
        rows.append((statement, row))


def commit() -> None:
    """Commit what was done, with the rows that were to come late. Without other work they need no session."""
    rows = _late.get()
    if rows is not None:
        _late.set(None)
    if is_in_transaction():
        if rows and not _connection().get_execution_options().get(READ_ONLY):
            for statement, several in groupby(rows, key=itemgetter(0)):
                values = [row for _, row in several]
                _connection().execute(statement, values if len(values) > 1 else values[0])
            rows = None
        db.session.commit()
    if rows:
        _write_alone(rows)


def rollback() -> None:
    """Undo everything, also what was to come late."""
    _late.set(None)
    if db.session.registry.has():
        db.session.rollback()


def _connection() -> Connection:
    """The connection of this request's transaction, begun if there is none: kept, as a session is slow to find it."""
    session = db.session()
    connection: Connection | None = session.info.get(_CONNECTION)
    # A session begins a savepoint when it is next asked for its connection
    if connection is None or session.in_nested_transaction() or not connection.in_transaction():
        connection = session.info[_CONNECTION] = session.connection()
    return connection


def _write_alone(rows: list[tuple[Insert, dict[str, Any]]]) -> None:
    """One transaction of these rows, straight to the driver: on the hottest path SQLAlchemy takes longer than the disk.

    Raises:
        DBAPIError: as SQLAlchemy would raise it.
    """
    engine = db.engine
    connection = engine.raw_connection()
    driver = engine.dialect.loaded_dbapi
    try:
        cursor = connection.cursor()
        if len(rows) > 1 and engine.dialect.name == "sqlite":  # else the one statement is its own transaction
            cursor.execute("BEGIN IMMEDIATE")
        for statement, row in rows:
            insert = _plain(statement, tuple(row), engine.dialect)
            cursor.execute(insert.sql, insert.parameters(row))
        connection.commit()
    except driver.Error as error:
        raise DBAPIError.instance(None, None, error, driver.Error, dialect=engine.dialect) from error
    finally:
        connection.close()


@dataclass(frozen=True, slots=True)
class _PlainInsert:
    """An INSERT as the driver takes it; each value goes through what its column's type does to it."""

    sql: str
    names: tuple[str, ...]
    converters: tuple[tuple[str, Callable[[Any], Any]], ...]
    is_positional: bool

    def parameters(self, row: dict[str, Any]) -> Any:
        values = row | {name: convert(row[name]) for name, convert in self.converters}
        return [values[name] for name in self.names] if self.is_positional else values


@lru_cache(maxsize=16)
def _plain(statement: Insert, names: tuple[str, ...], dialect: Dialect) -> _PlainInsert:
    compiled = statement.inline().compile(dialect=dialect, column_keys=list(names))
    columns = statement.table.c
    converters = {name: columns[name].type.dialect_impl(dialect).bind_processor(dialect) for name in names}
    return _PlainInsert(
        sql=str(compiled),
        names=tuple(compiled.positiontup or names),
        converters=tuple((name, convert) for name, convert in converters.items() if convert is not None),
        is_positional=dialect.positional,
    )


@contextmanager
def unit_of_work() -> Iterator[None]:
    """One transaction outside a request: committed at the end, rolled back on an exception."""
    try:
        yield
        commit()
    except BaseException:
        rollback()
        raise


def read_only() -> None:
    """Promise that this request only reads, so that on SQLite it takes no write lock. Call before the first query."""
    db.session.connection(execution_options={READ_ONLY: True})


def is_in_transaction() -> bool:
    """Whether this request has begun a transaction."""
    return db.session.registry.has() and db.session().in_transaction()


def read_apart(statement: Select[tuple[Any]]) -> Any:
    """One value, read outside the transaction of this request and without waiting for any writer."""
    with db.engine.connect() as connection:
        connection.execution_options(idp_read_only=True)
        return connection.execute(statement).scalar()


def is_ready() -> bool:
    """Whether the database answers."""
    return db.session.execute(text("SELECT 1")).scalar() == 1


def is_unavailable(error: Exception) -> bool:
    """Whether an error says that the database, not the request, is at fault."""
    return isinstance(error, UNAVAILABLE) or (isinstance(error, DBAPIError) and error.connection_invalidated)


@event.listens_for(Engine, "connect")
def _set_up_sqlite(connection: Any, _record: object) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    # We begin transactions ourselves: pysqlite would begin a deferred one, and only before a write.
    connection.isolation_level = None
    # NORMAL in WAL mode: a killed process loses nothing that was committed.
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        "cache_size=-4000",
    ):
        connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "begin")
def _begin_sqlite(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    # A transaction that reads and then writes cannot be upgraded under WAL; so writers lock from the start.
    read_only_transaction = connection.get_execution_options().get(READ_ONLY)
    statement = "BEGIN" if read_only_transaction else "BEGIN IMMEDIATE"
    try:
        # Straight to the driver: SQLAlchemy would take as long as a small query
        connection.connection.cursor().execute(statement)
    except sqlite3.Error as error:
        raise DBAPIError.instance(statement, None, error, sqlite3.Error, dialect=connection.dialect) from error
