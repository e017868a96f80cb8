"""The outbox: in the transaction or not at all, claimed by one worker, tried again, given up on."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from idp.infra import jobs
from idp.infra.db import db, unit_of_work
from idp.infra.jobs import Job, PermanentError, Worker

NOW = 1_800_000_000


def put(app: Flask, count: int = 1, **options) -> None:
    with app.app_context(), unit_of_work():
        for number in range(count):
            jobs.enqueue("mail", {"number": number}, **options)


def rows(app: Flask) -> list[Job]:
    with app.app_context():
        return list(db.session.scalars(select(Job).order_by(Job.id)))


def test_a_job_exists_only_if_its_transaction_commits(store: Flask) -> None:
    with store.app_context(), suppress(ZeroDivisionError), unit_of_work():
        jobs.enqueue("mail", {})
        raise ZeroDivisionError
    assert rows(store) == []


def test_a_job_runs_once_and_its_payload_is_emptied(store: Flask) -> None:
    put(store)
    seen: list[dict] = []
    worker = Worker({"mail": seen.append}, store.app_context)
    assert worker.run_once()
    assert not worker.run_once()
    assert seen == [{"number": 0}]
    (job,) = rows(store)
    assert (job.state, job.payload, job.attempts) == ("done", {}, 1)


def test_a_development_mailbox_keeps_what_was_sent(store: Flask) -> None:
    put(store)
    Worker({"mail": lambda _: None}, store.app_context, keep_payloads=True).run_once()
    assert rows(store)[0].payload == {"number": 0}


def test_what_a_handler_writes_commits_with_its_job_and_not_without(store: Flask) -> None:
    put(store)

    def writes_then_fails(payload: dict) -> None:
        jobs.enqueue("other", payload)
        raise ConnectionError("refused")

    Worker({"mail": writes_then_fails}, store.app_context).run_once()
    (job,) = rows(store)
    assert (job.kind, job.state, job.last_error) == ("mail", "waiting", "ConnectionError: refused")
    Worker({"mail": lambda payload: jobs.enqueue("other", payload)}, store.app_context).run_once()
    assert [row.kind for row in rows(store)] == ["mail"]


def test_a_failed_job_comes_back_later_each_time_and_then_no_more(store: Flask) -> None:
    def fails(_: dict) -> None:
        raise ConnectionError("refused")

    worker = Worker({"mail": fails}, store.app_context)
    waits = []
    with time_machine.travel(NOW, tick=False) as clock:
        put(store)
        moment = NOW
        for _ in range(jobs.MAXIMUM_ATTEMPTS):
            assert worker.run_once()
            assert not worker.run_once()
            (job,) = rows(store)
            waits.append(job.due_at - moment)
            moment = job.due_at
            clock.move_to(moment)
        assert job.state == "dead"
        assert not worker.run_once()
        with store.app_context():
            assert jobs.depth() == jobs.Depth(waiting=0, dead=1)
        longest = [5 * 2**power for power in range(7)]
        assert all(most / 2 < wait <= most for wait, most in zip(waits, longest, strict=False))


def test_a_dead_job_can_be_revived(store: Flask) -> None:
    put(store)

    def hopeless(_: dict) -> None:
        raise PermanentError("no such address")

    Worker({"mail": hopeless}, store.app_context).run_once()
    (job,) = rows(store)
    assert job.state == "dead"
    with store.app_context(), unit_of_work():
        assert jobs.revive(job.id)
        assert not jobs.revive(job.id)
    assert Worker({"mail": lambda _: None}, store.app_context).run_once()
    assert rows(store)[0].state == "done"


def test_a_kind_that_nobody_handles_is_dead_and_says_so(store: Flask) -> None:
    put(store)
    Worker({}, store.app_context).run_once()
    (job,) = rows(store)
    assert job.state == "dead"
    assert "'mail'" in str(job.last_error)


def test_a_job_does_not_run_before_its_time(store: Flask) -> None:
    worker = Worker({"mail": lambda _: None}, store.app_context)
    with time_machine.travel(NOW, tick=False) as clock:
        put(store, not_before=NOW + 60)
        assert not worker.run_once()
        clock.shift(60)
        assert worker.run_once()


def test_a_job_whose_worker_died_is_due_again_after_its_lease(store: Flask) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        put(store)

        def dies(_: dict) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            Worker({"mail": dies}, store.app_context).run_once()
        worker = Worker({"mail": lambda _: None}, store.app_context)
        assert not worker.run_once()
        clock.shift(jobs.LEASE_SECONDS)
        assert worker.run_once()
        assert rows(store)[0].attempts == 2


def test_many_workers_never_share_a_job(store: Flask) -> None:
    put(store, 60)
    seen: list[int] = []
    worker = Worker({"mail": lambda payload: seen.append(payload["number"])}, store.app_context)
    with ThreadPoolExecutor(6) as pool:
        for run in [pool.submit(worker.run_until_empty) for _ in range(6)]:
            run.result()
    assert sorted(seen) == list(range(60))


def test_a_worker_stops_when_told_to(store: Flask) -> None:
    put(store, 3)
    stop, done = threading.Event(), threading.Event()
    worker = Worker({"mail": lambda payload: done.set() if payload["number"] == 2 else None}, store.app_context)
    thread = threading.Thread(target=worker.run_forever, args=(stop,))
    thread.start()
    assert done.wait(60)
    stop.set()
    thread.join(60)
    assert not thread.is_alive()


def test_old_finished_jobs_are_swept_and_others_stay(store: Flask) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        put(store, 2)
        Worker({"mail": lambda _: None}, store.app_context).run_once()
        clock.shift(8 * 86400)
        with store.app_context(), unit_of_work():
            assert jobs.sweep() == 1
    assert [job.state for job in rows(store)] == ["waiting"]
