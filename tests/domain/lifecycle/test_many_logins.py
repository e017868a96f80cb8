"""However many logins a person has: there is a most, and ending them takes a handful of statements."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import time_machine
from flask import Flask
from sqlalchemy import Engine, event

from idp.domain.events.names import EventName
from idp.domain.lifecycle.users import end_everything
from idp.domain.sessions.browser_sessions import (
    MOST_SESSIONS,
    begin_session,
    find_live_session,
    strengthen_session,
)
from idp.domain.sessions.listing import list_live_sessions
from idp.domain.sessions.models import Session
from idp.domain.sessions.participants import BACK_CHANNEL_LOGOUT, join
from idp.domain.users.queries import get_user
from idp.infra import clock
from idp.infra.db import db, unit_of_work
from idp.infra.jobs import list_kept
from tests.support.factories import make_client, make_user
from tests.support.protocol import Protocol

NOW = 1_800_000_000
FEW = 14


@contextmanager
def statements() -> Iterator[list[str]]:
    """What the database is asked."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@pytest.fixture
def user_id(app: Flask) -> str:
    return make_user(app)


@pytest.fixture
def sids(app: Flask, user_id: str) -> list[str]:
    """As many logins as may be, each used a second after the one before, and each known to an app."""
    client = make_client(app, changes={"registration": {"backchannel_logout_uri": "https://app.example.com/bye"}})
    begun = []
    for number in range(MOST_SESSIONS):
        with time_machine.travel(NOW + number, tick=False), app.app_context(), unit_of_work():
            begun.append(begin_session(get_user(user_id), ("pwd",))[1])
            join(begun[-1], client.id)
    return begun


@pytest.fixture(autouse=True)
def clock_stands() -> Iterator[None]:
    with time_machine.travel(NOW + MOST_SESSIONS, tick=False):
        yield


def live(app: Flask, user_id: str) -> set[str]:
    with app.app_context():
        return {row.sid for row in list_live_sessions(user_id)}


def told(app: Flask) -> list[str]:
    with app.app_context():
        return [kept.payload["sid"] for kept in list_kept(BACK_CHANNEL_LOGOUT, limit=1000)]


def test_one_more_ends_the_one_that_was_used_longest_ago_and_its_apps_hear_of_it(
    app: Flask, user_id: str, sids: list[str], protocol: Protocol
) -> None:
    with app.app_context(), unit_of_work():
        newest = begin_session(get_user(user_id), ("pwd",))[1]
    assert live(app, user_id) == {*sids[1:], newest}
    assert told(app) == [sids[0]]
    assert protocol.events(EventName.LOGOUT.value) == [{"by": "too many logins of one person"}]


def test_all_are_ended_by_a_handful_of_statements(
    app: Flask, user_id: str, sids: list[str], protocol: Protocol
) -> None:
    with app.app_context(), statements() as seen, unit_of_work():
        end_everything(get_user(user_id), "a test")
    assert len(seen) <= FEW, seen
    assert live(app, user_id) == set()
    assert sorted(told(app)) == sorted(sids)
    assert protocol.events(EventName.LOGOUT.value) == [{"by": "a test"}] * MOST_SESSIONS


def test_a_login_that_becomes_stronger_lives_no_longer_by_it(app: Flask, user_id: str) -> None:
    with app.app_context(), unit_of_work():
        before, sid = begin_session(get_user(user_id), ("pwd",))
    with app.app_context():
        expires_at = db.session.get_one(Session, sid).expires_at
    with time_machine.travel(NOW + 3600, tick=False), app.app_context(), unit_of_work():
        cookie = strengthen_session(sid, ("pwd", "otp", "mfa"))
        assert cookie is not None
        found = find_live_session(cookie)
        assert found is not None
        assert (found.sid, found.amr) == (sid, ("pwd", "otp", "mfa"))
        assert clock.now() - found.auth_time > 3000
        assert find_live_session(before) is None
    with app.app_context():
        assert db.session.get_one(Session, sid).expires_at == expires_at


def test_one_that_has_ended_does_not_become_stronger(app: Flask, user_id: str) -> None:
    with app.app_context(), unit_of_work():
        _, sid = begin_session(get_user(user_id), ("pwd",))
        end_everything(get_user(user_id), "a test")
        assert strengthen_session(sid, ("pwd", "otp", "mfa")) is None
    assert live(app, user_id) == set()
