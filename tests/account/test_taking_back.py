"""Taking a stolen account back works whatever the thief did with its address meanwhile, and nobody else gets that."""

import pytest
import time_machine
from flask import Flask

from idp.domain.errors import NotFoundError
from idp.domain.lifecycle.addresses import confirm_address, confirm_own_address
from idp.domain.lifecycle.deletion import delete_user
from idp.domain.lifecycle.invitations import invite
from idp.domain.users.accounts import EmailTakenError, create_user
from idp.domain.users.queries import get_user
from idp.domain.users.tickets import LIFETIMES, issue_ticket
from idp.infra import clock
from idp.infra.db import unit_of_work
from tests.account.conftest import Mails, Visitor, link_in, see, visitor
from tests.account.test_email import NEW, ask, link_to
from tests.login.test_references import shows_its_reference, told
from tests.support.browser import Browser
from tests.support.factories import EMAIL, make_user
from tests.support.protocol import Protocol
from tests.support.second_factors import set_policy
from tests.support.stampede import at_once

OTHER = "purple elephants dance slowly"


def undo_after_change(browser: Visitor, mails: Mails) -> str:
    """The address goes from EMAIL to NEW; the link that the first gets."""
    ask(browser)
    browser.get(link_to(mails, NEW))
    browser.submit("email-confirm")
    return link_in(next(mail.text for mail in mails() if "It was" in mail.text and mail.to == EMAIL))


@pytest.fixture
def undo(ada: Visitor, mails: Mails) -> str:
    """The account is stolen."""
    return undo_after_change(ada, mails)


def sign_up_with(app: Flask, email: str) -> Browser:
    browser = Browser(app)
    browser.get("/u/signup")
    browser.submit("signup-submit", email=email, password=OTHER)
    return browser


def has_account(app: Flask, user_id: str) -> bool:
    with app.app_context():
        try:
            get_user(user_id)
        except NotFoundError:
            return False
        return True


@pytest.fixture
def unproved_undo(app: Flask, ada: Visitor, user_id: str, mails: Mails) -> str:
    """The account is stolen before its owner has confirmed the address: that is not kept."""
    with app.app_context(), unit_of_work():
        get_user(user_id).email_verified = False
    return undo_after_change(ada, mails)


@pytest.fixture
def claim(app: Flask, unproved_undo: str) -> tuple[str, Browser]:
    """Who signed up with the address before: the id, and the browser."""
    browser = sign_up_with(app, EMAIL)
    with app.app_context():
        return get_user(EMAIL).id, browser


def test_a_mere_claim_of_the_address_goes_for_its_owner(  # noqa: PLR0917
    app: Flask, user_id: str, unproved_undo: str, claim: tuple[str, Browser], mails: Mails, protocol: Protocol
) -> None:
    claimed, thief = claim
    assert thief.get("/account").request.path == "/account"
    owner = Browser(app)
    owner.get(unproved_undo)
    assert "nobody has confirmed it" in owner.page.text
    assert has_account(app, claimed)
    owner.submit("undo-submit")
    assert owner.page.request.path == "/u/reset-password"
    assert see(app, user_id)["email"] == EMAIL
    assert not has_account(app, claimed)
    assert thief.get("/account").request.path == "/u/login"
    assert [each["by"] for each in protocol.events("user.deleted")] == ["the owner of the address before"]
    to_owner = [mail.subject for mail in mails() if mail.to == EMAIL]
    assert "An account that claimed your e-mail address was deleted" in to_owner
    assert "Your account was deleted" not in to_owner
    owner.submit("reset-submit", password=OTHER)
    assert "Your password is changed" in owner.page.text


def test_so_does_one_that_its_owner_disowned(
    app: Flask, user_id: str, unproved_undo: str, claim: tuple[str, Browser], mails: Mails
) -> None:
    verify = link_in(next(mail.text for mail in mails() if mail.subject == "Confirm your e-mail address"))
    owner = Browser(app)
    owner.get(verify)
    owner.submit("verify-deny")
    owner.get(unproved_undo)
    owner.submit("undo-submit")
    assert see(app, user_id)["email"] == EMAIL


def test_of_eight_who_take_it_from_a_claim_one_does(
    app: Flask, user_id: str, unproved_undo: str, claim: tuple[str, Browser]
) -> None:
    owner = Browser(app)
    owner.get(unproved_undo)
    answers = at_once(app, owner, 8)
    assert len([each for each in answers if each.startswith("/u/reset-password")]) == 1
    assert set(answers) - {"200", "503"} == {each for each in answers if each.startswith("/u/reset-password")}
    assert see(app, user_id)["email"] == EMAIL


