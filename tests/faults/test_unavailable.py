"""The database locked, full or gone: 503 with Retry-After, public documents as ever, and recovery by itself."""

import resource
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from idp.domain.keys import keyring
from idp.domain.tenant.config_version import FRESH_SECONDS, cache
from idp.infra.db import LOCK_WAIT_SECONDS, UNAVAILABLE, db
from tests.faults.nodes import Node, deployment, eventually, locked
from tests.faults.seeding import Code, inside, make_codes, rows
from tests.faults.volley import Answer, ask, connections, get, launch
from tests.support.postgres import PostgresServer

DOCUMENTS = ("/.well-known/jwks.json", "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")
BOUND = 45.0
"""Seconds within which a refusal comes; the wait for a lock is five, and these machines are busy."""


def warm(node: Node) -> None:
    """Whoever verifies tokens has asked for the keys before."""
    assert {ask(node.port, get(path)).status for path in DOCUMENTS} == {200}


def assert_come_again(answer: Answer) -> None:
    assert answer.error == (503, "temporarily_unavailable")
    assert int(answer.headers["retry-after"]) > 0


def assert_documents_are_served(node: Node) -> None:
    for path in DOCUMENTS:
        assert ask(node.port, get(path)).status == 200, path


def seconds_until_served(node: Node) -> float:
    """How long the documents take when what is cached of them is to be looked at again: it is older than a second."""
    time.sleep(FRESH_SECONDS + 0.1)
    began = time.monotonic()
    assert_documents_are_served(node)
    return time.monotonic() - began


def keep_all(server: PostgresServer) -> None:
    """Our PostgreSQL is quick and careless: what it has not written yet would be lost with it."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute("CHECKPOINT")


def redeemed(node: Node, code: Code) -> Callable[[], bool]:
    """The code is good still, once the database is there."""
    return lambda: ask(node.port, code.redemption()).status == 200


def test_a_locked_database_is_told_within_a_bound_and_waited_for(tmp_path: Path, sqlite_only: str) -> None:
    with deployment(tmp_path, sqlite_only, count=1) as (node,):
        late, early = make_codes(node.house, 2)
        warm(node)
        with locked(sqlite_only), connections([node.port] * 3) as opened:
            began = time.monotonic()
            launch(opened, [late.redemption(), get("/readyz"), get("/u/signup")])
            # While those wait for the lock: keys are read without one. A busy machine may be slow, but not each time
            assert min(seconds_until_served(node) for _ in range(3)) < LOCK_WAIT_SECONDS, "the keys waited for the lock"
            refused, readiness, _ = (connection.read() for connection in opened)
            assert time.monotonic() - began < BOUND
        assert_come_again(refused)
        assert readiness.status == 503
        assert ask(node.port, late.redemption()).status == 200
        assert ask(node.port, early.redemption()).status == 200
        assert ask(node.port, get("/readyz")).status == 200


def test_a_lock_that_is_short_is_waited_out(tmp_path: Path, sqlite_only: str) -> None:
    with deployment(tmp_path, sqlite_only, count=1) as (node,):
        (code,) = make_codes(node.house, 1)
        with connections([node.port]) as opened:
            with locked(sqlite_only):
                launch(opened, [code.redemption()])
                time.sleep(1)
            assert opened[0].read().status == 200


@pytest.mark.needs("postgres")
def test_a_database_that_goes_and_comes_back(
    tmp_path: Path, postgres_server: PostgresServer, postgres_only: str
) -> None:
    with deployment(tmp_path, postgres_only, count=1) as (node,):
        code, lost = make_codes(node.house, 2)
        warm(node)
        keep_all(postgres_server)
        postgres_server.stop()
        try:
            assert_come_again(ask(node.port, code.redemption()))
            assert ask(node.port, get("/readyz")).status == 503
            assert ask(node.port, get("/healthz")).status == 200
            page = ask(node.port, get("/authorize?client_id=app"))
            assert (page.status, page.headers["content-type"]) == (503, "text/html; charset=utf-8")
            seconds_until_served(node)
        finally:
            postgres_server.start()
        eventually(redeemed(node, code), "codes are redeemed again")
        assert ask(node.port, lost.redemption()).status == 200
        assert ask(node.port, get("/readyz")).status == 200


@pytest.mark.needs("postgres")
def test_connections_cut_between_requests_are_noticed_before_use(
    tmp_path: Path, postgres_server: PostgresServer, postgres_only: str
) -> None:
    with deployment(tmp_path, postgres_only, count=1) as (node,):
        codes = make_codes(node.house, 9)
        with connections([node.port] * 8) as opened:
            launch(opened, [code.redemption() for code in codes])
            assert {connection.read().status for connection in opened} == {200}
        keep_all(postgres_server)
        postgres_server.stop()
        postgres_server.start()
        assert ask(node.port, codes[-1].redemption()).status == 200


@pytest.mark.needs("postgres")
def test_a_connection_lost_in_mid_request_loses_the_request(tmp_path: Path, postgres_only: str) -> None:
    """What is cached is no excuse to go on: the claim made before would be gone, and its tokens answered."""
    with deployment(tmp_path, postgres_only, count=1) as (node,), inside(node.house):
        keyring.jwks()
        (pid,) = db.session.execute(text("SELECT pg_backend_pid()")).one()
        with psycopg.connect(postgres_only, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
        cache._checked_at = float("-inf")
        with pytest.raises(UNAVAILABLE):
            keyring.jwks()
        db.session.rollback()


def test_a_full_disk_refuses_what_must_be_written_and_breaks_nothing(tmp_path: Path, sqlite_only: str) -> None:
    with deployment(tmp_path, sqlite_only, count=1) as (node,):
        codes = make_codes(node.house, 30)
        warm(node)
        (worker,) = node.workers()
        unlimited = resource.prlimit(worker, resource.RLIMIT_FSIZE)
        resource.prlimit(worker, resource.RLIMIT_FSIZE, (256, unlimited[1]))
        refused = [code for code in codes if not_stored(node, code)]
        assert refused
        assert_documents_are_served(node)
        resource.prlimit(worker, resource.RLIMIT_FSIZE, unlimited)
        assert {ask(node.port, code.redemption()).status for code in refused} == {200}
        assert rows(node.house, "PRAGMA integrity_check") == [("ok",)]
        assert rows(node.house, "SELECT count(*) FROM refresh_tokens") == [(len(codes),)]


def not_stored(node: Node, code: Code) -> bool:
    answer = ask(node.port, code.redemption())
    if answer.status != 200:
        assert_come_again(answer)
    return answer.status != 200
