"""An account that somebody signed up for by mail and nobody opened goes after a week; what an operator made stays."""

from collections.abc import Callable

import pytest
import time_machine
from flask import Flask

from idp.domain.credentials.passwords import store_hash
from idp.domain.events.queries import list_events
from idp.domain.lifecycle.invitations import invite
from idp.domain.lifecycle.signup import sign_up, sign_up_by_mail
from idp.domain.lifecycle.sweeping import remove_unopened_accounts, sweep_all
from idp.domain.lifecycle.users import block_user
from idp.domain.sessions.browser_sessions import begin_session
from idp.domain.users.accounts import create_user, mark_email_verified
from idp.domain.users.queries import find_user_by_email, get_user
from idp.domain.users.tickets import issue_ticket
from idp.infra import clock
from idp.infra.db import unit_of_work

DAY = 86400
ADDRESS = "ada@example.com"


def by_operator() -> None:
    create_user(ADDRESS)


def by_invitation() -> None:
    invite(ADDRESS, None)


def invited_later() -> None:
    sign_up_by_mail(ADDRESS)
    invite(ADDRESS, None)


def with_password() -> None:
    sign_up(ADDRESS, "hash", None, None)


def then_confirmed() -> None:
    sign_up_by_mail(ADDRESS)
    mark_email_verified(get_user(ADDRESS))


def then_signed_in() -> None:
    sign_up_by_mail(ADDRESS)
    begin_session(get_user(ADDRESS), ["otp"])


def then_blocked() -> None:
    sign_up_by_mail(ADDRESS)
    block_user(get_user(ADDRESS))


def with_password_later() -> None:
    sign_up_by_mail(ADDRESS)
    store_hash(get_user(ADDRESS).id, "hash")


def is_kept(app: Flask) -> bool:
    with app.app_context(), unit_of_work():
        remove_unopened_accounts()
    with app.app_context():
        return find_user_by_email(ADDRESS) is not None


def test_nobody_opened_it(app: Flask) -> None:
    with app.app_context(), unit_of_work():
        sign_up_by_mail(ADDRESS)
        user_id = get_user(ADDRESS).id
    with time_machine.travel(clock.now() + 7 * DAY - 60):
        assert is_kept(app)
    with time_machine.travel(clock.now() + 7 * DAY + 60):
        with app.app_context(), unit_of_work():
            issue_ticket(get_user(ADDRESS), "reset_password")
        assert is_kept(app)  # a link is on its way
    with time_machine.travel(clock.now() + 9 * DAY), app.app_context():
        sweep_all()
        assert find_user_by_email(ADDRESS) is None
        told = list_events(user_id=user_id)[0]
        assert (told.name, (told.details or {})["by"]) == ("user.deleted", "nobody opened it")


@pytest.mark.parametrize(
    "made",
    [
        by_operator,
        by_invitation,
        invited_later,
        with_password,
        with_password_later,
        then_confirmed,
        then_signed_in,
        then_blocked,
    ],
)
def test_somebody_uses_it_or_an_operator_wants_it(app: Flask, made: Callable[[], None]) -> None:
    with app.app_context(), unit_of_work():
        made()
    with time_machine.travel(clock.now() + 20 * DAY):
        assert is_kept(app)
