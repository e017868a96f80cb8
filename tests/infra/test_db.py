"""Rows that come late: kept or undone with their transaction, whichever way they are written."""

import sqlite3
from contextlib import suppress

import pytest
from flask import Flask
from sqlalchemy import insert, select
from sqlalchemy.exc import DBAPIError, OperationalError

from idp.domain.events.models import Event
from idp.infra.db import (
    commit,
    db,
    engine_options,
    engine_url,
    execute,
    is_unavailable,
    read_only,
    rollback,
    table,
    write_late,
)

ROW = {"at_ms": 1, "name": "a.thing", "outcome": "success", "ip": None, "details": {"what": "ünï", "n": [1, None]}}
_insert = insert(table(Event))


def stored() -> list[tuple[str, object]]:
    try:
        return [tuple(row) for row in db.session.execute(select(Event.name, Event.details).order_by(Event.id))]
    finally:
        db.session.remove()


def make_app(url: str) -> Flask:
    app = Flask("test")
    app.config["SQLALCHEMY_DATABASE_URI"] = engine_url(url).render_as_string(hide_password=False)
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(engine_url(url))
    db.init_app(app)
    with app.app_context():
        table(Event).create(db.engine)
    return app


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("has_session", [True, False])
def test_late_rows_are_written_by_the_commit_with_or_without_other_work(work, count, has_session):
    before = len(stored())
    if has_session:
        db.session.execute(select(1))
    for _ in range(count):
        write_late(_insert, ROW)
    unwritten = None if has_session else len(stored())

    commit()

    assert unwritten in {None, before}
    assert stored()[before:] == [("a.thing", {"what": "ünï", "n": [1, None]})] * count


@pytest.mark.parametrize("value", ["\ud800", 2**70, {"1": [True, None, 0.5]}])
def test_whatever_came_in_json_can_be_stored_as_json(work, value):
    write_late(_insert, {**ROW, "details": {"received": value}})
    commit()
    assert stored()[-1] == ("a.thing", {"received": value})


def test_late_rows_are_undone_by_a_rollback(work):
    before = stored()
    write_late(_insert, ROW)

    rollback()
    commit()

    assert stored() == before


def test_rows_alone_are_written_on_postgresql_too(postgres_url):
    app = make_app(postgres_url)
    with app.app_context():
        write_late(_insert, ROW)
        write_late(_insert, {**ROW, "details": None})
        commit()

        assert stored() == [("a.thing", {"what": "ünï", "n": [1, None]}), ("a.thing", None)]
        db.engine.dispose()


def test_several_rows_alone_are_one_transaction(work):
    before = stored()
    write_late(_insert, ROW)
    write_late(_insert, {**ROW, "name": None})

    with pytest.raises(DBAPIError):
        commit()

    assert stored() == before


def test_a_locked_database_is_told_as_sqlalchemy_tells_it(app, settings):
    other = sqlite3.connect(engine_url(settings.database_url).database or "", isolation_level=None)
    with app.app_context():
        connection = db.engine.raw_connection()
        connection.cursor().execute("PRAGMA busy_timeout = 10")
        connection.close()  # back into the pool, for the next to use
        other.execute("BEGIN IMMEDIATE")
        write_late(_insert, ROW)
        try:
            with pytest.raises(OperationalError) as caught:
                commit()
        finally:
            other.close()
        db.engine.dispose()

    assert is_unavailable(caught.value)


def test_rows_come_late_after_a_transaction_that_only_reads(work):
    before = len(stored())
    read_only()
    db.session.execute(select(1))
    write_late(_insert, ROW)

    commit()

    assert len(stored()) == before + 1


def test_a_statement_of_tables_sees_what_the_session_wrote_and_is_undone_with_it(work):
    before = stored()
    execute(_insert, ROW)
    db.session.execute(_insert, {**ROW, "name": "another"})
    inside = len(execute(select(table(Event).c.id), {}).all())

    rollback()

    assert inside == len(before) + 2
    assert stored() == before


def test_a_statement_of_tables_is_undone_with_the_savepoint_it_is_in(work):
    before = stored()
    execute(_insert, ROW)
    with suppress(ZeroDivisionError), db.session.begin_nested():
        execute(_insert, {**ROW, "name": "undone"})
        1 / 0  # noqa: B018 -- fails

    commit()

    assert [name for name, _ in stored()[len(before) :]] == ["a.thing"]
