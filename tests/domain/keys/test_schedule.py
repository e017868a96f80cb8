"""Keys that rotate by themselves: over months, by many processes at once, while verifiers keep what they fetched."""

import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier

import orjson
import pytest
import time_machine
from flask import Flask

from idp.config import Settings
from idp.domain.keys import keyring, queries, rotation
from idp.domain.lifecycle.sweeping import SWEEPS
from idp.domain.tenant import config_version, settings
from idp.domain.tenant.models import TENANT_ID, Tenant
from idp.infra import jwt
from idp.infra.db import db, unit_of_work
from idp.infra.jwt import Expected

NOW = 1_800_000_000
HOUR, DAY = 3600, 86400
MONTH = 30
SECRET = "old-0123456789abcdefghijklmnopqrstuv"
Travel = Callable[[float], None]


@pytest.fixture(autouse=True)
def _tenant(stored: Flask) -> Iterator[None]:
    rotate_every(MONTH)
    db.session.add(Tenant(id=TENANT_ID))
    db.session.commit()
    config_version.cache.clear()
    yield
    config_version.cache.clear()


@pytest.fixture
def travel() -> Iterator[Travel]:
    """Let time go by; every cache of this process looks again."""
    with time_machine.travel(NOW, tick=False) as clock:
        with unit_of_work():
            rotation.ensure("ES256")

        def shift(seconds: float) -> None:
            clock.shift(seconds)
            config_version.cache.clear()

        config_version.cache.clear()
        yield shift


def rotate_every(days: int) -> None:
    settings.use(Settings(secret_key=SECRET, key_rotation_days=days))


def sweep() -> None:
    for task in (rotation.rotate_due, rotation.sweep):
        with unit_of_work():
            task()
    config_version.cache.clear()


@dataclass
class Verifier:
    """A relying party that keeps a JWK Set for exactly as long as it may, and fetches it for no other reason."""

    fetches_at: float
    keys: tuple[jwt.VerificationKey, ...] = ()

    def knows(self, token: str, now: float) -> bool:
        while self.fetches_at <= now:
            self.fetches_at += rotation.JWKS_MAX_AGE
            self.keys = tuple(jwt.public_keys(orjson.loads(keyring.jwks())))
        try:
            jwt.verify(token, self.keys, Expected(required=()))
        except jwt.InvalidToken:
            return False
        return True


def signed() -> str:
    return jwt.sign({}, keyring.active_key("ES256"), "JWT")


def test_over_200_days_there_is_always_one_key_that_signs_and_every_verifier_knows_it(travel: Travel) -> None:
    chance = random.Random(8)
    published: dict[str, float] = {}
    used, now = set[str](), 0.0
    while now < 200 * DAY:
        sweep()
        [active] = queries.list_keys("active")
        for jwk in orjson.loads(keyring.jwks())["keys"]:
            published.setdefault(jwk["kid"], now)
        assert keyring.active_key("ES256").kid == active.kid
        assert now == 0 or published[active.kid] == 0 or now - published[active.kid] > rotation.JWKS_MAX_AGE
        assert len(queries.list_keys("next")) <= 1
        used.add(active.kid)
        passed = chance.uniform(0.1, 2 if queries.list_keys("next") else 24) * HOUR
        travel(passed)
        now += passed
    assert len(used) == 200 // MONTH + 1
    assert all(published[kid] <= index * MONTH * DAY for index, kid in enumerate(published)), "published a day ahead"


def test_what_a_key_signed_is_good_for_as_long_as_it_may_live_and_then_the_key_goes(travel: Travel) -> None:
    rotate_every(1)
    token, first = signed(), keyring.active_key("ES256").kid
    sweep()
    travel(DAY)
    sweep()
    assert keyring.active_key("ES256").kid != first
    for _ in range(rotation.LONGEST_TOKEN // DAY):
        assert Verifier(0).knows(token, 0)
        travel(DAY)
        sweep()
    travel(DAY)
    sweep()
    assert not Verifier(0).knows(token, 0)
    assert queries.get_key(first).state == "gone"


def test_the_next_key_is_published_a_day_ahead_and_one_made_by_command_waits_its_turn(travel: Travel) -> None:
    travel((MONTH - 1) * DAY - 1)
    sweep()
    assert queries.list_keys("next") == []
    travel(1)
    sweep()
    [waiting] = queries.list_keys("next")
    travel(DAY - 1)
    sweep()
    assert [row.kid for row in queries.list_keys("next")] == [waiting.kid]
    travel(1)
    sweep()
    assert [row.kid for row in queries.list_keys("active")] == [waiting.kid]


def test_after_a_long_stop_the_new_key_is_still_published_before_it_signs(travel: Travel) -> None:
    first = keyring.active_key("ES256").kid
    travel(400 * DAY)
    for _ in range(3):
        sweep()
        assert keyring.active_key("ES256").kid == first
        travel(300)
    sweep()
    assert keyring.active_key("ES256").kid != first


def test_zero_days_is_never(travel: Travel) -> None:
    rotate_every(0)
    first = keyring.active_key("ES256").kid
    travel(1000 * DAY)
    sweep()
    assert [row.kid for row in queries.list_keys()] == [first]


def test_the_sweep_of_every_process_does_it() -> None:
    assert rotation.rotate_due in SWEEPS


def test_of_many_processes_that_sweep_at_once_one_makes_the_key_and_one_promotes_it(
    store: Flask, travel: Travel
) -> None:
    def all_at_once() -> None:
        ready = Barrier(6)

        def one(_: int) -> None:
            with store.app_context():
                ready.wait()
                with unit_of_work():
                    rotation.rotate_due()

        with ThreadPoolExecutor(6) as pool:
            list(pool.map(one, range(6)))

    travel((MONTH - 1) * DAY)
    all_at_once()
    assert sorted(row.state for row in queries.list_keys()) == ["active", "next"]
    db.session.rollback()
    travel(DAY)
    all_at_once()
    assert sorted(row.state for row in queries.list_keys()) == ["active", "retired"]


@pytest.mark.spec("OIDC Core 1.0", "10.1.1", "keys rotate: no verifier with a cached set meets one unknown")
def test_no_verification_ever_fails_while_keys_rotate_every_few_seconds(travel: Travel) -> None:
    verifiers = [Verifier(fetches_at=at - rotation.JWKS_MAX_AGE) for at in range(0, rotation.JWKS_MAX_AGE, 150)]
    signers, failed, now, tokens = set[str](), 0, 0.0, [signed()]
    for _ in range(700):
        with unit_of_work():
            rotation.rotate("ES256")
        config_version.cache.clear()
        signers.add(keyring.active_key("ES256").kid)
        tokens = [signed(), tokens[0]]
        failed += sum(not verifier.knows(token, now) for verifier in verifiers for token in tokens)
        travel(5)
        now += 5
    assert failed == 0
    assert len(signers) > 5, "it did rotate"
