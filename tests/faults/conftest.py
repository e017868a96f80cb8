"""A database for each test, of each kind: `database_url` runs a test on SQLite and on PostgreSQL."""

from pathlib import Path

import pytest

STORES = ["sqlite", pytest.param("postgres", marks=pytest.mark.needs("postgres"))]


@pytest.fixture(params=STORES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database that nodes may share."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path)
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def sqlite_only(tmp_path: Path) -> str:
    """An empty SQLite database that nodes may share."""
    return sqlite_url(tmp_path)


def sqlite_url(folder: Path) -> str:
    return f"sqlite:///{folder / 'shared.sqlite3'}"
