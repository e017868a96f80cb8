"""What is over is removed, and nothing that anybody could still use or replay."""

import pytest
import time_machine
from flask import Flask
from sqlalchemy import Engine, event, func, insert, select

from idp.config import Settings
from idp.domain.clients.models import ClientRecord
from idp.domain.events import retention
from idp.domain.events.models import Event
from idp.domain.interactions.models import Interaction
from idp.domain.lifecycle import sweeping
from idp.domain.lifecycle.sweeping import sweep_all
from idp.domain.sessions.models import Session
from idp.domain.tenant import settings
from idp.domain.tenant.models import Tenant
from idp.domain.tokens.models import AuthorizationCode, RefreshToken, RevokedToken, TokenGrant
from idp.domain.users.models import Ticket, User
from idp.infra import clock
from idp.infra.db import db, unit_of_work

DAY = 86400
TABLES = (AuthorizationCode, RefreshToken, RevokedToken, TokenGrant, Session, Ticket, Interaction)


@pytest.fixture
def rows(stored: Flask) -> None:
    """One row of each sort, made now."""
    settings.use(Settings(secret_key="3fK9-zQ71xVtLm02_rUwYhBn4sDpEcGj"))
    now = clock.now()
    stamps = {"created_at": now, "updated_at": now}
    lists: dict[str, list[str]] = {
        "redirect_uris": [],
        "logout_uris": [],
        "web_origins": [],
        "grant_types": [],
        "response_types": [],
    }
    with unit_of_work():
        db.session.add(Tenant(id=1, config_version=1))
        db.session.add(User(id="u", email="a@example.com", email_key="a@example.com", claims={}, **stamps))
        db.session.add(ClientRecord(id="c", name="C", kind="web", auth_method="none", **lists, **stamps))
        db.session.flush()
        common = {"auth_time": now, "amr": ["pwd"], "created_at": now}
        db.session.add(
            Session(sid="s", cookie_hash="h", user_id="u", last_seen_at=now, expires_at=now + 7 * DAY, **common)
        )
        db.session.add(TokenGrant(id="g", client_id="c", user_id="u", sid="s", scope="openid", **common))
        db.session.flush()
        tied = {"grant_id": "g", "client_id": "c", "created_at": now}
        db.session.add(AuthorizationCode(code_hash="h", request={}, expires_at=now + 60, **tied))
        db.session.add(RefreshToken(token_hash="h", idle_expires_at=now + 15 * DAY, expires_at=now + 30 * DAY, **tied))
        db.session.add(RevokedToken(jti="j", expires_at=now + 600))
        db.session.add(
            Ticket(token_hash="h", purpose="p", user_id="u", email="a", created_at=now, expires_at=now + 900)
        )
        db.session.add(
            Interaction(id="i", browser_hash="b", request={}, marks={}, created_at=now, expires_at=now + 3600)
        )


def left() -> set[str]:
    return {table.__tablename__ for table in TABLES if db.session.scalar(select(func.count()).select_from(table))}


@pytest.mark.parametrize(
    ("days", "gone"),
    [
        (0, set()),
        (0.5, {"revoked_tokens"}),
        (2, {"revoked_tokens", "authorization_codes", "tickets"}),
        (10, {"revoked_tokens", "authorization_codes", "tickets", "interactions"}),
        (20, {"revoked_tokens", "authorization_codes", "tickets", "interactions", "refresh_tokens"}),
        (60, {table.__tablename__ for table in TABLES}),
    ],
)
def test_rows_go_when_their_time_is_over_and_not_before(rows, days, gone):
    with time_machine.travel(clock.now() + days * DAY, tick=False):
        sweep_all()
        assert {table.__tablename__ for table in TABLES} - left() == gone


def test_a_grant_stays_while_a_token_of_it_can_be_used(rows):
    token = db.session.get(RefreshToken, "h")
    assert token
    with unit_of_work():
        token.idle_expires_at = token.expires_at = clock.now() + 400 * DAY
    with time_machine.travel(clock.now() + 300 * DAY, tick=False):
        sweep_all()
        assert {"refresh_tokens", "token_grants"} <= left()


def test_people_and_apps_are_never_swept(rows):
    with time_machine.travel(clock.now() + 4000 * DAY, tick=False):
        sweep_all()
        assert db.session.get(User, "u")
        assert db.session.get(ClientRecord, "c")


def add_events(count: int, at_ms: int) -> None:
    row = {"at_ms": at_ms, "name": "token.issued", "outcome": "success"}
    with unit_of_work():
        db.session.execute(insert(Event), [row] * count)


def events_left() -> int:
    with unit_of_work():
        # Ending a login is an event too
        return db.session.scalar(select(func.count()).where(Event.name == "token.issued")) or 0


def keep_events(days: int) -> None:
    settings.use(settings.current().model_copy(update={"events_keep_days": days}))


@pytest.mark.parametrize(("keep", "days", "left"), [(90, 89, 2), (90, 91, 1), (7, 8, 1), (0, 4000, 2)])
def test_events_are_kept_as_long_as_the_setting_says(rows, keep, days, left):
    keep_events(keep)
    add_events(1, clock.now_ms())
    with time_machine.travel(clock.now() + days * DAY, tick=False):
        add_events(1, clock.now_ms())
        sweep_all()
        assert events_left() == left


def test_very_many_events_go_in_lots_and_those_still_kept_stay(rows, monkeypatch):
    monkeypatch.setattr(sweeping, "_EVENTS_AT_ONCE", 10)
    monkeypatch.setattr(sweeping, "_PAUSE_SECONDS", 0)
    now = clock.now_ms()
    add_events(95, now - 91 * DAY * 1000)
    add_events(25, now)
    lots = []

    def note(_connection, _cursor, statement, *_):
        if statement.startswith("DELETE FROM events"):
            lots.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        sweep_all()
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert events_left() == 25
    assert len(lots) == 11  # ten lots, and the look that finds no more


def test_an_event_out_of_order_holds_nobody_up(rows):
    now = clock.now_ms()
    add_events(1, now)  # its clock was ahead
    add_events(5, now - 91 * DAY * 1000)
    sweep_all()
    assert events_left() == 1


def test_old_events_are_found_by_their_key_without_sorting(rows):
    add_events(30, 1)
    plans = []

    def explain(connection, _cursor, statement, parameters, *_):
        if statement.startswith("DELETE FROM events") and connection.dialect.name == "sqlite":
            plans.extend(connection.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall())

    event.listen(Engine, "before_cursor_execute", explain)
    try:
        with unit_of_work():
            assert retention.forget_before(2, 10) == 10
    finally:
        event.remove(Engine, "before_cursor_execute", explain)
    told = " ".join(str(step[-1]) for step in plans)
    assert "SEARCH events USING INTEGER PRIMARY KEY" in told or db.engine.dialect.name != "sqlite"
    assert "TEMP B-TREE" not in told
