"""`idp jobs`: what was given up on is told without what it holds, and tried again when somebody says so."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask

from idp.cli.running import connected
from idp.config import load_settings
from idp.infra import jobs
from idp.infra.db import unit_of_work
from idp.infra.jobs import Payload, PermanentError, Worker

SECRET = "vt1_" + "k7Qz" * 8
LINK = f"https://login.example.com/u/verify?token={SECRET}"


@pytest.fixture
def app(idp) -> Iterator[Flask]:
    """An application on the database that the commands use."""
    idp("database", "upgrade")
    with connected(load_settings()) as connected_app:
        yield connected_app


def give_up(app: Flask, *kinds: str, why: str = "no such address") -> None:
    def hopeless(payload: Payload) -> None:
        raise PermanentError(f"{why}:\n{payload['link']}")

    with unit_of_work():
        for kind in kinds:
            jobs.enqueue(kind, {"link": LINK})
    Worker(dict.fromkeys(kinds, hopeless), app.app_context).run_until_empty()


def send(app: Flask) -> list[str]:
    sent: list[str] = []
    handlers = {kind: lambda payload: sent.append(payload["link"]) for kind in ("mail", "logout")}
    Worker(handlers, app.app_context).run_until_empty()
    return sent


def test_what_was_given_up_on_is_listed_with_its_reason_and_no_secret(app, idp, idp_json):
    give_up(app, "mail")
    printed = idp("jobs", "list")
    assert re.fullmatch(
        r"1  mail  \d+ seconds? old  1 attempts  PermanentError: no such address: \S+\n", printed.stdout
    )
    [job] = idp_json("jobs", "list")["jobs"]
    assert (job["id"], job["kind"], job["attempts"]) == (1, "mail", 1)
    assert job["last_error"].startswith("PermanentError: no such address")
    assert job["given_up_at"] >= job["created_at"]
    for shown in (printed.stdout, str(job)):
        assert SECRET not in shown


def test_what_waits_or_is_done_is_not_listed(app, idp, idp_json):
    with unit_of_work():
        jobs.enqueue("mail", {"link": LINK})
    assert idp("jobs", "list").stdout == "Nothing was given up on.\n"
    assert send(app) == [LINK]
    assert idp_json("jobs", "list") == {"jobs": []}


def test_one_is_retried_and_the_others_stay(app, idp_json):
    give_up(app, "mail", "logout")
    first, second = (job["id"] for job in idp_json("jobs", "list")["jobs"])
    assert idp_json("jobs", "retry", str(second)) == {"retried": [second]}
    assert [job["id"] for job in idp_json("jobs", "list")["jobs"]] == [first]
    assert send(app) == [LINK]
    assert [job["id"] for job in idp_json("jobs", "list")["jobs"]] == [first]


def test_all_are_retried(app, idp, idp_json):
    give_up(app, "mail", "logout")
    assert idp_json("jobs", "retry", "--all") == {"retried": [1, 2]}
    assert send(app) == [LINK, LINK]
    assert idp("jobs", "retry", "--all").stdout == "0 to be tried again.\n"


def test_what_was_not_given_up_on_is_not_retried(app, idp):
    with unit_of_work():
        jobs.enqueue("mail", {"link": LINK})
    for job_id in ("1", "77"):
        done = idp("jobs", "retry", job_id)
        assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
        assert "idp jobs list" in done.stderr


@pytest.mark.parametrize("arguments", [(), ("1", "--all"), ("x",)])
def test_one_job_or_all_has_to_be_said(app, idp, arguments):
    assert idp("jobs", "retry", *arguments).exit_code == 2
