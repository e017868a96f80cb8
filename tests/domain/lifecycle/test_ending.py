"""When everything of a person's ends, a login that waits for its second factor ends with it."""

from collections.abc import Callable

import pytest
from flask import Flask

from idp.domain.lifecycle.users import block_user, end_everything, unblock_user
from idp.domain.sessions.pending_logins import begin_pending, claim_pending
from idp.domain.users.models import User
from idp.domain.users.queries import get_user
from idp.infra.db import unit_of_work
from tests.support.factories import make_user


def set_by_an_operator(user: User) -> None:
    end_everything(user, "the password was set by an operator")


def blocked_and_let_in_again(user: User) -> None:
    block_user(user)
    unblock_user(user)


@pytest.mark.parametrize("happens", [set_by_an_operator, blocked_and_let_in_again])
def test_what_waits_for_a_second_factor_ends_too(app: Flask, happens: Callable[[User], None]) -> None:
    user_id = make_user(app)
    with app.app_context(), unit_of_work():
        cookie = begin_pending(user_id, "password", ("pwd",))
    with app.app_context(), unit_of_work():
        happens(get_user(user_id))
    with app.app_context(), unit_of_work():
        assert claim_pending(cookie) is None
