"""RFC 6238: seeds that open for their owner alone, steps that are used once, at any number of threads."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update

from idp.config import Settings
from idp.domain.credentials.models import Totp
from idp.domain.credentials.totp import (
    SET_UP_LIFETIME,
    STEP_SECONDS,
    Verdict,
    begin_totp,
    confirm_totp,
    find_totp_since,
    remove_totp,
    rewrap,
    sweep,
    use_totp,
)
from idp.domain.tenant import settings
from idp.domain.users.accounts import create_user
from idp.domain.users.models import User
from idp.infra.crypto import UnwrapError
from idp.infra.db import db, unit_of_work
from tests.domain.credentials.conftest import SECRET
from tests.support.second_factors import code_of

NOW = 1_800_000_015
HERE, THERE = "this browser", "that browser"


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def user(stored: Flask) -> User:
    return create_user("ada@example.com")


def enrolled(user: User, browser: str = HERE) -> str:
    seed = begin_totp(user, browser).secret
    assert confirm_totp(user.id, browser, code_of(seed, -1))
    return seed


def test_the_uri_tells_an_app_what_it_needs(user: User) -> None:
    settings.use(Settings(secret_key=SECRET, name="Example & Co: Login"))
    made = begin_totp(user, HERE)
    assert made.uri.startswith("otpauth://totp/Example%20%26%20Co%3A%20Login:ada%40example.com?secret=")
    assert len(made.secret) == 32
    assert f"secret={made.secret}" in made.uri


def test_a_set_up_is_one_for_a_browser_until_its_first_code(user: User) -> None:
    first = begin_totp(user, HERE).secret
    assert begin_totp(user, HERE).secret == first
    assert begin_totp(user, THERE).secret != first
    assert not confirm_totp(user.id, HERE, "000000")
    assert not confirm_totp(user.id, THERE, code_of(first))
    assert begin_totp(user, HERE).secret == first
    assert find_totp_since(user.id) is None
    assert use_totp(user.id, code_of(first)) is Verdict.WRONG
    assert confirm_totp(user.id, HERE, code_of(first))
    assert find_totp_since(user.id) == (NOW, NOW)
    assert begin_totp(user, HERE).secret != first


def test_a_new_authenticator_app_takes_the_place_of_the_old_one(user: User) -> None:
    old = enrolled(user)
    new = enrolled(user)
    assert use_totp(user.id, code_of(old)) is Verdict.WRONG
    assert use_totp(user.id, code_of(new)) is Verdict.RIGHT


def test_a_set_up_that_nobody_went_on_with_is_forgotten(user: User, clock: Any) -> None:
    first = begin_totp(user, HERE).secret
    clock.shift(SET_UP_LIFETIME)
    assert not confirm_totp(user.id, HERE, code_of(first))
    assert begin_totp(user, HERE).secret != first
    clock.shift(SET_UP_LIFETIME)
    kept = enrolled(user, THERE)
    begin_totp(user, HERE)
    clock.shift(SET_UP_LIFETIME)
    sweep()
    assert db.session.execute(select(Totp.confirmed_at)).scalars().all() == [NOW + 2 * SET_UP_LIFETIME]
    assert use_totp(user.id, code_of(kept)) is Verdict.RIGHT


def test_each_step_is_used_once_and_none_before_it(user: User, clock: Any) -> None:
    seed = enrolled(user)
    assert use_totp(user.id, code_of(seed, 1)) is Verdict.RIGHT
    assert use_totp(user.id, code_of(seed, 1)) is Verdict.USED
    assert use_totp(user.id, code_of(seed)) is Verdict.USED
    clock.shift(2 * STEP_SECONDS)
    assert use_totp(user.id, code_of(seed)) is Verdict.RIGHT


@pytest.mark.parametrize("steps", [-3, -2, 2, 3])
def test_other_steps_are_wrong(user: User, clock: Any, steps: int) -> None:
    seed = enrolled(user)
    clock.shift(10 * STEP_SECONDS)
    assert use_totp(user.id, code_of(seed, steps)) is Verdict.WRONG


@pytest.mark.parametrize("code", ["", "12345", "1234567", "12345a", "\uff11" * 6, "\0" * 6, "-" * 6])
def test_what_is_no_code_is_wrong(user: User, code: str) -> None:
    enrolled(user)
    assert use_totp(user.id, code) is Verdict.WRONG


def test_the_seed_is_stored_wrapped_for_its_owner_alone(user: User) -> None:
    seed = enrolled(user)
    stored = db.session.execute(select(Totp.seed_wrapped)).scalar_one()
    assert seed not in stored
    grace = create_user("grace@example.com")
    db.session.execute(update(Totp).values(user_id=grace.id))
    with pytest.raises(UnwrapError):
        use_totp(grace.id, code_of(seed))


def test_seeds_are_wrapped_anew_under_the_newest_secret_key(user: User) -> None:
    seed = enrolled(user)
    settings.use(Settings(secret_key=f"{'n' * 40},{SECRET}"))
    assert rewrap() == 1
    assert rewrap() == 0
    settings.use(Settings(secret_key="n" * 40))
    assert use_totp(user.id, code_of(seed)) is Verdict.RIGHT


def test_removing_says_whether_there_was_one(user: User) -> None:
    assert not remove_totp(user.id)
    begin_totp(user, HERE)
    assert not remove_totp(user.id)
    enrolled(user)
    assert remove_totp(user.id)
    assert find_totp_since(user.id) is None


def test_of_many_at_once_with_one_code_one_gets_in(store: Flask) -> None:
    with store.app_context(), unit_of_work():
        user = create_user("ada@example.com")
        user_id, seed = user.id, enrolled(user)
    code = code_of(seed)

    def use(_number: int) -> Verdict:
        with store.app_context(), unit_of_work():
            return use_totp(user_id, code)

    with ThreadPoolExecutor(8) as pool:
        verdicts = Counter(pool.map(use, range(24)))
    assert verdicts == {Verdict.RIGHT: 1, Verdict.USED: 23}


def test_of_many_set_ups_at_once_in_one_browser_one_seed_is_left(store: Flask) -> None:
    with store.app_context(), unit_of_work():
        user_id = create_user("ada@example.com").id

    def begin(_number: int) -> str:
        with store.app_context(), unit_of_work():
            return begin_totp(db.session.get_one(User, user_id), HERE).secret

    with ThreadPoolExecutor(8) as pool:
        seeds = set(pool.map(begin, range(16)))
    assert len(seeds) == 1
