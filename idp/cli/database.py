"""`idp database`: its tables, its soundness, and a copy of it."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import click
from sqlalchemy import text
from sqlalchemy.engine import make_url

from idp.cli import schema
from idp.cli.output import json_option, show
from idp.cli.refusals import Refused
from idp.cli.running import connected, log_to_stderr
from idp.config import Settings, load_settings, read_settings, with_secret
from idp.domain.keys import keyring
from idp.infra.db import db, read_only


@click.group()
def database() -> None:
    """The database: upgrade, check, backup."""


@database.command()
@json_option
def upgrade(as_json: bool) -> None:
    """Bring the tables up to date. Safe to run at any time, and by several nodes at once."""
    settings = load_settings()
    log_to_stderr()
    before = schema.upgrade(settings.database_url)
    facts = {"from": before.revision, "to": before.head}
    words = "The database is up to date." if before.is_current else f"Upgraded the database to {before.head}."
    show(facts, words, as_json=as_json)


@database.command()
@json_option
def check(as_json: bool) -> None:
    """Look whether the tables fit this version, the store is sound, and the keys can be opened."""
    settings = read_settings()
    log_to_stderr()
    version = schema.find_version(settings.database_url)
    faults = list(_faults(settings, version))
    facts = {"revision": version.revision, "head": version.head, "ok": not faults, "faults": faults}
    if faults and not as_json:
        raise Refused(*faults)
    show(facts, "The database is sound and up to date.", as_json=as_json)
    if faults:
        raise SystemExit(1)


@database.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@json_option
def backup(file: Path, as_json: bool) -> None:
    """Copy the SQLite database to FILE, while the server runs. FILE must not exist yet."""
    settings = read_settings()
    url = make_url(settings.database_url)
    if url.get_backend_name() != "sqlite":
        raise Refused("this database is PostgreSQL; use pg_dump --format=custom")
    if schema.find_version(settings.database_url).revision is None:
        raise Refused(schema.absence(settings.database_url))
    try:
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise Refused(f"{file}: {(error.strerror or 'cannot be written').lower()}") from error
    _copy(Path(str(url.database)), file)
    facts = {"file": str(file), "bytes": file.stat().st_size}
    words = f"Copied to {file}. Keep the secret key with it: without it the signing keys cannot be opened."
    show(facts, words, as_json=as_json)


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as here, closing(sqlite3.connect(target)) as there:
        here.backup(there, pages=1000)
        # A copy is one file: the log beside it must not be needed
        there.execute("PRAGMA journal_mode=DELETE")


def _faults(settings: Settings, version: schema.Version) -> list[str]:
    if version.revision is None:
        return [schema.absence(settings.database_url)]
    if not version.is_current:
        return [f"the tables are of version {version.revision}, not {version.head}; run: idp database upgrade"]
    with connected(with_secret(settings)):
        read_only()
        return [*_unsound(), *keyring.faults()]


def _unsound() -> list[str]:
    """What SQLite finds broken; PostgreSQL looks after itself."""
    if db.engine.dialect.name != "sqlite":
        return []
    lines = [str(row[0]) for row in db.session.execute(text("PRAGMA integrity_check(10)"))]
    lines += [f"a row of {row[0]} refers to a missing one of {row[2]}" for row in _dangling()]
    return [line for line in lines if line != "ok"]


def _dangling() -> list[tuple[str, int, str]]:
    return [(str(r[0]), int(r[1] or 0), str(r[2])) for r in db.session.execute(text("PRAGMA foreign_key_check")).all()]
