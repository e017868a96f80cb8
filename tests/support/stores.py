"""Empty databases with all tables, one test on each kind: `store` runs a test on SQLite and on PostgreSQL."""

import importlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask

import idp
from idp.infra.db import db, engine_options, engine_url
from tests.support.postgres import PostgresServer


@contextmanager
def opened(database_url: str) -> Iterator[Flask]:
    """A bare application on this database. Enter its context to use it."""
    app = Flask("store")
    url = engine_url(database_url)
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(url)
    db.init_app(app)
    try:
        yield app
    finally:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


def make_tables(database_url: str) -> None:
    """Every table, from the models."""
    for file in Path(idp.__file__).parent.glob("domain/*/models.py"):
        importlib.import_module(f"idp.domain.{file.parent.name}.models")
    importlib.import_module("idp.infra.jobs")
    with opened(database_url) as app, app.app_context():
        db.create_all()


@pytest.fixture(scope="session")
def sqlite_with_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file to copy: making the tables takes longer than most tests of them."""
    file = tmp_path_factory.mktemp("store") / "tables.sqlite3"
    make_tables(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def postgres_with_tables(postgres_server: PostgresServer) -> str:
    """The name of a database to copy."""
    url = postgres_server.new_database()
    make_tables(url)
    return url.rpartition("/")[2]


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """A bare application with an empty database; not inside its context, so that threads may enter their own."""
    if request.param == "sqlite":
        file = shutil.copy(request.getfixturevalue("sqlite_with_tables"), tmp_path / "test.sqlite3")
        url = f"sqlite:///{file}"
    else:
        template = request.getfixturevalue("postgres_with_tables")
        url = request.getfixturevalue("postgres_server").new_database(template)
    with opened(url) as app:
        yield app


@pytest.fixture
def stored(store: Flask) -> Iterator[Flask]:
    """`store`, inside its context: what a rule of the domain needs to run."""
    with store.app_context():
        yield store
