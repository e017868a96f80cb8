"""Guessing is slow, at any number of threads; the owner of an account is never locked out by others."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import time_machine
from flask import Flask

from idp.config import Settings
from idp.domain.credentials import devices, throttle
from idp.domain.credentials.throttle import buckets_for, check, clear, record_failure
from idp.domain.tenant import settings
from idp.infra.db import db, unit_of_work

NOW = 1_800_000_000
ALICE, ATTACKER = "alice@example.com", "203.0.113.7"


@pytest.fixture(autouse=True)
def clock(stored: Flask) -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def fail(count: int, who: str = ALICE, where: str = ATTACKER, cookie: str | None = None) -> list[int]:
    return [record_failure(buckets_for(who, where, cookie)) for _ in range(count)]


def test_the_first_failures_cost_nothing_and_then_each_doubles_the_wait(clock: Any) -> None:
    assert fail(6) == [0, 0, 0, 0, 0, 1]
    waits = []
    for _ in range(12):
        clock.shift(check(buckets_for(ALICE, ATTACKER)))
        assert fail(1) == [0]
        waits.append(check(buckets_for(ALICE, ATTACKER)))
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]


def test_an_attempt_that_is_refused_is_not_counted(clock: Any) -> None:
    fail(5)
    assert fail(50) == [1] * 50
    clock.shift(1)
    assert fail(1) == [0]
    assert check(buckets_for(ALICE, ATTACKER)) == 2


def test_spellings_of_one_identifier_share_a_counter_whether_or_not_it_exists() -> None:
    fail(5, "nobody@example.com")
    for spelling in ("NOBODY@example.com", " nobody@EXAMPLE.com ", "\uff4eobody@example.com"):
        assert check(buckets_for(spelling, "198.51.100.1")) == 1
    assert check(buckets_for("somebody@example.com", "198.51.100.1")) == 0


def test_success_forgets_the_failures_of_the_account_but_not_those_of_the_address() -> None:
    fail(4)
    buckets = buckets_for(ALICE, ATTACKER)
    assert record_failure(buckets) == 0
    clear(buckets)
    assert check(buckets) == 0
    assert fail(5) == [0] * 5
    # 4 + 5 are left at the address: 41 more are free of any wait, but not 42
    assert fail_spread(40) == 0
    assert fail_spread(1) == 0
    assert fail_spread(1) == 1


def fail_spread(count: int) -> int:
    return max(fail(1, f"user{number}@example.com")[0] for number in range(count))


def test_one_password_tried_on_many_accounts_is_slowed_by_the_address() -> None:
    answers = [fail(1, f"user{number}@example.com")[0] for number in range(60)]
    assert answers == [0] * 50 + [1] * 10
    assert check(buckets_for("user1@example.com", "198.51.100.1")) == 0


def test_a_blocked_address_cannot_run_up_the_counter_of_an_account() -> None:
    for number in range(50):
        fail(1, f"user{number}@example.com")
    fail(20, ALICE)
    assert fail(4, ALICE, "198.51.100.1") == [0, 0, 0, 0]


def test_a_known_device_gets_in_whatever_others_do(clock: Any) -> None:
    cookie = devices.remember(ALICE, None)
    for _ in range(20):
        clock.shift(check(buckets_for(ALICE, ATTACKER)))
        fail(1)
    assert check(buckets_for(ALICE, ATTACKER)) > 800
    assert check(buckets_for(ALICE, ATTACKER, cookie)) == 0
    assert record_failure(buckets_for(ALICE, ATTACKER, cookie)) == 0


def test_a_known_device_is_counted_too_when_it_guesses() -> None:
    cookie = devices.remember(ALICE, None)
    assert fail(6, cookie=cookie) == [0, 0, 0, 0, 0, 1]
    assert check(buckets_for(ALICE, ATTACKER)) == 0


def test_the_cookie_of_a_device_is_good_for_its_own_accounts_alone() -> None:
    cookie = devices.remember("mallory@example.com", None)
    assert devices.find_device(ALICE, cookie) is None
    both = devices.remember(ALICE, cookie)
    assert devices.find_device("Mallory@example.com", both)
    assert devices.find_device(ALICE, both)
    assert devices.remember(ALICE, both) == both
    assert "alice" not in both


@pytest.mark.parametrize("cookie", ["", "~", "a~b", ".~.~.", "x" * 5000, "\ud800~x", "a~b.c~d.e~f.g~h.i~j.k~l"])
def test_a_made_up_cookie_knows_no_device(cookie: str) -> None:
    assert devices.find_device(ALICE, cookie) is None
    assert devices.find_device(ALICE, devices.remember(ALICE, cookie))


def test_a_device_stays_known_while_the_secret_key_is_rotated() -> None:
    cookie = devices.remember(ALICE, None)
    old = settings.current().secrets[0]
    settings.use(Settings(secret_key=f"new-0123456789abcdefghijklmnopqrstuv,{old}"))
    assert devices.find_device(ALICE, cookie)


def test_addresses_of_one_ipv6_network_are_one() -> None:
    for number in range(50):
        fail(1, f"user{number}@example.com", f"2001:db8::{number:x}")
    assert check(buckets_for("x@example.com", "2001:db8::ffff")) == 1
    assert check(buckets_for("x@example.com", "2001:db8:0:1::1")) == 0
    assert buckets_for(ALICE, "::ffff:203.0.113.7") == buckets_for(ALICE, "203.0.113.7")


def test_counters_name_nobody() -> None:
    assert all("alice" not in bucket.key and ATTACKER not in bucket.key for bucket in buckets_for(ALICE, ATTACKER))


def test_failures_are_forgotten_after_a_quiet_day(clock: Any) -> None:
    fail(4)
    clock.shift(24 * 3600 + 1)
    assert fail(4) == [0] * 4
    assert check(buckets_for(ALICE, ATTACKER)) == 0


def test_old_counters_are_swept(clock: Any) -> None:
    fail(1)
    clock.shift(24 * 3600)
    assert throttle.sweep() == 0
    clock.shift(3600)
    assert throttle.sweep() == 2


def test_guesses_at_once_are_counted_one_by_one(stored: Flask) -> None:
    db.session.commit()

    def guess(_: int) -> int:
        with stored.app_context(), unit_of_work():
            return record_failure(buckets_for(ALICE, ATTACKER))

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(guess, range(40)))
    assert answers.count(0) == 5
