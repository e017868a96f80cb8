"""A second factor that comes or goes is told, and ends the logins that waited for it."""

from typing import Any

import pytest
from sqlalchemy import select

from idp.domain.credentials.factors import enrolled_factors
from idp.domain.credentials.recovery_codes import count_recovery_codes
from idp.domain.credentials.totp import begin_totp
from idp.domain.events.models import Event
from idp.domain.lifecycle.factors import (
    LastFactorError,
    add_totp,
    drop_totp,
    make_recovery_codes,
    reset_factors,
    spend_recovery_code,
)
from idp.domain.sessions.pending_logins import begin_pending, find_pending
from idp.domain.tenant.login_policy import change_login_policy
from idp.domain.users.accounts import create_user
from idp.domain.users.mails import KIND
from idp.domain.users.models import User
from idp.infra.db import commit, db
from idp.infra.jobs import list_kept
from tests.support.second_factors import code_of

HERE = "this browser"


@pytest.fixture
def user(work: None) -> User:
    return create_user("ada@example.com")


def add(user: User, pending: str | None = None) -> None:
    assert add_totp(user, HERE, code_of(begin_totp(user, HERE).secret), pending)


def events(name: str) -> list[Any]:
    commit()
    return list(db.session.execute(select(Event.details).where(Event.name == name)).scalars())


def mails() -> list[str]:
    return [kept.payload["context"]["what"]["key"] for kept in list_kept(KIND)]


def test_adding_is_told_and_ends_other_logins_that_wait(user: User) -> None:
    mine, other = (begin_pending(user.id, "password", ("pwd",)) for _ in range(2))
    add(user, mine)
    assert find_pending(mine) is not None
    assert find_pending(other) is None
    assert events("factor.added") == [{"factor": "totp"}]
    assert mails() == ["An authenticator app was added to your account."]


def test_a_wrong_first_code_changes_nothing(user: User) -> None:
    waiting = begin_pending(user.id, "password", ("pwd",))
    begin_totp(user, HERE)
    assert not add_totp(user, HERE, "000000")
    assert find_pending(waiting) is not None
    assert mails() == []


def test_removing_is_told_takes_the_recovery_codes_along_and_ends_logins_that_wait(user: User) -> None:
    add(user)
    make_recovery_codes(user)
    waiting = begin_pending(user.id, "password", ("pwd",))
    drop_totp(user)
    assert enrolled_factors(user.id) == frozenset()
    assert count_recovery_codes(user.id) == 0
    assert find_pending(waiting) is None
    went = [{"factor": name, "by": "the user"} for name in ("recovery_code", "totp")]
    assert events("factor.removed") == went
    assert mails()[0] == "The authenticator app was removed from your account, and the recovery codes with it."
    drop_totp(user)
    assert events("factor.removed") == went


def test_another_app_in_the_place_of_the_one_before_is_told_as_such(user: User) -> None:
    add(user)
    add(user)
    assert events("factor.added") == [{"factor": "totp"}] * 2
    assert events("factor.removed") == [{"factor": "totp", "by": "the user"}]
    assert mails()[0] == "The authenticator app of your account was replaced by another one."


def test_without_recovery_codes_none_are_told_of(user: User) -> None:
    add(user)
    drop_totp(user)
    assert events("factor.removed") == [{"factor": "totp", "by": "the user"}]
    assert mails()[0] == "The authenticator app was removed from your account."


def test_the_last_factor_stays_where_one_is_required(user: User) -> None:
    add(user)
    change_login_policy(second_factor="required")
    with pytest.raises(LastFactorError):
        drop_totp(user)
    assert enrolled_factors(user.id) == {"totp"}


def test_an_operator_takes_all_of_them_in_any_policy(user: User) -> None:
    add(user)
    make_recovery_codes(user)
    change_login_policy(second_factor="required")
    waiting = begin_pending(user.id, "password", ("pwd",))
    assert reset_factors(user) == ["recovery_code", "totp"]
    assert enrolled_factors(user.id) == frozenset()
    assert find_pending(waiting) is None
    assert [each["by"] for each in events("factor.removed")] == ["an operator"] * 2
    assert "The second step of your sign-in was reset by the people who run it." in mails()


def test_recovery_codes_are_told_when_made_and_when_used(user: User) -> None:
    codes = make_recovery_codes(user)
    assert spend_recovery_code(user, codes[0])
    assert not spend_recovery_code(user, codes[0])
    assert events("recovery_codes.made") == [None]
    assert events("recovery_code.used") == [{"left": 9}]
    assert set(mails()) == {
        "New recovery codes were made for your account.",
        "A recovery code was used to sign in to your account.",
    }
