"""/u/email-code: a code by mail signs in the browser that asked for it, once, and tells nobody who has an account."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import time_machine
from flask import Flask

from idp.domain.credentials.email_codes import LIFETIME, MOST_TRIES, PAUSE, digits_of
from idp.domain.credentials.models import Challenge
from idp.domain.credentials.passwords import has_password
from idp.domain.lifecycle.users import block_user
from idp.domain.tenant.login_policy import change_login_policy
from idp.domain.users.addresses import email_key, masked
from idp.domain.users.queries import get_user
from idp.infra import clock
from idp.infra.db import db, unit_of_work
from tests.login.conftest import Begin
from tests.support.browser import Browser
from tests.support.factories import EMAIL, PASSWORD, make_user

Mails = Callable[[], list[Any]]


@pytest.fixture
def user_id(app: Flask) -> str:
    return make_user(app)


def ask(browser: Browser, email: str = EMAIL) -> Any:
    """Have a code mailed from the login page."""
    return browser.submit("login-mail", username=email)


def code_in(mail: Any) -> str:
    """The code of a mail, as it is shown."""
    found = re.search(r"^(\d{3} \d{3})$", mail.text, re.MULTILINE)
    assert found is not None, mail.text
    return found[1]


def wrong(code: str) -> str:
    """Another code."""
    return "".join(str((int(digit) + 1) % 10) for digit in code.replace(" ", ""))


def text(page: Any) -> str:
    return page.get_data(as_text=True)


def test_the_code_signs_in_and_the_app_is_told_how(begin: Begin, user_id: str, mails: Mails) -> None:
    browser = begin()
    assert masked(EMAIL) in text(ask(browser))
    assert EMAIL not in text(browser.page)
    (mail,) = mails()
    assert mail.subject == f"{code_in(mail)} is your code to sign in"
    browser.submit("code-submit", code=code_in(mail))
    assert browser.answer["code"]


def test_no_password_is_needed_to_ask(begin: Begin, user_id: str) -> None:
    page = text(begin().page)
    assert re.search(r'id="login-mail"[^>]*formnovalidate', page)
    assert page.index('id="login-submit"') < page.index('id="login-mail"')


def test_without_an_app_it_signs_in_to_this_deployment(browser: Browser, user_id: str, mails: Mails) -> None:
    browser.get("/u/login", return_to="/account")
    ask(browser)
    browser.submit("code-submit", code=code_in(mails()[0]))
    assert browser.page.status_code == 200
    assert browser.page.request.path == "/account"


@pytest.mark.parametrize("email", ["nobody@example.com", "blocked@example.com"])
def test_who_has_no_account_is_shown_the_same(app: Flask, user_id: str, mails: Mails, email: str) -> None:
    make_user(app, "blocked@example.com")
    with app.app_context(), unit_of_work():
        block_user(get_user("blocked@example.com"))
    answers: list[Any] = []
    for address in (EMAIL, email):
        browser = Browser(app)
        browser.get("/u/login")
        first = browser.client.post(
            "/u/login",
            base_url="http://localhost:8000",
            data={**browser.forms[0].fields, "username": address, "action": "email_code"},
            headers={"Origin": "http://localhost:8000"},
        )
        page = browser.get(first.headers["Location"])
        refused = browser.submit("code-submit", code="123 456")
        answers.append(
            [
                (each.status_code, sorted(each.headers.keys()), normal(text(each), address))
                for each in (first, page, refused)
            ]
        )
    assert answers[0] == answers[1]
    assert [mail.to for mail in mails()] == [EMAIL]


def normal(page: str, address: str) -> str:
    """A page without what differs each time."""
    page = page.replace(masked(address), "ADDRESS")
    return re.sub(r'csrf_token" value="[^"]*"|em1_[\w-]+|data-pause="\d+"|[0-9A-Z]{10}</strong>', "", page)


def test_a_wrong_code_is_told_at_the_field_and_the_fifth_ends_it(
    begin: Begin, browser: Browser, user_id: str, mails: Mails
) -> None:
    ask(begin())
    code = code_in(mails()[0])
    for _ in range(MOST_TRIES - 1):
        page = browser.submit("code-submit", code=wrong(code))
        assert page.status_code == 422
        assert "That is not the code" in text(page)
    assert "tried too often" in text(browser.submit("code-submit", code=wrong(code)))
    refused = browser.submit("code-submit", code=code)
    assert refused.status_code in {422, 429}
    assert browser.elsewhere is None


def test_what_is_no_code_costs_no_try(begin: Begin, browser: Browser, user_id: str, mails: Mails) -> None:
    ask(begin())
    for typed in ("", "1234", "12345678", "abcdef"):
        assert "six digits" in text(browser.submit("code-submit", code=typed))
    browser.submit("code-submit", code=code_in(mails()[0]))
    assert browser.answer["code"]


FULLWIDTH = "".join(chr(0xFF10 + digit) for digit in range(1, 7))
ARABIC = "".join(chr(0x660 + digit) for digit in range(1, 7))


@pytest.mark.parametrize("typed", ["123456", "123 456", " 123–456\n", FULLWIDTH, ARABIC, "12-34-56"])
def test_a_code_may_be_typed_as_people_do(typed: str) -> None:
    assert digits_of(typed) == "123456"


@pytest.mark.parametrize("typed", ["12345", "1234567", "12345x", "²²²²²²", "12345678", ""])
def test_what_is_no_code_is_none(typed: str) -> None:
    assert digits_of(typed) is None


def test_a_code_works_once(app: Flask, begin: Begin, browser: Browser, user_id: str, mails: Mails) -> None:
    ask(begin())
    form = browser.forms[0]
    browser.submit("code-submit", code=code_in(mails()[0]))
    assert browser.answer["code"]
    browser.client.delete_cookie("idp_session")
    again = browser.post(form.action, {**form.fields, "code": code_in(mails()[0])})
    assert browser.elsewhere is None
    assert again.status_code == 400
    assert len(browser.links) >= 1


def test_of_many_at_once_one_gets_in(app: Flask, browser: Browser, user_id: str, mails: Mails) -> None:
    browser.get("/u/login")
    ask(browser)
    form, code = browser.forms[0], code_in(mails()[0])
    cookie = browser.client.get_cookie("idp_browser")
    assert cookie is not None

    def send(_: int) -> int:
        client = app.test_client()
        client.set_cookie("idp_browser", cookie.value, domain="localhost")
        return client.post(
            form.action,
            base_url="http://localhost:8000",
            data={**form.fields, "code": code},
            headers={"Origin": "http://localhost:8000"},
        ).status_code

    with ThreadPoolExecutor(6) as pool:
        answers = sorted(pool.map(send, range(6)))
    assert answers.count(303) == 1
    assert set(answers) <= {303, 400, 422, 429}


def test_of_many_guesses_at_once_five_are_looked_at(app: Flask, browser: Browser, user_id: str, mails: Mails) -> None:
    browser.get("/u/login")
    ask(browser)
    form, code = browser.forms[0], code_in(mails()[0])
    cookie = browser.client.get_cookie("idp_browser")
    assert cookie is not None

    def send(_: int) -> int:
        client = app.test_client()
        client.set_cookie("idp_browser", cookie.value, domain="localhost")
        data = {**form.fields, "code": wrong(code)}
        headers = {"Origin": "http://localhost:8000"}
        return client.post(form.action, base_url="http://localhost:8000", data=data, headers=headers).status_code

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(send, range(10)))
    assert set(answers) <= {422, 429}
    with app.app_context():
        assert db.session.query(Challenge).one().tries <= MOST_TRIES


def test_another_browser_cannot_use_it(app: Flask, browser: Browser, user_id: str, mails: Mails) -> None:
    browser.get("/u/login")
    ask(browser)
    form, code = browser.forms[0], code_in(mails()[0])
    other = Browser(app)
    other.get("/u/login")
    token = other.forms[0].fields["csrf_token"]
    page = other.post(form.action, {"csrf_token": token, "code": code})
    assert page.status_code == 400
    assert "Start again" in text(page)
    assert "/u/login" in other.links
    browser.submit("code-submit", code=code)
    assert "You are signed in" in text(browser.page)


def test_wiped_cookies_lead_to_a_page_with_one_button(begin: Begin, browser: Browser, user_id: str) -> None:
    ask(begin())
    url = browser.page.request.full_path
    browser.client.delete_cookie("idp_browser")
    page = browser.get(url)
    assert page.status_code == 400
    assert 'class="button"' in text(page)


def test_the_newest_counts_in_every_tab(begin: Begin, app: Flask, browser: Browser, user_id: str, mails: Mails) -> None:
    first = begin()
    ask(first)
    first_form = browser.forms[0]
    old = code_in(mails()[0])
    begin()
    ask(browser)
    new = code_in(mails()[0])
    assert old != new
    assert browser.post(first_form.action, {**first_form.fields, "code": old}).status_code == 422
    browser.post(first_form.action, {**first_form.fields, "code": new})
    assert browser.answer["code"]


def test_another_is_sent_after_a_pause_and_the_one_before_works_no_more(
    begin: Begin, browser: Browser, user_id: str, mails: Mails
) -> None:
    ask(begin())
    old = code_in(mails()[0])
    early = browser.submit("resend")
    assert early.status_code == 429
    assert "Wait" in text(early)
    assert len(mails()) == 1
    with time_machine.travel(clock.now() + PAUSE + 1):
        assert "Another message is on its way" in text(browser.submit("resend"))
        assert browser.submit("code-submit", code=old).status_code == 422
        browser.submit("code-submit", code=code_in(mails()[0]))
    assert browser.answer["code"]


def test_a_code_too_old_offers_the_way_back(begin: Begin, browser: Browser, user_id: str, mails: Mails) -> None:
    ask(begin())
    with time_machine.travel(clock.now() + LIFETIME + 1):
        page = browser.submit("code-submit", code=code_in(mails()[0]))
        assert page.status_code == 400
        browser.get(next(link for link in browser.links if link.startswith("/u/login")))
        assert browser.page.status_code == 200


def test_the_back_button_after_it_leads_forward(begin: Begin, browser: Browser, user_id: str, mails: Mails) -> None:
    ask(begin(prompt="consent"))
    url = browser.page.request.full_path
    browser.submit("code-submit", code=code_in(mails()[0]))
    assert "/u/consent" in browser.page.request.path
    browser.get(url)
    assert "/u/consent" in browser.page.request.path


def test_an_address_that_is_none_is_told_at_the_field(begin: Begin, mails: Mails) -> None:
    page = ask(begin(), "ada")
    assert page.status_code == 422
    assert 'id="username-error"' in text(page)
    assert mails() == []


def test_a_mailbox_gets_only_so_many(app: Flask, user_id: str, mails: Mails) -> None:
    seen = set()
    for _ in range(20):
        browser = Browser(app)
        browser.get("/u/login")
        seen.add(ask(browser).status_code)
    assert len(mails()) == 10
    assert seen == {200, 429}
    assert "Many messages were sent" in text(browser.page)


def test_who_is_blocked_meanwhile_does_not_get_in(
    app: Flask, begin: Begin, browser: Browser, user_id: str, mails: Mails
) -> None:
    ask(begin())
    with app.app_context(), unit_of_work():
        block_user(get_user(EMAIL))
    assert "This account is blocked" in text(browser.submit("code-submit", code=code_in(mails()[0])))
    browser.get("/account")
    assert browser.page.request.path == "/u/login"


def test_a_code_for_the_address_before_a_change_is_worth_nothing(
    app: Flask, begin: Begin, browser: Browser, user_id: str, mails: Mails
) -> None:
    ask(begin())
    with app.app_context(), unit_of_work():
        user = get_user(EMAIL)
        user.email, user.email_key = "new@example.com", email_key("new@example.com")
    assert browser.submit("code-submit", code=code_in(mails()[0])).status_code == 422
    assert browser.elsewhere is None


def test_the_way_is_closed_where_the_policy_says_so(
    app: Flask, begin: Begin, browser: Browser, user_id: str, mails: Mails
) -> None:
    with app.app_context(), unit_of_work():
        change_login_policy(first=("password",))
    try:
        assert "login-mail" not in text(begin().page)
        data = {**browser.forms[0].fields, "username": EMAIL, "action": "email_code"}
        browser.post(browser.forms[0].action, data)
        assert mails() == []
        assert "login-submit" in text(browser.page)
    finally:
        with app.app_context(), unit_of_work():
            change_login_policy(first=("password", "passkey", "email_code"))


def test_where_passwords_are_off_the_form_asks_for_the_address_alone(
    app: Flask, begin: Begin, browser: Browser, user_id: str, mails: Mails
) -> None:
    with app.app_context(), unit_of_work():
        change_login_policy(first=("email_code",))
    try:
        page = text(begin().page)
        assert 'name="password"' not in page
        # Whoever posts one all the same gets a mail, not in
        browser.submit(username=EMAIL, password=PASSWORD)
        browser.submit("code-submit", code=code_in(mails()[0]))
        assert browser.answer["code"]
    finally:
        with app.app_context(), unit_of_work():
            change_login_policy(first=("password", "passkey", "email_code"))


def test_who_guessed_the_password_too_often_can_take_a_code(
    begin: Begin, browser: Browser, user_id: str, mails: Mails
) -> None:
    begin()
    with time_machine.travel(clock.now(), tick=False):
        for _ in range(8):
            browser.submit("login-submit", username=EMAIL, password="wrong")
    assert browser.page.status_code == 429
    assert 'form="login-form"' in text(browser.page)
    ask(browser)
    browser.submit("code-submit", code=code_in(mails()[0]))
    assert browser.answer["code"]


def test_it_confirms_the_address_and_puts_out_who_only_claimed_it(
    app: Flask, begin: Begin, browser: Browser, mails: Mails
) -> None:
    squatter = begin(Browser(app), screen_hint="signup")
    squatter.submit("signup-submit", email=EMAIL, password=PASSWORD)
    begin()
    ask(browser)
    browser.submit("code-submit", code=code_in(mails()[0]))
    assert browser.answer["code"]
    with app.app_context():
        user = get_user(EMAIL)
        assert user.email_verified
        assert not has_password(user.id)
    assert "The password was removed" in mails()[0].subject
    squatter.get("/u/login")
    assert "You are signed in" not in text(squatter.page)


def test_it_leaves_the_password_to_who_signed_up_on_the_same_device(
    app: Flask, begin: Begin, browser: Browser, mails: Mails
) -> None:
    begin(screen_hint="signup").submit("signup-submit", email=EMAIL, password=PASSWORD)
    browser.get("/u/login", switch="1")
    ask(browser)
    browser.submit("code-submit", code=code_in(mails()[0]))
    with app.app_context():
        user = get_user(EMAIL)
        assert user.email_verified
        assert has_password(user.id)
