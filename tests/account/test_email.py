"""/account/email: another address, by a link that only the new one gets, and a way back for the one before."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from flask import Flask

from idp.domain.credentials.factors import enrolled_factors
from idp.domain.credentials.passkeys import create_passkey, list_passkeys, registration_options
from idp.domain.credentials.recovery_codes import count_recovery_codes
from idp.domain.users.queries import get_user
from idp.domain.users.tickets import LIFETIMES, find_ticket, issue_ticket
from idp.infra import clock
from idp.infra.db import unit_of_work
from tests.account.conftest import Mails, Visitor, link_in, see, visitor
from tests.support.authenticator import Authenticator
from tests.support.browser import ORIGIN, Browser
from tests.support.factories import EMAIL, PASSWORD, make_client, make_user
from tests.support.protocol import Protocol
from tests.support.second_factors import enrol_totp, give_recovery_codes
from tests.support.stampede import at_once

NEW = "ada.king@example.org"


def ask(browser: Visitor, address: str = NEW) -> None:
    browser.get("/account/email")
    browser.submit("email-submit", email=address)


def link_to(mails: Mails, address: str) -> str:
    """The newest link of a change that was mailed there."""
    return link_in(next(m.text for m in mails() if m.to == address and "Use this address" in m.text))


@pytest.fixture
def link(ada: Visitor, mails: Mails) -> str:
    ask(ada)
    return link_to(mails, NEW)


def test_the_link_changes_the_address_and_nobody_is_signed_out(
    app: Flask, ada: Visitor, user_id: str, link: str, mails: Mails
) -> None:
    assert see(app, user_id)["email"] == EMAIL
    phone = visitor(app, user_id)
    phone.get(link)
    assert NEW in phone.told()
    assert see(app, user_id)["email"] == EMAIL
    phone.submit("email-confirm")
    assert "This is your e-mail address now" in phone.told()
    assert (see(app, user_id)["email"], see(app, user_id)["verified"]) == (NEW, True)
    assert ada.get("/account").request.path == "/account"
    assert {mail.to for mail in mails()[:2]} == {EMAIL, NEW}


def test_both_addresses_are_told(app: Flask, ada: Visitor, link: str, mails: Mails) -> None:
    assert {(mail.to, mail.subject) for mail in mails()} == {
        (NEW, "Confirm your new e-mail address"),
        (EMAIL, f"Your account is about to get another e-mail address: {NEW}"),
    }
    ada.get(link)
    ada.submit("email-confirm")
    done = {(mail.to, mail.subject) for mail in mails()[:2]}
    assert done == {
        (EMAIL, "The e-mail address of your account was changed"),
        (NEW, f"This is now the e-mail address of your account: {NEW}"),
    }


def test_one_signs_in_with_the_new_address_alone(app: Flask, ada: Visitor, link: str) -> None:
    ada.get(link)
    ada.submit("email-confirm")
    for address, path in ((EMAIL, "/u/login"), (NEW, "/account")):
        browser = Browser(app)
        browser.get("/account")
        browser.submit("login-submit", username=address, password=PASSWORD)
        assert browser.page.request.path == path


def test_apps_are_told_the_new_address(app: Flask, ada: Visitor, user_id: str, link: str, protocol: Protocol) -> None:
    protocol.sign_in(user_id)
    tokens = protocol.tokens(make_client(app))
    ada.get(link)
    ada.submit("email-confirm")
    told = protocol.userinfo(tokens["access_token"]).get_json()
    assert (told["sub"], told["email"], told["email_verified"]) == (user_id, NEW, True)


def test_that_an_address_has_an_account_is_not_told(app: Flask, ada: Visitor, user_id: str, mails: Mails) -> None:
    make_user(app, "bob@example.com")
    ask(ada, "bob@example.com")
    taken = ada.told().replace("bob@example.com", "")
    assert [(m.to, m.subject) for m in mails() if m.to == "bob@example.com"] == [
        ("bob@example.com", "Somebody wanted to use your e-mail address for another account")
    ]
    ask(ada)
    assert ada.told().replace(NEW, "") == taken
    assert ada.page.status_code == 200


def test_an_address_that_was_taken_in_the_meantime_stays_its_owners(
    app: Flask, ada: Visitor, user_id: str, link: str
) -> None:
    make_user(app, NEW)
    ada.get(link)
    ada.submit("email-confirm")
    assert ada.page.status_code == 400
    assert see(app, user_id)["email"] == EMAIL


@pytest.mark.parametrize("typed", ["", "ada", "ada@", "a@b@c.example", EMAIL, EMAIL.upper(), "x\r\nBcc: y@example.com"])
def test_an_address_that_is_none_or_the_same_is_told_at_the_field(ada: Visitor, mails: Mails, typed: str) -> None:
    ask(ada, typed)
    assert ada.page.status_code == 422
    assert 'id="email-error"' in ada.told()
    assert mails() == []


def test_only_the_newest_link_works_and_only_once(
    app: Flask, ada: Visitor, user_id: str, link: str, mails: Mails
) -> None:
    ask(ada, "third@example.com")
    assert ada.get(link).status_code == 400
    newest = link_to(mails, "third@example.com")
    ada.get(newest)
    form = ada.forms[0]
    ada.submit("email-confirm")
    assert see(app, user_id)["email"] == "third@example.com"
    for again in (ada.post(form.action, form.fields), ada.get(newest)):
        assert again.status_code == 200
        assert "This is your e-mail address now" in again.get_data(as_text=True)


def test_of_eight_at_once_one_changes_it(app: Flask, ada: Visitor, user_id: str, link: str, mails: Mails) -> None:
    ada.get(link)
    form = ada.forms[0]
    cookies = {name: ada.client.get_cookie(name) for name in ("idp_browser", "idp_session")}

    def send(_: int) -> int:
        client = app.test_client()
        for name, cookie in cookies.items():
            assert cookie is not None
            client.set_cookie(name, cookie.value)
        return client.post(form.action, base_url=ORIGIN, data=form.fields).status_code

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(send, range(8)))
    assert set(answers) <= {303, 503}, answers
    assert len([mail for mail in mails() if mail.subject == "The e-mail address of your account was changed"]) == 1


def test_the_link_wants_its_owner_signed_in(app: Flask, ada: Visitor, user_id: str, link: str) -> None:
    stranger = Browser(app)
    assert stranger.get(link).request.path == "/u/login"
    bob = visitor(app, make_user(app, "bob@example.com"))
    bob.get("/account/email")
    fields = bob.forms[0].fields
    assert bob.get(link).status_code == 400
    assert bob.post(link, fields).status_code == 400
    assert see(app, user_id)["email"] == EMAIL
    stranger.submit("login-submit", username=EMAIL, password=PASSWORD)
    stranger.submit("email-confirm")
    assert see(app, user_id)["email"] == NEW


def test_a_link_grows_old(app: Flask, ada: Visitor, link: str) -> None:
    with time_machine.travel(clock.now() + LIFETIMES["change_email"] + 1, tick=False):
        assert ada.get(link).status_code == 400


def test_links_sent_to_the_address_before_end_with_it(app: Flask, ada: Visitor, user_id: str, link: str) -> None:
    with app.app_context(), unit_of_work():
        reset = issue_ticket(get_user(user_id), "reset_password")
        verify = issue_ticket(get_user(user_id), "verify_email")
    ada.get(link)
    ada.submit("email-confirm")
    with app.app_context():
        assert find_ticket(reset, "reset_password") is None
        assert find_ticket(verify, "verify_email") is None


def test_the_address_before_takes_the_account_back(
    app: Flask, ada: Visitor, user_id: str, link: str, mails: Mails
) -> None:
    ada.get(link)
    ada.submit("email-confirm")
    undo = link_in(next(mail.text for mail in mails() if "It was" in mail.text and mail.to == EMAIL))
    owner = Browser(app)
    owner.get(undo)
    assert see(app, user_id)["email"] == NEW
    owner.submit("undo-submit")
    assert owner.page.request.path == "/u/reset-password"
    assert see(app, user_id)["email"] == EMAIL
    assert ada.get("/account").request.path == "/u/login"
    owner.submit("reset-submit", password="purple elephants dance slowly")
    assert "Your password is changed" in owner.page.get_data(as_text=True)
    again = Browser(app)
    assert again.get(undo).status_code == 200
    assert "You have your account back" in again.page.get_data(as_text=True)


def undo_link(browser: Visitor, link: str, mails: Mails) -> str:
    """The way back, after the address has changed."""
    browser.get(link)
    browser.submit("email-confirm")
    return link_in(next(mail.text for mail in mails() if "It was" in mail.text and mail.to == EMAIL))


def give_all(app: Flask, user_id: str, name: str) -> None:
    """A passkey of this name, an authenticator app and recovery codes."""
    with app.app_context(), unit_of_work():
        user = get_user(user_id)
        made = Authenticator().make(registration_options("br1_elsewhere", user))
        create_passkey(made, "br1_elsewhere", user).name = name
    enrol_totp(app, user_id)
    give_recovery_codes(app, user_id)


def test_taking_it_back_takes_what_was_added_since(  # noqa: PLR0917
    app: Flask, ada: Visitor, user_id: str, link: str, mails: Mails, protocol: Protocol
) -> None:
    now = clock.now()
    with time_machine.travel(now - 60, tick=False), app.app_context(), unit_of_work():
        user = get_user(user_id)
        made = Authenticator().make(registration_options("br1_elsewhere", user))
        create_passkey(made, "br1_elsewhere", user).name = "Hers"
    undo = undo_link(ada, link, mails)
    with time_machine.travel(now + 60, tick=False):
        give_all(app, user_id, "The thief's")
        owner = Browser(app)
        owner.get(undo)
        assert "What was added since the change is removed" in owner.page.text
        before = len(mails())
        owner.submit("undo-submit")
        with app.app_context():
            assert enrolled_factors(user_id) == {"passkey"}
            assert [each.name for each in list_passkeys(user_id)] == ["Hers"]
    told = mails()[: len(mails()) - before]
    assert {mail.subject for mail in told if mail.to == EMAIL} == {
        f"This is again the e-mail address of your account: {EMAIL}",
        "A passkey was removed from your account: The thief's",
        "The authenticator app was removed from your account",
        "The recovery codes of your account were removed",
        "The password was removed from your account",
    }
    gone = protocol.events("factor.removed")
    assert [each["factor"] for each in gone] == ["passkey", "recovery_code", "totp"]
    assert {each["by"] for each in gone} == {"the owner of the address before"}


def test_taking_it_back_leaves_what_was_there_before(
    app: Flask, ada: Visitor, user_id: str, link: str, mails: Mails
) -> None:
    now = clock.now()
    with time_machine.travel(now - 60, tick=False):
        give_all(app, user_id, "Hers")
    undo = undo_link(ada, link, mails)
    with time_machine.travel(now + 60, tick=False):
        owner = Browser(app)
        owner.get(undo)
        owner.submit("undo-submit")
    with app.app_context():
        assert enrolled_factors(user_id) == {"passkey", "totp", "recovery_code"}
        assert count_recovery_codes(user_id) == 10
    assert not [mail for mail in mails() if "removed" in mail.subject and "password" not in mail.subject]


def test_the_password_of_a_thief_is_good_no_more_once_it_is_taken_back(
    app: Flask, ada: Visitor, user_id: str, link: str, mails: Mails
) -> None:
    owner = Browser(app)
    owner.get(undo_link(ada, link, mails))
    owner.submit("undo-submit")
    thief = Browser(app)
    thief.get("/account")
    thief.submit("login-submit", username=EMAIL, password=PASSWORD)
    assert thief.page.request.path == "/u/login"


@pytest.fixture
def undo(ada: Visitor, link: str, mails: Mails) -> str:
    """The link that takes the account back."""
    ada.get(link)
    ada.submit("email-confirm")
    return link_in(next(mail.text for mail in mails() if "It was" in mail.text and mail.to == EMAIL))


def test_of_eight_who_take_it_back_at_once_one_does(app: Flask, user_id: str, undo: str, mails: Mails) -> None:
    owner = Browser(app)
    owner.get(undo)
    answers = at_once(app, owner, 8)
    assert len([each for each in answers if each.startswith("/u/reset-password")]) == 1
    assert see(app, user_id)["email"] == EMAIL
    assert len([mail for mail in mails() if "This is again" in mail.subject]) == 1


def test_a_thief_who_changes_it_twice_does_not_get_the_owners_link(
    app: Flask, ada: Visitor, user_id: str, link: str, mails: Mails
) -> None:
    ada.get(link)
    ada.submit("email-confirm")
    undo = link_in(next(mail.text for mail in mails() if "It was" in mail.text and mail.to == EMAIL))
    ask(ada, "third@example.com")
    ada.get(link_to(mails, "third@example.com"))
    ada.submit("email-confirm")
    assert see(app, user_id)["email"] == "third@example.com"
    assert not [mail for mail in mails() if mail.to == NEW and "undo-email" in mail.text]
    owner = Browser(app)
    owner.get(undo)
    owner.submit("undo-submit")
    assert see(app, user_id)["email"] == EMAIL
