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
EMPTY = "; ".join(
    (
        "BEGIN",
        *(f"DELETE FROM {table.name}" for table in reversed(Base.metadata.sorted_tables) if table.name not in KEPT),
        "UPDATE tenant SET setup_token_hash = NULL, setup_completed_at = NULL, login = '{}', branding = '{}'",
        "COMMIT",
    )
)
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


@pytest.fixture
def app(app_of_worker: Flask) -> Flask:
    """The app with an empty database, and its own settings: the test before may have run another app."""
    tenant_settings.use(app_of_worker.config["IDP"])
    cache.clear()
    with closing(sqlite3.connect(app_of_worker.config["IDP"].data_dir / "idp.sqlite3")) as file:
        file.executescript(EMPTY)
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
