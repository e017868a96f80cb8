"""Where passkeys alone are on, an account begins with one: of who is invited, of who signs up, of who lost theirs."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import time_machine
from flask import Flask

from idp.domain.credentials.passkeys import list_passkeys
from idp.domain.lifecycle.factors import reset_factors
from idp.domain.lifecycle.invitations import find_invitation
from idp.domain.lifecycle.users import block_user
from idp.domain.users.accounts import EmailTakenError
from idp.domain.users.queries import find_user_by_email, get_user
from idp.domain.users.tickets import LIFETIMES
from idp.infra import clock
from idp.infra.db import unit_of_work
from tests.login.conftest import Begin, link_in
from tests.login.test_invitation import invited
from tests.login.test_passkey import fetch_options, give_passkey, options_on, press
from tests.login.test_references import has_reference_line, told
from tests.support.authenticator import Authenticator
from tests.support.browser import ORIGIN, Browser
from tests.support.factories import EMAIL, PASSWORD, App, make_user
from tests.support.second_factors import enrol_totp, set_policy

Mails = Callable[[], list[Any]]
BUTTON = "first-passkey-submit"


@pytest.fixture(autouse=True)
def alone(app: Flask) -> None:
    set_policy(app, first=("passkey",))


def create(browser: Browser, made: Authenticator | None = None) -> Browser:
    """Press the button, at a device that keeps passkeys."""
    browser.submit(BUTTON, credential=(made or Authenticator()).make(options_on(browser)))
    return browser


def passkeys_of(app: Flask) -> int:
    with app.app_context():
        user = find_user_by_email(EMAIL)
        return 0 if user is None else len(list_passkeys(user.id))


def is_good(app: Flask, link: str) -> bool:
    with app.app_context():
        return find_invitation(link.partition("ticket=")[2]) is not None


def sign_up(browser: Browser, email: str = EMAIL) -> str:
    browser.submit("signup-submit", email=email)
    return str(browser.page.get_data(as_text=True))


# Who is invited


def test_who_is_invited_makes_a_passkey_and_comes_back_with_it(
    app: Flask, browser: Browser, client: App, begin: Begin
) -> None:
    browser.get(invited(app, client.id))
    assert 'type="password"' not in browser.page.text
    made = Authenticator()
    create(browser, made)
    assert "Welcome to Example App" in browser.page.text
    with app.app_context():
        assert get_user(EMAIL).email_verified
    again = begin(Browser(app))
    assert "code" in press(again, made).answer


def test_the_login_is_by_passkey_which_is_two_factors(app: Flask, browser: Browser, client: App) -> None:
    set_policy(app, second_factor="required")
    browser.get(invited(app, client.id))
    assert "Welcome to Example App" in create(browser).page.text


def test_looking_spends_nothing_and_the_link_works_once(app: Flask, browser: Browser) -> None:
    link = invited(app)
    for _ in range(3):
        assert Browser(app).get(link).status_code == 200
    browser.get(link)
    form = browser.forms[0]
    credential = Authenticator().make(options_on(browser))
    browser.post(form.action, {**form.fields, "credential": credential})
    assert browser.page.request.path == "/account"
    for page in (browser.get(link), browser.post(form.action, {**form.fields, "credential": credential})):
        assert page.status_code == 400
        assert "does not work any more" in page.text
    assert passkeys_of(app) == 1


@pytest.mark.parametrize("credential", ["", "{}", "[]", "x" * 20_000])
def test_what_is_no_passkey_spends_nothing(app: Flask, browser: Browser, credential: str) -> None:
    link = invited(app)
    browser.get(link)
    browser.submit(BUTTON, credential=credential)
    assert browser.page.status_code == 422
    assert has_reference_line(browser)
    assert told(app, browser)["check"] == "passkey"
    assert is_good(app, link)
    create(browser)
    assert browser.page.request.path == "/account"
    assert passkeys_of(app) == 1


def test_a_passkey_made_without_user_verification_does_not_count(app: Flask, browser: Browser) -> None:
    link = invited(app)
    browser.get(link)
    browser.submit(BUTTON, credential=Authenticator().make(options_on(browser), without=0x04))
    assert browser.page.status_code == 422
    assert is_good(app, link)
    assert passkeys_of(app) == 0


def test_of_many_at_once_one_is_taken(app: Flask, browser: Browser) -> None:
    browser.get(invited(app))
    form, cookie = browser.forms[0], browser.client.get_cookie("idp_browser")
    assert cookie is not None
    made = []
    for _ in range(6):  # six tabs, each with a question of its own
        browser.get(form.action)
        made.append(Authenticator().make(options_on(browser)))

    def send(credential: str) -> int:
        client = app.test_client()
        client.set_cookie("idp_browser", cookie.value, domain="localhost")
        data = {**form.fields, "credential": credential}
        return client.post(form.action, base_url=ORIGIN, data=data, headers={"Origin": ORIGIN}).status_code

    with ThreadPoolExecutor(6) as pool:
        answers = sorted(pool.map(send, made))
    assert answers == [303, 400, 400, 400, 400, 400]
    assert passkeys_of(app) == 1


def test_without_scripts_the_page_says_what_is_needed(app: Flask, browser: Browser) -> None:
    page = browser.get(invited(app)).text
    assert "Switch it on, or open the page in another browser" in page.partition("<noscript>")[2]


def test_a_password_that_is_sent_all_the_same_opens_nothing(app: Flask, browser: Browser) -> None:
    link = invited(app)
    browser.get(link)
    browser.post(link, {**browser.forms[0].fields, "password": PASSWORD, "action": "later"})
    assert browser.page.status_code == 422
    assert is_good(app, link)


# Who signs up


def test_a_newcomer_signs_up_by_an_address_and_a_passkey_and_is_at_the_app(
    app: Flask, begin: Begin, mails: Mails
) -> None:
    browser = begin()
    assert [link for link in browser.links if "/u/signup" in link]
    begin(screen_hint="signup")
    assert "password" not in browser.forms[0].fields
    sign_up(browser)
    (mail,) = mails()
    assert (mail.to, mail.subject) == (EMAIL, "Create your account for Example App")
    browser.get(link_in(mail.text))
    create(browser)
    assert browser.answer["code"]
    assert browser.answer["state"] == "xyz"
    with app.app_context():
        assert get_user(EMAIL).email_verified


def test_the_link_works_in_another_browser_and_leads_to_the_app(app: Flask, begin: Begin, mails: Mails) -> None:
    sign_up(begin(screen_hint="signup"))
    phone = Browser(app)
    phone.get(link_in(mails()[0].text))
    assert "Example App" in phone.page.text
    assert "Welcome to Example App" in create(phone).page.text
    assert "https://app.example.com/" in phone.links


def test_without_an_app_it_leads_to_the_account(browser: Browser, mails: Mails) -> None:
    browser.get("/u/signup")
    sign_up(browser)
    browser.get(link_in(mails()[0].text))
    assert create(browser).page.request.path == "/account"


def test_a_taken_address_reads_the_same_and_its_owner_is_told(app: Flask, begin: Begin, mails: Mails) -> None:
    give_passkey(app, make_user(app))
    pages = {}
    for email in (EMAIL, "free2@example.com"):
        browser = begin(Browser(app), screen_hint="signup")
        page = sign_up(browser, email).replace(email, "ADDRESS").replace(browser.state, "STATE")
        pages[email] = (browser.page.status_code, sorted(browser.page.headers.keys()), page)
    assert pages[EMAIL] == pages["free2@example.com"]
    free, taken = mails()
    assert (taken.to, taken.subject) == (EMAIL, "You already have an account")
    assert "passkey" in taken.text
    assert "/u/reset-password" not in taken.text
    assert "/u/signup/finish" in free.text


@pytest.mark.parametrize("what", ["password", "totp", "admin"])
def test_whoever_reads_a_mailbox_does_not_sign_up_into_an_account_that_has_an_owner(
    app: Flask, begin: Begin, mails: Mails, what: str
) -> None:
    """An operator may invite who is shut out; a stranger at the mailbox may not invite themselves."""
    if what == "admin":
        invited(app, is_admin=True)
    else:
        user_id = make_user(app)
        if what == "totp":
            enrol_totp(app, user_id)
    sign_up(begin(screen_hint="signup"))
    assert "/u/signup/finish" not in mails()[0].text
    assert mails()[0].subject == "You already have an account"


def test_who_was_invited_and_signs_up_instead_gets_in(app: Flask, begin: Begin, mails: Mails) -> None:
    old = invited(app)
    browser = begin(screen_hint="signup")
    sign_up(browser)
    browser.get(link_in(mails()[0].text))
    assert create(browser).answer["code"]
    assert not is_good(app, old)
    with app.app_context(), unit_of_work():
        reset_factors(get_user(EMAIL))
    assert not is_good(app, old)


def test_a_link_too_old_of_a_blocked_account_or_invented(app: Flask, begin: Begin, mails: Mails) -> None:
    sign_up(begin(screen_hint="signup"))
    link = link_in(mails()[0].text)
    other = Browser(app)
    with time_machine.travel(clock.now() + LIFETIMES["sign_up"] + 1):
        assert other.get(link).status_code == 400
    assert other.get("/u/signup/finish", ticket="fs1_" + "A" * 43).status_code == 400
    with app.app_context(), unit_of_work():
        block_user(get_user(EMAIL))
    assert other.get(link).status_code == 400


def test_somebody_else_who_is_signed_in_is_told_so(app: Flask, begin: Begin, mails: Mails) -> None:
    made = give_passkey(app, make_user(app, "other@example.com"))
    sign_up(begin(screen_hint="signup"))
    other = press(begin(Browser(app)), made)
    assert "another account" in other.get(link_in(mails()[0].text)).text
    assert "/v2/logout" in other.links


def test_mails_to_one_address_are_few(app: Flask, begin: Begin, mails: Mails) -> None:
    for _ in range(11):
        browser = begin(Browser(app), screen_hint="signup")
        sign_up(browser)
    assert browser.page.status_code == 429
    assert told(app, browser)["check"] == "mails to one address"
    assert len(mails()) == 10


# Who lost theirs


def test_who_lost_the_only_passkey_is_invited_anew(app: Flask, browser: Browser, client: App) -> None:
    lost = give_passkey(app, make_user(app))
    with app.app_context(), pytest.raises(EmailTakenError, match="reset-factors"):
        invited(app, client.id)
    with app.app_context(), unit_of_work():
        reset_factors(get_user(EMAIL))
    browser.get(invited(app, client.id))
    assert "Welcome to Example App" in create(browser).page.text
    other = Browser(app)
    other.get("/u/login")
    other.submit("passkey-sign-in", credential=lost.use(fetch_options(other)))
    assert other.page.status_code == 422


def test_whoever_has_another_factor_is_not_let_past_it(app: Flask) -> None:
    enrol_totp(app, make_user(app))
    with app.app_context(), pytest.raises(EmailTakenError):
        invited(app)


def test_once_a_way_in_is_there_again_the_link_is_none(app: Flask, browser: Browser) -> None:
    make_user(app)
    link = invited(app)
    set_policy(app, first=("passkey", "email_code"))
    assert browser.get(link).status_code == 400
