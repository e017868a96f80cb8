"""A database for each test, of each kind: `database_url` runs a test on SQLite and on PostgreSQL.

Each is a copy of one that a server has been set up with: tables, a key to sign with and the cost of hashes take longer
to make than most of these tests. Starts on nothing at all are the subject of tests/cli.
"""

import shutil
from pathlib import Path

import pytest

from idp.cli import schema
from idp.config import Settings
from idp.domain.credentials import calibration
from idp.domain.keys import rotation
from tests.faults.nodes import SECRET
from tests.faults.seeding import inside
from tests.support.postgres import PostgresServer

STORES = ["sqlite", pytest.param("postgres", marks=pytest.mark.needs("postgres"))]


@pytest.fixture(params=STORES)
def database_url(request: pytest.FixtureRequest) -> str:
    """A database that nodes may share."""
    url: str = request.getfixturevalue("sqlite_only" if request.param == "sqlite" else "postgres_only")
    return url


@pytest.fixture
def sqlite_only(tmp_path: Path, set_up_sqlite: Path) -> str:
    """A SQLite database that nodes may share."""
    url = sqlite_url(tmp_path)
    shutil.copy(set_up_sqlite, url.removeprefix("sqlite:///"))
    return url


@pytest.fixture
def postgres_only(postgres_server: PostgresServer, set_up_postgres: str) -> str:
    """A PostgreSQL database that nodes may share."""
    return postgres_server.new_database(set_up_postgres)


@pytest.fixture(scope="session")
def set_up_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file to copy."""
    folder = tmp_path_factory.mktemp("set-up")
    set_up(sqlite_url(folder))
    return Path(sqlite_url(folder).removeprefix("sqlite:///"))


@pytest.fixture(scope="session")
def set_up_postgres(postgres_server: PostgresServer) -> str:
    """The name of the database to copy."""
    url = postgres_server.new_database()
    set_up(url)
    return url.rpartition("/")[2]


def set_up(database_url: str) -> None:
    """What the first start of a deployment's first node does."""
    schema.upgrade(database_url)
    with inside(Settings(database_url=database_url, secret_key=SECRET)):
        rotation.ensure("RS256")
        calibration.ensure_cost()


def sqlite_url(folder: Path) -> str:
    return f"sqlite:///{folder / 'shared.sqlite3'}"
