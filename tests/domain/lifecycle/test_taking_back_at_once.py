"""An address is one account's whatever happens in the same instant, and whoever is taken back from does not keep it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

from idp.domain.errors import NotFoundError
from idp.domain.lifecycle.email_change import AddressTakenError, confirm_email_change
from idp.domain.lifecycle.signup import sign_up
from idp.domain.lifecycle.taking_back import undo_email_change
from idp.domain.users.accounts import EmailTakenError, create_user
from idp.domain.users.queries import get_user
from idp.domain.users.tickets import issue_ticket
from idp.infra.db import db, unit_of_work


def test_signing_up_in_the_instant_of_the_change_or_of_the_way_back(store: Flask) -> None:
    """Whichever comes first, the owner has the account in the end, and the address is one account's."""
    for number in range(6):
        email = f"bob{number}@example.com"
        with store.app_context(), unit_of_work():
            user = create_user(email, verified=True)
            user_id, change = user.id, issue_ticket(user, "change_email", address=f"thief{number}@example.com")

        def change_it(user_id: str = user_id, change: str = change) -> None:
            confirm_email_change(get_user(user_id), change)

        def claim_it(email: str = email) -> None:
            sign_up(email, "hash", None, None)

        _together(store, change_it, claim_it, claim_it)
        with store.app_context():
            assert get_user(user_id).email == f"thief{number}@example.com"
            with pytest.raises(NotFoundError):
                get_user(email)


def test_claiming_in_the_instant_in_which_it_is_taken_back(store: Flask) -> None:
    for number in range(6):
        email = f"bob{number}@example.com"
        with store.app_context(), unit_of_work():
            user = create_user(f"thief{number}@example.com", verified=True)
            user_id, undo = user.id, issue_ticket(user, "undo_email", address=email)
        taken: list[str | None] = []

        def take_back(undo: str = undo, taken: list[str | None] = taken) -> None:
            taken.append(undo_email_change(undo))

        def claim_it(email: str = email) -> None:
            sign_up(email, "hash", None, None)

        _together(store, claim_it, take_back, claim_it, take_back)
        with store.app_context():
            assert len([each for each in taken if each is not None]) == 1
            assert get_user(email).id == user_id


def _together(app: Flask, *works: Callable[[], None]) -> None:
    def run(work: Callable[[], None]) -> None:
        with app.app_context():
            try:
                with unit_of_work():
                    work()
            except (EmailTakenError, AddressTakenError):
                pass
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(works)) as threads:
        list(threads.map(run, works))
