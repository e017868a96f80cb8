"""`idp events`: an operator finds what a user was refused for."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

REFUSED = {"check": "state", "expected": "a sign-in of this browser", "received": "another one"}


@pytest.fixture
def refused(folder: Path, idp_json) -> str:
    """A request was refused; its reference id."""
    idp_json("users", "create", "ada@example.com", "--password-stdin", stdin="lantern orbit velvet canoe")
    with closing(sqlite3.connect(folder / "var" / "idp.sqlite3")) as connection, connection:
        connection.execute(
            "INSERT INTO events (at_ms, name, outcome, reference, client_id, details) VALUES (?, ?, ?, ?, ?, ?)",
            (1_700_000_000_000, "page.refused", "refused", "TKW82S1AK3", "an_app", json.dumps(REFUSED)),
        )
    return "TKW82S1AK3"


def test_a_reference_finds_what_was_expected_and_what_came(idp, idp_json, refused):
    [event] = idp_json("events", "show", refused)["events"]
    assert event["details"] == REFUSED
    assert event["at"] == "2023-11-14T22:13:20.000Z"
    words = idp("events", "show", refused.lower()).stdout
    assert "a sign-in of this browser" in words
    assert "another one" in words


def test_one_that_finds_nothing_says_where_else_to_look(idp, folder):
    idp("database", "upgrade")
    done = idp("events", "show", "NOTHERE000")
    assert done.exit_code == 1
    assert "log" in done.stderr


def test_events_are_listed_newest_first_by_user_app_and_time(idp_json, refused):
    def names(*options: str) -> list[str]:
        return [event["name"] for event in idp_json("events", "list", *options)["events"]]

    assert names()[0] == "page.refused"
    assert "user.created" in names()
    assert "page.refused" not in names("--since", "1h")
    assert "user.created" in names("--since", "1h")
    assert names("--since", "2023-11-14T22:13:20Z", "--client", "an_app") == ["page.refused"]
    assert names("--since", "2023-11-14T22:13:21", "--client", "an_app") == []
    assert names("--client", "an_app") == ["page.refused"]
    assert set(names("--user", "ada@example.com")) <= {"user.created", "password.changed"}
    assert len(names("--limit", "1")) == 1


@pytest.mark.parametrize("since", ["yesterday", "1y", "", "99999999999d"])
def test_a_time_that_is_none_is_refused_plainly(idp, folder, since):
    idp("database", "upgrade")
    done = idp("events", "list", "--since", since)
    assert done.exit_code == 1
    assert "24h" in done.stderr
