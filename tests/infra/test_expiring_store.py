"""The contract of expiring stores: each one runs it."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine

from idp.infra.expiring_store import ExpiringStore, MemoryStore, RedisStore, StoreUnavailableError, open_store
from tests.support.ports import free_port


@pytest.fixture(params=["memory", "redis"])
def expiring(request: pytest.FixtureRequest) -> ExpiringStore:
    return open_store(None if request.param == "memory" else request.getfixturevalue("redis_url"))


def wait_until_gone(store: ExpiringStore, key: str) -> None:
    deadline = time.monotonic() + 5
    while store.get(key) is not None:
        assert time.monotonic() < deadline, "it never vanished"
        time.sleep(0.02)


def test_a_value_is_there_until_it_vanishes(expiring: ExpiringStore) -> None:
    assert expiring.get("a") is None
    expiring.set("a", b"\x00\xff", 1)
    assert expiring.get("a") == b"\x00\xff"
    wait_until_gone(expiring, "a")


def test_setting_again_replaces_value_and_life(expiring: ExpiringStore) -> None:
    expiring.set("a", b"1", 1)
    expiring.set("b", b"1", 1)
    expiring.set("a", b"2", 60)
    wait_until_gone(expiring, "b")
    assert expiring.get("a") == b"2"


def test_of_many_who_add_one_wins(expiring: ExpiringStore) -> None:
    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(lambda number: expiring.add("a", b"%d" % number, 60), range(40)))
    assert won.count(True) == 1
    assert expiring.get("a") == b"%d" % won.index(True)


def test_what_has_vanished_can_be_added_again(expiring: ExpiringStore) -> None:
    assert expiring.add("a", b"1", 1)
    wait_until_gone(expiring, "a")
    assert expiring.add("a", b"2", 60)


def test_counting_misses_nobody_and_does_not_prolong(expiring: ExpiringStore) -> None:
    with ThreadPoolExecutor(8) as pool:
        counts = list(pool.map(lambda _: expiring.incr("a", 60), range(40)))
    assert sorted(counts) == list(range(1, 41))
    assert expiring.incr("b", 1) == 1
    assert expiring.incr("b", 60) == 2
    wait_until_gone(expiring, "b")
    assert expiring.incr("b", 60) == 1


def test_deleting_forgets(expiring: ExpiringStore) -> None:
    expiring.set("a", b"1", 60)
    expiring.delete("a")
    expiring.delete("a")
    assert expiring.get("a") is None


def test_memory_is_bounded_and_drops_what_vanishes_soonest() -> None:
    store = MemoryStore(maximum_entries=100)
    store.set("long", b"1", 1000)
    for number in range(500):
        store.set(f"k{number}", b"1", 10)
    assert store.get("long") == b"1"
    assert len(store._entries) <= 100


def test_memory_follows_the_clock() -> None:
    store = MemoryStore()
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        store.set("a", b"1", 60)
        clock.shift(59)
        assert store.get("a") == b"1"
        clock.shift(1)
        assert store.get("a") is None


def test_a_store_that_is_gone_says_so() -> None:
    with pytest.raises(StoreUnavailableError):
        RedisStore(f"redis://127.0.0.1:{free_port()}/0").get("a")
