"""/u/reset-password: the link is the owner's alone, works once, and ends what others had."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import time_machine
from flask import Flask

from idp.domain.lifecycle.users import block_user
from idp.domain.users.models import Ticket
from idp.domain.users.queries import get_user
from idp.domain.users.tickets import LIFETIMES
from idp.infra import clock
from idp.infra.db import db, unit_of_work
from tests.login.conftest import Begin, link_in
from tests.support.browser import ORIGIN, Browser
from tests.support.factories import EMAIL, PASSWORD, make_user
from tests.support.second_factors import set_policy

Mails = Callable[[], list[Any]]
NEW = "purple elephants dance slowly"


def ask(browser: Browser, email: str = EMAIL, **headers: str) -> Any:
    """Ask for a link at the page without an app."""
    browser.get("/u/reset-password")
    return browser.post("/u/reset-password", {**browser.forms[0].fields, "email": email}, **headers)


@pytest.fixture
def user_id(app: Flask) -> str:
    return make_user(app)


@pytest.fixture
def link(browser: Browser, user_id: str, mails: Mails) -> str:
    """A link just mailed."""
    ask(browser)
    return link_in(mails()[0].text)


def can_sign_in(app: Flask, password: str) -> bool:
    browser = Browser(app)
    browser.get("/u/login")
    return "You are signed in" in browser.submit("login-submit", username=EMAIL, password=password).get_data(
        as_text=True
    )


def test_the_new_password_counts_and_the_old_one_does_not(app: Flask, browser: Browser, link: str) -> None:
    browser.get(link)
    page = browser.submit("reset-submit", password=NEW)
    assert "Your password is changed" in page.get_data(as_text=True)
    assert can_sign_in(app, NEW)
    assert not can_sign_in(app, PASSWORD)


def test_every_address_gets_one_answer(app: Flask, browser: Browser, user_id: str, mails: Mails) -> None:
    make_user(app, "blocked@example.com")
    with app.app_context(), unit_of_work():
        block_user(get_user("blocked@example.com"))
    answers = []
    for email in (EMAIL, "nobody@example.com", "blocked@example.com"):
        page = ask(browser, email)
        answers.append((page.status_code, page.get_data(as_text=True).replace(email, "")))
    assert answers[0][0] == 200
    assert answers[1:] == answers[:1] * 2
    assert [mail.to for mail in mails()] == [EMAIL]


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-Host": "evil.example"},
        {"Forwarded": "host=evil.example"},
        {"Referer": "https://evil.example/"},
        {"X-Forwarded-Proto": "https", "X-Forwarded-For": "10.0.0.1"},
    ],
)
def test_the_link_leads_to_the_configured_issuer(
    browser: Browser, user_id: str, mails: Mails, headers: dict[str, str]
) -> None:
    ask(browser, EMAIL, **headers)
    assert "evil" not in mails()[0].text + mails()[0].html
    assert f"{ORIGIN}/u/reset-password?ticket=" in mails()[0].text


def test_a_forged_host_is_not_in_the_link(app: Flask, browser: Browser, user_id: str, mails: Mails) -> None:
    browser.get("/u/reset-password")
    data = {**browser.forms[0].fields, "email": EMAIL}
    cookie = browser.client.get_cookie("idp_browser")
    assert cookie is not None
    stranger = app.test_client()
    stranger.set_cookie("idp_browser", cookie.value, domain="evil.example")
    stranger.post("/u/reset-password", base_url="http://evil.example", data=data)
    (mail,) = mails()
    assert "evil" not in mail.text + mail.html


def test_looking_at_the_link_spends_nothing(app: Flask, browser: Browser, link: str) -> None:
    scanner = Browser(app)
    for _ in range(3):
        assert scanner.get(link).status_code == 200
    browser.get(link)
    browser.submit("reset-submit", password=NEW)
    assert can_sign_in(app, NEW)


def test_a_link_works_once(app: Flask, browser: Browser, link: str) -> None:
    browser.get(link)
    form = browser.forms[0]
    browser.submit("reset-submit", password=NEW)
    page = browser.post(form.action, {**form.fields, "password": "yellow submarines sleep badly"})
    assert page.status_code == 400
    assert "does not work any more" in page.get_data(as_text=True)
    assert browser.get(link).status_code == 400
    assert can_sign_in(app, NEW)


def test_of_eight_at_once_one_wins(app: Flask, browser: Browser, link: str, mails: Mails) -> None:
    browser.get(link)
    form, cookie = browser.forms[0], browser.client.get_cookie("idp_browser")
    assert cookie is not None
    value = cookie.value

    def send(number: int) -> str:
        client = app.test_client()
        client.set_cookie("idp_browser", value)
        data = {**form.fields, "password": f"{NEW} {number}"}
        response = client.post(form.action, base_url=ORIGIN, data=data)
        return response.location or str(response.status_code)

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(send, range(8)))
    winners = [number for number, answer in enumerate(answers) if answer.startswith("/u/reset-password/done")]
    assert len(winners) == 1, answers
    assert set(answers) - {answers[winners[0]]} <= {"400", "503"}
    assert len([mail for mail in mails() if mail.subject == "Your password was changed"]) == 1
    assert can_sign_in(app, f"{NEW} {winners[0]}")


def test_only_the_newest_link_works(app: Flask, browser: Browser, link: str, mails: Mails) -> None:
    ask(browser)
    assert browser.get(link).status_code == 400
    assert browser.get(link_in(mails()[0].text)).status_code == 200


def test_a_link_is_too_old_after_a_quarter_of_an_hour(browser: Browser, link: str) -> None:
    assert LIFETIMES["reset_password"] <= 15 * 60
    browser.get(link)
    form = browser.forms[0]
    with time_machine.travel(clock.now() + LIFETIMES["reset_password"] + 1):
        assert browser.get(link).status_code == 400
        assert browser.post(form.action, {**form.fields, "password": NEW}).status_code == 400


@pytest.mark.parametrize("ticket", ["", "x", "rp1_" + "A" * 43, "é"])
def test_an_invented_link_leads_to_asking_for_a_real_one(browser: Browser, ticket: str) -> None:
    assert browser.get("/u/reset-password", ticket=ticket).status_code == 400
    assert "/u/reset-password" in browser.links


def test_a_link_of_another_kind_is_no_reset_link(app: Flask, begin: Begin, browser: Browser, mails: Mails) -> None:
    begin(screen_hint="signup").submit("signup-submit", email=EMAIL, password=PASSWORD)
    verify = link_in(mails()[0].text)
    assert browser.get(verify.replace("verify-email", "reset-password")).status_code == 400


def test_the_link_is_stored_as_a_hash(app: Flask, link: str) -> None:
    token = link.partition("ticket=")[2]
    with app.app_context():
        (ticket,) = db.session.query(Ticket).all()
    assert token not in (ticket.token_hash, ticket.user_id)
    assert len(token) > 40


def test_a_weak_password_does_not_spend_the_link(app: Flask, browser: Browser, link: str) -> None:
    browser.get(link)
    page = browser.submit("reset-submit", password="short")
    assert page.status_code == 422
    assert "at least 15 characters" in page.get_data(as_text=True)
    browser.submit("reset-submit", password=NEW)
    assert can_sign_in(app, NEW)


def test_other_logins_end_and_the_owner_is_told(
    app: Flask, browser: Browser, link: str, begin: Begin, mails: Mails
) -> None:
    elsewhere = begin(Browser(app))
    elsewhere.submit("login-submit", username=EMAIL, password=PASSWORD)
    assert "You are signed in" in elsewhere.get("/u/login").get_data(as_text=True)
    browser.get(link)
    page = browser.submit("reset-submit", password=NEW)
    assert "signed out on every device" in page.get_data(as_text=True)
    assert "login-submit" in elsewhere.get("/u/login").get_data(as_text=True)
    assert (mails()[0].to, mails()[0].subject) == (EMAIL, "Your password was changed")


def test_other_logins_stay_where_the_owner_wants_it(app: Flask, browser: Browser, link: str, begin: Begin) -> None:
    elsewhere = begin(Browser(app))
    elsewhere.submit("login-submit", username=EMAIL, password=PASSWORD)
    browser.get(link)
    fields = {name: value for name, value in browser.forms[0].fields.items() if name == "csrf_token"}
    browser.post(browser.forms[0].action, {**fields, "password": NEW})
    assert "You are signed in" in elsewhere.get("/u/login").get_data(as_text=True)


def test_whoever_took_an_address_that_is_not_theirs_is_put_out(
    app: Flask, begin: Begin, browser: Browser, mails: Mails
) -> None:
    squatter = begin(Browser(app), screen_hint="signup")
    squatter.submit("signup-submit", email=EMAIL, password=PASSWORD)
    ask(browser)
    browser.get(link_in(mails()[0].text))
    token = browser.forms[0].fields["csrf_token"]
    browser.post(browser.forms[0].action, {"csrf_token": token, "password": NEW})
    assert "login-submit" in squatter.get("/u/login").get_data(as_text=True)
    with app.app_context():
        assert get_user(EMAIL).email_verified


def test_the_way_goes_on_to_the_app_that_waits(app: Flask, begin: Begin, user_id: str, mails: Mails) -> None:
    browser = begin()
    browser.get(next(link for link in browser.links if link.startswith("/u/reset-password")))
    browser.submit("reset-submit", email=EMAIL)
    browser.get(link_in(mails()[0].text))
    page = browser.submit("reset-submit", password=NEW)
    assert "Your password is changed. Sign in with it." in page.get_data(as_text=True)
    assert browser.forms[0].fields["username"] == EMAIL
    browser.submit("login-submit", username=EMAIL, password=NEW)
    assert browser.answer["state"] == "xyz"


def test_in_another_browser_the_link_works_without_the_app(
    app: Flask, begin: Begin, user_id: str, mails: Mails
) -> None:
    browser = begin()
    browser.get(next(link for link in browser.links if link.startswith("/u/reset-password")))
    browser.submit("reset-submit", email=EMAIL)
    telephone = Browser(app)
    telephone.get(link_in(mails()[0].text))
    assert "Your password is changed" in telephone.submit("reset-submit", password=NEW).get_data(as_text=True)
    telephone.get("/u/login")
    assert next(form for form in telephone.forms if "username" in form.fields).fields["username"] == EMAIL


def test_the_throttle_lets_in_whoever_proved_to_own_the_account(app: Flask, browser: Browser, link: str) -> None:
    attacker = Browser(app)
    attacker.get("/u/login")
    form = attacker.forms[0]
    wrong = {**form.fields, "username": EMAIL, "password": "wrong wrong wrong"}
    for _ in range(6):
        attacker.post(form.action, wrong)
    browser.get(link)
    browser.submit("reset-submit", password=NEW)
    for _ in range(6):
        attacker.post(form.action, wrong)
    browser.get("/u/login")
    page = browser.submit("login-submit", username=EMAIL, password=NEW)
    assert "You are signed in" in page.get_data(as_text=True)


@pytest.mark.parametrize("email", [EMAIL, "nobody@example.com"])
def test_a_mailbox_gets_few_mails_whether_or_not_it_has_an_account(
    browser: Browser, user_id: str, mails: Mails, email: str
) -> None:
    statuses = [ask(browser, email).status_code for _ in range(8)]
    assert statuses == [200] * 5 + [429] * 3
    assert len(mails()) == (5 if email == EMAIL else 0)
    assert "Use the newest, or wait" in browser.page.text
    assert browser.forms[0].fields["email"] == email


def test_what_is_no_address_is_told_at_the_field(browser: Browser, mails: Mails) -> None:
    page = ask(browser, "ada@example.com\r\nBcc: eve@example.com")
    assert page.status_code == 422
    assert 'id="email-error"' in page.get_data(as_text=True)
    assert mails() == []


def test_others_do_not_use_up_the_mails_of_who_is_on_a_known_device(
    app: Flask, browser: Browser, user_id: str, mails: Mails
) -> None:
    browser.get("/u/login")
    browser.submit("login-submit", username=EMAIL, password=PASSWORD)
    stranger = Browser(app)
    assert [ask(stranger).status_code for _ in range(6)][-1] == 429
    assert ask(browser).status_code == 200


def test_where_passwords_are_off_none_is_chosen(app: Flask, begin: Begin, browser: Browser, link: str) -> None:
    set_policy(app, first=("email_code",))
    for address in ("/u/reset-password", link):
        browser.get(address)
        assert browser.page.request.path == "/u/login"
        assert "No passwords are used here" in browser.page.get_data(as_text=True)
        assert "login-submit" in browser.page.get_data(as_text=True)
