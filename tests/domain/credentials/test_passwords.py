"""Passwords: no truncation, one normalisation, the same work for everyone, upgraded hashes, a bounded pool."""

import threading

import pytest
from argon2 import PasswordHasher, extract_parameters
from flask import Flask
from sqlalchemy import event

from idp.domain.credentials import hashing, passwords
from idp.domain.credentials.hashing import HashingBusy, HashingPool
from idp.domain.credentials.models import Password
from idp.domain.errors import InvalidInputError
from idp.domain.users.models import User
from idp.infra.db import db

PASSWORD = "correct horse battery staple"


@pytest.fixture
def user(stored: Flask) -> str:
    db.session.add(User(id="auth0|1", email="a@b.test", email_key="a@b.test", created_at=1, updated_at=1))
    db.session.commit()
    return "auth0|1"


def test_the_password_that_was_set_is_right_and_no_other(user: str) -> None:
    assert not passwords.verify_password(user, PASSWORD)
    passwords.set_password(user, PASSWORD)
    assert passwords.verify_password(user, PASSWORD)
    for other in (PASSWORD + " ", " " + PASSWORD, PASSWORD.title(), PASSWORD[:-1], "", "\0", "\ud800", "x" * 2**20):
        assert not passwords.verify_password(user, other)


def test_a_changed_password_replaces_the_old_one(user: str) -> None:
    passwords.set_password(user, PASSWORD)
    passwords.set_password(user, "another horse entirely")
    assert passwords.verify_password(user, "another horse entirely")
    assert not passwords.verify_password(user, PASSWORD)


def test_nothing_is_cut_off(user: str) -> None:
    passwords.set_password(user, "x" * 72 + "a")
    assert not passwords.verify_password(user, "x" * 72 + "b")
    passwords.set_password(user, "x" * 1023 + "a")
    assert passwords.verify_password(user, "x" * 1023 + "a")
    assert not passwords.verify_password(user, "x" * 1023 + "b")


def test_what_looks_the_same_is_the_same(user: str) -> None:
    passwords.set_password(user, "cafe\u0301 au lait \ufb01ne \U0001f600")
    assert passwords.verify_password(user, "caf\u00e9 au lait fine \U0001f600")


@pytest.mark.parametrize("password", ["", "x" * 1025, "\u00e9" * 513, "\ud800", "x" * 2**20, "\ufdfa" * 4096])
def test_what_cannot_be_hashed_is_refused(password: str) -> None:
    with pytest.raises(InvalidInputError):
        passwords.hash_password(password)


def test_nobody_and_those_without_a_password_are_refused_after_the_same_work(
    user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    worked: list[str] = []
    real = hashing.matches

    def watched(stored: str, encoded: bytes) -> bool:
        worked.append(stored)
        return real(stored, encoded)

    monkeypatch.setattr(hashing, "matches", watched)
    assert not passwords.verify_password(None, PASSWORD)
    assert not passwords.verify_password("auth0|unknown", PASSWORD)
    assert not passwords.verify_password(user, PASSWORD)
    assert not passwords.verify_password(user, "x" * 5000)
    assert worked == [hashing.dummy()] * 4


def test_the_dummy_costs_what_a_real_hash_costs() -> None:
    assert extract_parameters(hashing.dummy()) == extract_parameters(passwords.hash_password(PASSWORD))


def test_a_weaker_hash_is_replaced_at_the_next_login(user: str) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    passwords.store_hash(user, weak)
    assert not passwords.verify_password(user, "wrong")
    db.session.commit()
    row = db.session.get(Password, user)
    assert row is not None
    assert row.hash == weak
    assert passwords.verify_password(user, PASSWORD)
    db.session.commit()
    assert not hashing.is_outdated(row.hash)
    assert passwords.verify_password(user, PASSWORD)


def test_a_broken_hash_fails_closed(user: str) -> None:
    passwords.store_hash(user, "rubbish")
    assert not passwords.verify_password(user, PASSWORD)


def test_no_transaction_is_open_while_a_hash_runs(user: str, monkeypatch: pytest.MonkeyPatch) -> None:
    passwords.set_password(user, PASSWORD)
    db.session.commit()
    open_transactions = [0]
    event.listen(db.engine, "begin", lambda _: open_transactions.append(open_transactions[-1] + 1))
    event.listen(db.engine, "commit", lambda _: open_transactions.append(open_transactions[-1] - 1))
    event.listen(db.engine, "rollback", lambda _: open_transactions.append(open_transactions[-1] - 1))
    seen: list[int] = []
    real = hashing.matches

    def watched(stored: str, encoded: bytes) -> bool:
        seen.append(open_transactions[-1])
        return real(stored, encoded)

    monkeypatch.setattr(hashing, "matches", watched)
    assert passwords.verify_password(user, PASSWORD)
    assert max(open_transactions) == 1
    assert seen == [0]


def test_the_pool_refuses_what_it_cannot_hold_and_recovers() -> None:
    pool = HashingPool(slots=1, limit=2)
    inside, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with pool.slot():
            inside.set()
            leave.wait(60)

    threads = [threading.Thread(target=hold) for _ in range(2)]
    for thread in threads:
        thread.start()
    assert inside.wait(60)
    while pool._inside < 2:
        threading.Event().wait(0.001)
    with pytest.raises(HashingBusy) as refused, pool.slot():
        pass
    assert refused.value.retry_after > 0
    leave.set()
    for thread in threads:
        thread.join(60)
    with pool.slot():
        pass


def test_a_thread_is_always_left_for_others() -> None:
    assert hashing.pool()._limit == 3
