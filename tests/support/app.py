"""One app a worker on a temporary SQLite file, and a clean database for each test (signing keys are kept)."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask

from idp.app import create_app
from idp.cli import schema
from idp.config import Settings
from idp.domain.credentials import hashing
from idp.domain.keys import rotation
from idp.domain.tenant import settings as tenant_settings
from idp.domain.tenant.config_version import cache
from idp.infra.db import Base, unit_of_work
from idp.web import rate_limits
from tests.support.browser import Browser

KEPT = {"signing_keys", "tenant"}
TABLES = [table.name for table in reversed(Base.metadata.sorted_tables) if table.name not in KEPT]
FILLED = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})" for name in TABLES)
AS_NEW = "UPDATE tenant SET setup_token_hash = NULL, setup_completed_at = NULL, login = '{}', branding = '{}'"
SECRET = "a secret key that is long enough for tests 0123456789"
#: Thousands of tests ask whether a password is checked, and none of them how dear that is.
CHEAP = hashing.Cost(passes=1, memory=8)


@pytest.fixture(scope="session", autouse=True)
def _cheap_hashes() -> None:
    hashing.use(CHEAP)


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The settings of the app under test: a development server on loopback."""
    folder: Path = tmp_path_factory.mktemp("idp")
    return Settings(
        secret_key=SECRET, data_dir=folder, database_url=f"sqlite:///{folder / 'idp.sqlite3'}", name="Example Login"
    )


@pytest.fixture(scope="session")
def app_of_worker(settings: Settings) -> Flask:
    """The app, with tables and a key; made once."""
    schema.upgrade(settings.database_url)
    app = create_app(settings)
    with app.app_context(), unit_of_work():
        rotation.ensure("RS256")
    return app


@pytest.fixture(scope="session")
def file_of_worker(app_of_worker: Flask) -> Iterator[sqlite3.Connection]:
    """The file of that app, kept open: to read what tables there are takes longer than to empty those that are used."""
    file = sqlite3.connect(app_of_worker.config["IDP"].data_dir / "idp.sqlite3", isolation_level=None)
    with closing(file):
        file.execute("PRAGMA synchronous=OFF")
        yield file


@pytest.fixture
def app(app_of_worker: Flask, file_of_worker: sqlite3.Connection) -> Flask:
    """The app with an empty database, and its own settings: the test before may have run another app."""
    tenant_settings.use(app_of_worker.config["IDP"])
    cache.clear()
    file_of_worker.execute("BEGIN IMMEDIATE")
    for (name,) in file_of_worker.execute(FILLED).fetchall():
        file_of_worker.execute(f"DELETE FROM {name}")
    file_of_worker.execute(AS_NEW)
    file_of_worker.execute("COMMIT")
    cache.clear()
    rate_limits.local.storage.reset()
    return app_of_worker


@pytest.fixture
def work(app: Flask) -> Iterator[None]:
    """An app context, for tests of the domain; what the test writes it commits itself or by `unit_of_work`."""
    with app.app_context():
        yield


@pytest.fixture
def browser(app: Flask) -> Browser:
    """A browser without scripts at the app."""
    return Browser(app)
