"""Guessing is slow, at any number of threads; the owner of an account is never locked out by others."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import time_machine
from flask import Flask

from idp.config import Settings
from idp.domain.credentials import devices, throttle
from idp.domain.credentials.throttle import Factor, buckets_for, check, clear, record_failure
from idp.domain.tenant import settings
from idp.infra.db import db, unit_of_work

NOW = 1_800_000_000
ALICE, ATTACKER = "alice@example.com", "203.0.113.7"
#: The ids of two accounts.
OWN, OTHER = "auth0|alice", "auth0|mallory"


@pytest.fixture(autouse=True)
def clock(stored: Flask) -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def fail(
    count: int, who: str = ALICE, where: str = ATTACKER, device: str | None = None, factor: Factor = "first"
) -> list[int]:
    return [record_failure(buckets_for(who, where, device, factor=factor)) for _ in range(count)]


def spend(clock: Any, count: int, where: str, device: str | None = None) -> int:
    """Wrong second factors, each as soon as it is taken; how many seconds it took."""
    began = time.time()
    for _ in range(count):
        clock.shift(check(buckets_for(ALICE, where, device, factor="second")))
        assert fail(1, where=where, device=device, factor="second") == [0]
    return int(time.time() - began)


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


def test_an_account_that_takes_no_tries_uses_up_none_of_its_network() -> None:
    fail(70)
    assert fail(1, "bob@example.com") == [0]
    assert fail_spread(44) == 0


def test_a_known_device_gets_in_whatever_others_do(clock: Any) -> None:
    for _ in range(20):
        clock.shift(check(buckets_for(ALICE, ATTACKER)))
        fail(1)
    assert check(buckets_for(ALICE, ATTACKER)) > 800
    assert check(buckets_for(ALICE, ATTACKER, "device")) == 0
    assert record_failure(buckets_for(ALICE, ATTACKER, "device")) == 0


def test_a_known_device_is_counted_too_when_it_guesses() -> None:
    assert fail(6, device="device") == [0, 0, 0, 0, 0, 1]
    assert check(buckets_for(ALICE, ATTACKER)) == 0


def test_second_factors_are_counted_for_the_account_wherever_it_is(clock: Any) -> None:
    """NIST SP 800-63B-4 §3.2.2: no more than 100 failures in a row, however many devices take turns."""
    for number in range(10):
        assert fail(5, where=f"198.51.100.{number}", device=f"device {number}", factor="second") == [0] * 5
    assert fail(1, where="192.0.2.1", device="a new one", factor="second") == [1]
    assert 24 * 3600 < spend(clock, 17, "192.0.2.1", "a new one") < 48 * 3600
    assert check(buckets_for(ALICE, ATTACKER, factor="second")) == 24 * 3600
    assert check(buckets_for(ALICE, ATTACKER)) == 0


def test_a_known_device_takes_second_factors_whatever_few_strangers_do(clock: Any) -> None:
    fail(30, where="192.0.2.1", factor="second")
    spend(clock, 12, "192.0.2.1")
    assert check(buckets_for(ALICE, "192.0.2.1", factor="second")) > 60
    buckets = buckets_for(ALICE, ATTACKER, "device", factor="second")
    assert record_failure(buckets) == 0
    clear(buckets)
    assert fail(5, where="198.51.100.1", device="another", factor="second") == [0] * 5


def test_failures_in_a_row_are_kept_for_a_month(clock: Any) -> None:
    for number in range(10):
        fail(5, where=f"198.51.100.{number}", device=f"device {number}", factor="second")
    clock.shift(3 * 86400)
    throttle.sweep()
    assert fail(1, device="device", factor="second") == [0]
    assert check(buckets_for(ALICE, ATTACKER, "other", factor="second")) == 2
    clock.shift(30 * 86400 + 3)
    assert throttle.sweep() > 0
    assert fail(5, device="device", factor="second") == [0] * 5


def test_codes_by_mail_are_counted_by_network_before_all_of_them_together(clock: Any) -> None:
    assert fail(7, factor="mail") == [0] * 5 + [1] * 2
    assert fail(1, where="198.51.100.1", factor="mail") == [0]
    for number in range(11):
        fail(4, where=f"192.0.2.{number}", factor="mail")
    assert fail(1, where="198.51.100.2", factor="mail") == [1]
    assert check(buckets_for(ALICE, "198.51.100.2", "device", factor="mail")) == 0


def test_a_device_is_known_to_its_own_accounts_alone() -> None:
    cookie = devices.remember(OTHER, None)
    assert devices.find_device(OWN, cookie) is None
    assert devices.find_device(None, cookie) is None
    both = devices.remember(OWN, cookie)
    assert devices.find_device(OTHER, both)
    assert devices.find_device(OWN, both)
    assert devices.remember(OWN, both) == both
    assert "alice" not in both


@pytest.mark.parametrize("cookie", ["", "~", "a~b", ".~.~.", "x" * 5000, "\ud800~x", "a~b.c~d.e~f.g~h.i~j.k~l"])
def test_a_made_up_cookie_knows_no_device(cookie: str) -> None:
    assert devices.find_device(OWN, cookie) is None
    assert devices.find_device(OWN, devices.remember(OWN, cookie))


def test_a_device_stays_known_while_the_secret_key_is_rotated() -> None:
    cookie = devices.remember(OWN, None)
    old = settings.current().secrets[0]
    settings.use(Settings(secret_key=f"new-0123456789abcdefghijklmnopqrstuv,{old}"))
    assert devices.find_device(OWN, cookie)


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
