"""What an account page refuses has a reference, quietly: the log has under it who, what was expected and what came."""

from typing import Any

import pytest
import time_machine
from flask import Flask

from idp.domain.events.queries import list_events_of_reference
from idp.domain.users.queries import get_user
from idp.domain.users.tickets import LIFETIMES, Purpose, issue_ticket
from idp.infra import clock
from idp.infra.db import unit_of_work
from tests.account.conftest import STALE, TWO_FACTORS, Visitor, visitor
from tests.account.test_profile import picture, upload
from tests.login.test_references import has_reference_line, shows_its_reference
from tests.support.browser import Browser
from tests.support.factories import make_user
from tests.support.second_factors import enrol_totp, set_policy

NEW = "ada.king@example.org"
SPENT: tuple[tuple[str, Purpose], ...] = (
    ("/u/reset-password", "reset_password"),
    ("/u/invitation", "invite"),
    ("/u/signup/finish", "sign_up"),
    ("/u/undo-email", "undo_email"),
    ("/u/verify-email", "verify_email"),
    ("/account/email/confirm", "change_email"),
)


def finds(app: Flask, browser: Browser, user_id: str | None, check: str) -> dict[str, Any]:
    """The page shows a reference; the log has one reason under it, about this person."""
    assert browser.page.status_code in {400, 413, 422, 429}
    assert has_reference_line(browser)
    assert shows_its_reference(browser)
    with app.app_context():
        found = list_events_of_reference(browser.page.headers["X-Request-Id"])
        (event,) = [each for each in found if each.outcome == "refused"]
        details: dict[str, Any] = event.details or {}
        assert (event.user_id, details["check"]) == (user_id, check)
    assert {"check", "expected", "received"} <= set(details)
    return details


def ticket_of(app: Flask, user_id: str, purpose: Purpose, address: str = NEW) -> str:
    with app.app_context(), unit_of_work():
        return issue_ticket(get_user(user_id), purpose, address=address)


def test_a_wrong_password_and_too_many(app: Flask, user_id: str) -> None:
    ada = visitor(app, user_id, age=STALE)
    ada.get("/account/password")
    while ada.page.status_code != 429:
        ada.submit("password-submit", current_password="wrong", password="purple elephants dance slowly")
        finds(app, ada, user_id, "password" if ada.page.status_code != 429 else "failures before")


def test_an_app_that_shows_another_code(app: Flask, ada: Visitor, user_id: str) -> None:
    ada.get("/account/totp")
    ada.submit("totp-set-up-submit", code="000000")
    finds(app, ada, user_id, "totp")


def test_a_passkey_that_is_not_accepted(app: Flask, ada: Visitor, user_id: str) -> None:
    ada.get("/account/passkeys/add")
    ada.submit("passkey-create", credential="{}")
    assert finds(app, ada, user_id, "passkey")["received"]


def test_a_picture_that_is_too_large_to_be_read(app: Flask, ada: Visitor, user_id: str) -> None:
    upload(ada, picture() + b"\0" * 1_500_000)
    assert ada.page.status_code == 413
    assert "bytes" in finds(app, ada, user_id, "size of the request")["received"]


def test_the_last_of_what_is_needed(app: Flask, user_id: str) -> None:
    set_policy(app, first=("password",))
    ada = visitor(app, user_id)
    ada.get("/account")
    fields = {"csrf_token": ada.forms[0].fields["csrf_token"]}
    ada.post("/account/password/remove", fields)
    finds(app, ada, user_id, "what is left to sign in with")
    set_policy(app, second=("totp",), second_factor="required")
    enrol_totp(app, user_id)
    strong = visitor(app, user_id, amr=TWO_FACTORS)
    strong.get("/account/totp")
    strong.submit("totp-remove")
    finds(app, strong, user_id, "what is left to sign in with")


def test_an_address_that_was_taken_meanwhile(app: Flask, ada: Visitor, user_id: str) -> None:
    ada.get("/account/email/confirm", ticket=ticket_of(app, user_id, "change_email"))
    make_user(app, NEW)
    ada.submit("email-confirm")
    found = finds(app, ada, user_id, "address")
    assert found["received"] == "one that another account has, or may have back"
    assert "Another account has this address" in ada.told()


@pytest.mark.parametrize(("path", "purpose"), SPENT)
def test_a_link_that_is_too_old_or_none(app: Flask, ada: Visitor, user_id: str, path: str, purpose: Purpose) -> None:
    token = ticket_of(app, user_id, purpose)
    with time_machine.travel(clock.now(), tick=False):
        for ticket, received in ((token, "one that is too old"), ("x", "one that is unknown"), ("", "none")):
            with time_machine.travel(clock.now() + LIFETIMES[purpose] + 1, tick=False):
                browser = visitor(app, user_id)
                browser.get(path, ticket=ticket)
            found = finds(app, browser, user_id, "link")
            assert found["expected"] == f"one to {purpose} that is good"
            assert found["received"].startswith(received)


def test_a_link_of_somebody_else(app: Flask, ada: Visitor, user_id: str) -> None:
    bob = make_user(app, "bob@example.com")
    ada.get("/account/email/confirm", ticket=ticket_of(app, bob, "change_email"))
    assert finds(app, ada, user_id, "link")["received"].startswith("one of another account")
    ada.get("/u/verify-email", ticket=ticket_of(app, bob, "verify_email", "bob@example.com"))
    finds(app, ada, user_id, "account")


def test_a_link_that_was_used(app: Flask, user_id: str) -> None:
    browser = Browser(app)
    browser.get("/u/reset-password", ticket=(token := ticket_of(app, user_id, "reset_password", "ada@example.com")))
    browser.submit("reset-submit", password="purple elephants dance slowly")
    browser.get("/u/reset-password", ticket=token)
    assert finds(app, browser, user_id, "link")["received"] == "one that was used"


def test_a_forged_form_is_told_of_whoever_is_signed_in(app: Flask, ada: Visitor, user_id: str) -> None:
    ada.post("/account", {}, Origin="https://evil.example")
    with app.app_context():
        (event,) = list_events_of_reference(ada.page.headers["X-Request-Id"])
        assert event.user_id == user_id


@pytest.mark.parametrize(
    ("page", "button", "typed"),
    [
        ("/account", "profile-submit", {"name": "x" * 101}),
        ("/account/email", "email-submit", {"email": "ada"}),
        ("/account/password", "password-submit", {"password": "short"}),
        ("/account/totp", "totp-set-up-submit", {"code": ""}),
        ("/account/delete", "delete-submit", {"email": "bob"}),
    ],
)
def test_what_a_field_says_of_itself_has_none(ada: Visitor, page: str, button: str, typed: dict[str, str]) -> None:
    ada.get(page)
    ada.submit(button, **typed)
    assert ada.page.status_code == 422
    assert not has_reference_line(ada)
