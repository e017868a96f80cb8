"""The version of the database's tables: looked at, and brought up to date by Alembic run from code.

Any number of nodes may start at once: one migrates while the others wait. On SQLite the transaction itself is the lock
(it begins IMMEDIATE), on PostgreSQL an advisory lock of the transaction.
"""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from idp.cli.refusals import Refused
from idp.infra.db import engine_options, engine_url

_PACKAGE = Path(__file__).resolve().parent.parent
_LOCK = 0x1D9  # any number that nothing else on the server locks
_WAIT_SECONDS = 60
_DIALECTS = {"sqlite", "postgresql"}


@dataclass(frozen=True)
class Version:
    """Where the tables stand: `revision` is None while there are none."""

    revision: str | None
    head: str

    @property
    def is_current(self) -> bool:
        """Whether this program and the tables fit."""
        return self.revision == self.head


def find_version(database_url: str) -> Version:
    """The version of the tables and of this program. Makes no SQLite file where there is none."""
    head = max(path.name.partition("_")[0] for path in _folder().glob("versions/[0-9]*.py"))
    if _is_missing_file(database_url):
        return Version(None, head)
    engine = _engine(database_url)
    try:
        with engine.connect() as connection:
            is_there = inspect(connection).has_table("alembic_version")
            found = connection.scalar(text("SELECT version_num FROM alembic_version")) if is_there else None
            return Version(found, head)
    finally:
        engine.dispose()


def upgrade(database_url: str) -> Version:
    """Bring the tables up to date; nothing to do if they are. Returns the version before."""
    before = find_version(database_url)
    if before.is_current:
        return before
    engine = _engine(database_url)
    try:
        with engine.begin() as connection:
            _wait_for_others(connection)
            config = _config()
            config.attributes["connection"] = connection
            import_module("alembic.command").upgrade(config, "head")
            _check_references(connection)
    finally:
        engine.dispose()
    return before


def prepare(database_url: str, *, makes_tables: bool) -> None:
    """See that the tables fit. Older ones are left to `idp start` and `idp database upgrade`.

    Raises:
        Refused: the tables are of another version, or missing and not to be made.
    """
    version = find_version(database_url)
    if version.revision is None and makes_tables:
        upgrade(database_url)
    elif version.revision is None:
        raise Refused(absence(database_url))
    elif not version.is_current:
        raise Refused("the database is of another version; run: idp database upgrade")


def absence(database_url: str) -> str:
    """What is said where there is no database: which one was looked for, and what to do."""
    url = make_url(database_url)
    place = Path(url.database or "").absolute() if url.get_backend_name() == "sqlite" else url.render_as_string()
    return (
        f"there is no database at {place}: run this where the server runs, with its IDP_* variables; "
        "a new one is made by idp start, or by idp database upgrade"
    )


def _wait_for_others(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SET LOCAL lock_timeout = '{_WAIT_SECONDS}s'"))
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def _check_references(connection: Connection) -> None:
    """Nothing refers to what is not there: SQLite was told not to look (`_without_foreign_keys`)."""
    if connection.dialect.name == "sqlite" and (broken := connection.execute(text("PRAGMA foreign_key_check")).first()):
        raise RuntimeError(f"a migration left a row of {broken.table} that refers to none of {broken.parent}")


def _engine(database_url: str) -> Engine:
    url = engine_url(database_url)
    arguments = engine_options(url)["connect_args"]
    if url.get_backend_name() == "sqlite":
        arguments = {**arguments, "timeout": _WAIT_SECONDS}
    engine = create_engine(url, connect_args=arguments, poolclass=NullPool)
    if url.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _without_foreign_keys)
    return engine


def _without_foreign_keys(connection: Any, _record: object) -> None:
    """SQLite changes some columns by making a table anew: dropping the old one would take all rows that refer to it."""
    connection.execute("PRAGMA foreign_keys=OFF")


def _is_missing_file(database_url: str) -> bool:
    url = make_url(database_url)  # `engine_url` would make its folder
    if url.get_backend_name() not in _DIALECTS:
        raise Refused(f"IDP_DATABASE_URL: SQLite or PostgreSQL, not {url.get_backend_name()}")
    return url.get_backend_name() == "sqlite" and not Path(url.database or "").exists()


def _folder() -> Path:
    """Where the migrations are: inside the package when installed from a wheel, beside it in a checkout."""
    packaged = _PACKAGE / "migrations"
    return packaged if packaged.is_dir() else _PACKAGE.parent / "migrations"


def _config() -> Any:
    # Alembic is 10 MB and a tenth of a second of each process; few starts have anything to migrate
    config = import_module("alembic.config").Config()
    config.set_main_option("path_separator", "os")
    config.set_main_option("script_location", str(_folder()))
    return config
