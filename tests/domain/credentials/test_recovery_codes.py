"""Recovery codes: each opens once, however it is typed; only a keyed hash of it is stored."""

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import select

from idp.config import Settings
from idp.domain.credentials.models import RecoveryCode
from idp.domain.credentials.recovery_codes import (
    count_recovery_codes,
    remove_recovery_codes,
    renew_recovery_codes,
    use_recovery_code,
)
from idp.domain.tenant import settings
from idp.domain.users.accounts import create_user
from idp.infra.db import db, unit_of_work
from tests.domain.credentials.conftest import SECRET


@pytest.fixture
def user_id(stored: Flask) -> str:
    return create_user("ada@example.com").id


def test_there_are_ten_of_eighty_bits(user_id: str) -> None:
    codes = renew_recovery_codes(user_id)
    assert len(set(codes)) == count_recovery_codes(user_id) == 10
    assert all(re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}", code) for code in codes)


def test_each_is_good_once(user_id: str) -> None:
    codes = renew_recovery_codes(user_id)
    assert use_recovery_code(user_id, codes[0])
    assert not use_recovery_code(user_id, codes[0])
    assert use_recovery_code(user_id, codes[1])
    assert count_recovery_codes(user_id) == 8


def test_case_spaces_dashes_and_letters_that_look_like_digits_do_not_matter(user_id: str) -> None:
    for code in renew_recovery_codes(user_id):
        plain = code.replace("-", "")
        typed = " ".join((plain[:3], plain[3:9], plain[9:])).lower().replace("0", "o").replace("1", "i")
        assert use_recovery_code(user_id, f"\t{typed} ")


@pytest.mark.parametrize("typed", ["", "-", " ", "\0", "é" * 16, "A" * 100_000, "0000-0000-0000-0000"])
def test_what_is_none_is_refused(user_id: str, typed: str) -> None:
    renew_recovery_codes(user_id)
    assert not use_recovery_code(user_id, typed)


def test_part_of_one_or_more_than_one_is_none(user_id: str) -> None:
    codes = renew_recovery_codes(user_id)
    assert not use_recovery_code(user_id, codes[0][:-1])
    assert not use_recovery_code(user_id, codes[0] + "0")
    assert not use_recovery_code(user_id, "-".join(reversed(codes[0].split("-")))) or codes[0][:4] == codes[0][-4:]
    assert not use_recovery_code(user_id, codes[0] + codes[1])


def test_new_ones_end_the_old_ones(user_id: str) -> None:
    old = renew_recovery_codes(user_id)
    new = renew_recovery_codes(user_id)
    assert not use_recovery_code(user_id, old[0])
    assert use_recovery_code(user_id, new[0])


def test_they_are_good_for_their_owner_alone(user_id: str) -> None:
    code = renew_recovery_codes(user_id)[0]
    assert not use_recovery_code(create_user("grace@example.com").id, code)


def test_they_survive_a_new_secret_key_while_the_old_one_is_known(user_id: str) -> None:
    codes = renew_recovery_codes(user_id)
    settings.use(Settings(secret_key=f"{'n' * 40},{SECRET}"))
    assert use_recovery_code(user_id, codes[0])


def test_nothing_that_is_stored_opens(user_id: str) -> None:
    codes = renew_recovery_codes(user_id)
    stored = db.session.execute(select(RecoveryCode.code_hash)).scalars().all()
    assert not set(stored) & {code.replace("-", "") for code in codes}
    assert not any(use_recovery_code(user_id, each) for each in stored)


def test_removing_says_whether_any_was_left(user_id: str) -> None:
    assert not remove_recovery_codes(user_id)
    renew_recovery_codes(user_id)
    assert remove_recovery_codes(user_id)
    assert count_recovery_codes(user_id) == 0


def test_of_many_at_once_with_one_code_one_gets_in(store: Flask) -> None:
    with store.app_context(), unit_of_work():
        user_id = create_user("ada@example.com").id
        code = renew_recovery_codes(user_id)[0]

    def use(_number: int) -> bool:
        with store.app_context(), unit_of_work():
            return use_recovery_code(user_id, code)

    with ThreadPoolExecutor(8) as pool:
        assert Counter(pool.map(use, range(24))) == {True: 1, False: 23}