def test_an_account_that_its_owner_confirmed_stays_and_the_page_says_so(
    app: Flask, user_id: str, unproved_undo: str, claim: tuple[str, Browser]
) -> None:
    confirmed, _ = claim
    with app.app_context(), unit_of_work():
        confirm_address(get_user(confirmed), is_here=True)
    owner = Browser(app)
    for _ in range(2):
        owner.get(unproved_undo)
        assert owner.page.status_code == 400
        assert "Another account has this address" in owner.page.text
        assert "used before" not in owner.page.text
        assert 'href="/account/email"' in owner.page.text
        assert shows_its_reference(owner)
        assert told(app, owner)["received"] == "one that was confirmed for another account"
    assert see(app, user_id)["email"] == NEW
    with app.app_context(), unit_of_work():
        delete_user(get_user(confirmed), "the user")
    owner.get(unproved_undo)
    owner.submit("undo-submit")
    assert see(app, user_id)["email"] == EMAIL


def test_confirmed_while_the_page_was_open_it_stays_too(
    app: Flask, user_id: str, unproved_undo: str, claim: tuple[str, Browser]
) -> None:
    owner = Browser(app)
    owner.get(unproved_undo)
    with app.app_context(), unit_of_work():
        confirm_address(get_user(claim[0]), is_here=True)
    owner.submit("undo-submit")
    assert owner.page.status_code == 400
    assert told(app, owner)["check"] == "address"
    assert has_account(app, claim[0])
    with app.app_context(), unit_of_work():
        confirm_own_address(get_user(claim[0]))
    assert "Another account has this address" in owner.get(unproved_undo).text


def test_it_can_be_signed_up_with_by_nobody_while_the_link_is_good(
    app: Flask, user_id: str, undo: str, mails: Mails
) -> None:
    make_user(app, "taken@example.com")
    kept, taken = sign_up_with(app, EMAIL), sign_up_with(app, "taken@example.com")
    assert kept.page.status_code == taken.page.status_code == 200
    assert "Check your e-mail" in kept.page.text
    assert kept.client.get_cookie("idp_session") is None
    assert next(mail.subject for mail in mails() if mail.to == EMAIL).startswith("Somebody tried to sign up with your")
    assert "reset-password" not in mails()[1].text
    with app.app_context(), pytest.raises(NotFoundError):
        get_user(EMAIL)
    with time_machine.travel(clock.now() + LIFETIMES["undo_email"] + 1, tick=False):
        sign_up_with(app, EMAIL)
        with app.app_context():
            assert get_user(EMAIL).id != user_id


@pytest.mark.parametrize("first", [("email_code",), ("passkey",)])
def test_nor_where_no_password_is_asked_for(app: Flask, undo: str, mails: Mails, first: tuple[str, ...]) -> None:
    set_policy(app, first=first)
    make_user(app, "taken@example.com")
    said = []
    for email in (EMAIL, "taken@example.com"):
        browser = Browser(app)
        browser.get("/u/signup")
        browser.submit("signup-submit", email=email)
        said.append((browser.page.status_code, browser.page.request.path))
    assert said[0] == said[1]
    assert any(mail.to == EMAIL and mail.subject.startswith("Somebody tried to sign up") for mail in mails())
    with app.app_context(), pytest.raises(NotFoundError):
        get_user(EMAIL)


def test_nor_invited_nor_made_by_an_operator(app: Flask, undo: str) -> None:
    with app.app_context(), unit_of_work():
        for make in (lambda: invite(EMAIL, None), lambda: create_user(EMAIL.upper(), verified=True)):
            with pytest.raises(EmailTakenError, match="may still have it back"):
                make()


def test_another_account_does_not_get_it_by_a_change(app: Flask, user_id: str, undo: str, mails: Mails) -> None:
    eve = visitor(app, make_user(app, "eve@example.com"))
    ask(eve, EMAIL)
    kept = eve.told().replace(EMAIL, "")
    ask(eve, "free@example.com")
    assert eve.told().replace("free@example.com", "") == kept
    assert not [mail for mail in mails() if mail.to == EMAIL and "Use this address" in mail.text]
    assert next(mail.subject for mail in mails() if mail.to == EMAIL).startswith("Somebody wanted to use your e-mail")


def test_nor_by_a_link_from_before_it_was_kept(app: Flask, ada: Visitor, undo: str) -> None:
    eve = make_user(app, "eve@example.com")
    with app.app_context(), unit_of_work():
        token = issue_ticket(get_user(eve), "change_email", address=EMAIL)
    thief = visitor(app, eve)
    thief.get("/account/email/confirm", ticket=token)
    thief.submit("email-confirm")
    assert thief.page.status_code == 400
    assert "Another account has" in thief.told()
    assert told(app, thief)["check"] == "address"
    assert see(app, eve)["email"] == "eve@example.com"


def test_its_own_account_may_change_it_back(app: Flask, ada: Visitor, user_id: str, undo: str, mails: Mails) -> None:
    ask(ada, EMAIL)
    ada.get(link_to(mails, EMAIL))
    ada.submit("email-confirm")
    assert see(app, user_id)["email"] == EMAIL
