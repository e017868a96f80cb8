"""Empty databases with all tables, one test on each kind: `store` runs a test on SQLite and on PostgreSQL."""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask

import idp
from idp.infra.db import db, engine_options, engine_url


@contextmanager
def opened(database_url: str) -> Iterator[Flask]:
    """A bare application on this database, with every table made from the models. Enter its context to use it."""
    for file in Path(idp.__file__).parent.glob("domain/*/models.py"):
        importlib.import_module(f"idp.domain.{file.parent.name}.models")
    importlib.import_module("idp.infra.jobs")
    app = Flask("store")
    url = engine_url(database_url)
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(url)
    db.init_app(app)
    with app.app_context():
        db.create_all()
    try:
        yield app
    finally:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """A bare application with an empty database; not inside its context, so that threads may enter their own."""
    url = f"sqlite:///{tmp_path}/test.sqlite3" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    with opened(url) as app:
        yield app


@pytest.fixture
def stored(store: Flask) -> Iterator[Flask]:
    """`store`, inside its context: what a rule of the domain needs to run."""
    with store.app_context():
        yield store
