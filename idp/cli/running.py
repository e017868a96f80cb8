"""What every command runs in: the settings, a migrated database, and one transaction."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask

from idp.cli import schema
from idp.config import Settings, read_settings, with_secret
from idp.domain.credentials import calibration, hashing
from idp.domain.tenant import settings as tenant_settings
from idp.infra import logging
from idp.infra.db import db, engine_options, engine_url, unit_of_work


@contextmanager
def at_work(*, may_begin: bool = False) -> Iterator[Settings]:
    """Run a command: all of it is kept, or nothing.

    Args:
        may_begin: it makes things that may be the first of a deployment, so that it makes the database too. Any other
            command would work on an empty one when it is run in a wrong folder, and leave a second secret key there.

    Raises:
        SettingsError: the configuration cannot be used.
        Refused: there is no database, or it is of another version.
    """
    settings = read_settings()
    log_to_stderr()
    schema.prepare(settings.database_url, makes_tables=may_begin)
    settings = with_secret(settings)
    with connected(settings), unit_of_work():
        hashing.use(calibration.ensure_cost())
        yield settings


@contextmanager
def connected(settings: Settings) -> Iterator[Flask]:
    """A bare application on the database of these settings; commits nothing."""
    tenant_settings.use(settings)
    app = Flask("idp", static_folder=None)
    url = engine_url(settings.database_url)
    app.config["SQLALCHEMY_DATABASE_URI"] = url.render_as_string(hide_password=False)
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(url)
    db.init_app(app)
    with app.app_context():
        try:
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()


def log_to_stderr() -> None:
    """Keep standard output for what was asked; say only what is amiss."""
    logging.configure("console", "warning")
