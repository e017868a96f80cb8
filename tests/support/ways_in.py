"""Every way into an app, in three parts: what the person has, the first half, the second half.

A way is a generator; at each of its two `yield`s something may happen to the person's account.
"""

import html
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.test import TestResponse

from idp.domain.clients.queries import find_client_now
from idp.domain.credentials.passkeys import create_passkey, registration_options
from idp.domain.credentials.passwords import remove_password
from idp.domain.credentials.throttle import Factor, buckets_for, record_failure
from idp.domain.lifecycle.factors import reset_factors
from idp.domain.lifecycle.invitations import invite
from idp.domain.lifecycle.passwords import reset_password
from idp.domain.lifecycle.users import block_user
from idp.domain.users.mails import KIND
from idp.domain.users.queries import get_user
from idp.domain.users.tickets import issue_ticket
from idp.infra.db import db, unit_of_work
from idp.infra.jobs import list_kept
from idp.web.mails import render_mail
from tests.support.authenticator import Authenticator
from tests.support.browser import ORIGIN, Browser
from tests.support.factories import EMAIL, PASSWORD, make_client, make_user
from tests.support.protocol import PAIR, SCOPE, Protocol, claims_of
from tests.support.second_factors import code_of, enrol_totp, give_recovery_codes, set_policy

NEW_PASSWORD = "another long and quiet sentence"
EVERY = {
    "first": ("password", "passkey", "email_code", "magic_link"),
    "second": ("passkey", "totp", "email_code", "recovery_code"),
}
Way = Iterator[None]


class Person:
    """Ada, her browser, an app that she is on the way to, and what may happen to her account meanwhile."""

    def __init__(self, app: Flask) -> None:
        self.app, self.browser, self.protocol = app, Browser(app), Protocol(app)
        self.client = make_client(app)
        self.user_id = make_user(app)
        set_policy(app, **EVERY)

    # What happens

    def befall(self, event: str) -> None:
        """Let one of these happen to her account, by its name."""
        getattr(self, event)()

    def nothing(self) -> None:
        """All stays as it is."""

    def blocked(self) -> None:
        with self.app.app_context(), unit_of_work():
            block_user(get_user(self.user_id))

    def deleted(self) -> None:
        with self.app.app_context(), unit_of_work():
            db.session.delete(get_user(self.user_id))

    def locked(self) -> None:
        """Somebody elsewhere guessed too often, at everything that can be guessed."""
        tries: tuple[Factor, ...] = ("first", "second") * 6 + ("mail",) * 51
        with self.app.app_context(), unit_of_work():
            for number, factor in enumerate(tries):
                record_failure(buckets_for(EMAIL, f"192.0.2.{number}", factor=factor))

    def reset(self) -> None:
        """Her password was chosen anew elsewhere, and everything else signed out."""
        with self.app.app_context(), unit_of_work():
            ticket = issue_ticket(get_user(self.user_id), "reset_password")
            assert reset_password(ticket, "hash", None, everywhere=True)

    def reset_alone(self) -> None:
        """The same, but her other logins were to stay."""
        with self.app.app_context(), unit_of_work():
            ticket = issue_ticket(get_user(self.user_id), "reset_password")
            assert reset_password(ticket, "hash", None, everywhere=False)

    def no_factors(self) -> None:
        with self.app.app_context(), unit_of_work():
            reset_factors(get_user(self.user_id))

    def unverified(self) -> None:
        with self.app.app_context(), unit_of_work():
            get_user(self.user_id).email_verified = False

    def unverified_on(self) -> None:
        self.unverified()
        set_policy(self.app, verified_email=True)

    # What she does

    def open(self, **changes: str) -> None:
        request = {
            "client_id": self.client.id,
            "redirect_uri": "https://app.example.com/callback",
            "response_type": "code",
            "scope": SCOPE,
            "state": "xyz",
            "code_challenge": PAIR.challenge,
            "code_challenge_method": "S256",
        }
        self.browser.get("/authorize", **request, **changes)

    def enter(self, password: str = PASSWORD) -> None:
        self.browser.submit("login-submit", username=EMAIL, password=password)

    def at(self, path: str) -> bool:
        return self.browser.elsewhere is None and self.browser.page.request.path == path

    def mailed(self, pattern: str) -> str | None:
        """What stands in the newest mail to her."""
        with self.app.test_request_context():
            mails = [render_mail(kept.payload) for kept in list_kept(KIND)]
        found = re.search(pattern, mails[0].text, re.MULTILINE) if mails else None
        return None if found is None else found[1]

    def give_passkey(self) -> Authenticator:
        made = Authenticator()
        with self.app.app_context(), unit_of_work():
            user = get_user(self.user_id)
            create_passkey(made.make(registration_options("br1_elsewhere", user)), "br1_elsewhere", user)
        return made

    def options(self) -> dict[str, Any]:
        """What the page asks an authenticator for."""
        found = re.search(r'data-options="([^"]+)"', self.browser.page.get_data(as_text=True))
        assert found is not None, self.browser.page.get_data(as_text=True)
        asked: dict[str, Any] = json.loads(html.unescape(found[1]))
        return asked

    @property
    def outcome(self) -> str:
        """What came of it, in a word: `in`, `new` (in, as somebody else), or where she stands; + if signed in here."""
        if self.browser.elsewhere is None:
            page = self.browser.page
            return _word_for(page) + ("+" if self.is_signed_in else "")
        answer = self.protocol.redeem(self.client, self.browser.answer["code"])
        assert answer.status_code == 200, answer.text
        return "in" if claims_of(answer.get_json()["id_token"])["sub"] == self.user_id else "new"

    @property
    def is_signed_in(self) -> bool:
        """Whether the account's pages open in this browser."""
        other = Browser.__new__(Browser)
        other.client = self.browser.client
        other.get("/account")
        return other.page.request.path == "/account"


def _word_for(page: TestResponse) -> str:
    if "account is blocked" in page.get_data(as_text=True):
        return "blocked"
    return _REFUSALS.get(page.status_code) or _PLACES.get(page.request.path, page.request.path)


_REFUSALS = {400: "over", 422: "refused", 429: "slowed"}
_PLACES = {
    "/u/signup": "mail",
    "/u/email-code/second": "other",
    "/u/login": "login",
    "/u/confirm-email": "confirm",
    "/u/second-factor": "set_up",
    "/u/totp/set-up": "set_up",
    "/u/passkey/set-up": "set_up",
}


# The first factors
def password(her: Person) -> Way:
    yield
    her.open()
    yield
    her.enter()


def password_step(her: Person) -> Way:
    """The password, on the page after that of the address."""
    set_policy(her.app, identifier_first=True)
    yield
    her.open()
    her.browser.submit("login-submit", username=EMAIL)
    yield
    her.browser.submit("login-submit", password=PASSWORD)


def passkey(her: Person) -> Way:
    made = her.give_passkey()
    yield
    her.open()
    token = her.browser.forms[0].fields["csrf_token"]
    asked = her.browser.client.post("/u/passkey/options", base_url=ORIGIN, data={"csrf_token": token})
    yield
    her.browser.submit("passkey-sign-in", credential=made.use(asked.get_json()))


def email_code(her: Person) -> Way:
    yield
    her.open()
    her.browser.submit("login-mail", username=EMAIL)
    code = her.mailed(r"^(\d{3} \d{3})$") or "000 000"
    yield
    her.browser.submit("code-submit", code=code)


def magic_link(her: Person) -> Way:
    yield
    her.open()
    her.browser.submit("login-mail", username=EMAIL)
    her.browser.get(her.mailed(rf"{ORIGIN}(/u/magic-link\S+)") or "/u/magic-link?link=ml1_none")
    yield
    if her.browser.forms and her.browser.page.status_code == 200:
        her.browser.submit()


def sign_up(her: Person) -> Way:
    """With an address that has an account, and its password."""
    yield
    her.open(screen_hint="signup")
    yield
    her.browser.submit("signup-submit", email=EMAIL, password=PASSWORD)


def reset_link(her: Person) -> Way:
    yield
    her.open()
    her.browser.get(f"/u/reset-password?state={her.browser.state}")
    her.browser.submit("reset-submit", email=EMAIL)
    her.browser.get(her.mailed(rf"{ORIGIN}(/u/reset-password\S+)") or "/u/reset-password?ticket=rp1_none")
    yield
    if her.browser.page.status_code == 200:
        her.browser.submit("reset-submit", password=NEW_PASSWORD)
    if her.at("/u/login"):
        her.enter(NEW_PASSWORD)


def invitation(her: Person) -> Way:
    """Of one who has no password yet; where it leads, the app begins a sign-in of its own."""
    with her.app.app_context(), unit_of_work():
        user = get_user(her.user_id)
        remove_password(user.id)
        user.email_verified = False
        link = urlsplit(invite(EMAIL, find_client_now(her.client.id))[1])
    yield
    her.browser.get(f"{link.path}?{link.query}")
    yield
    if her.browser.page.status_code == 200:
        her.browser.submit("invitation-submit", password=NEW_PASSWORD)
    if her.at("/u/invitation/welcome"):
        her.open()


def first_passkey(her: Person) -> Way:
    """Of one who signed up where passkeys alone are on, and opens the link in the same browser."""
    set_policy(her.app, first=("passkey",))
    with her.app.app_context(), unit_of_work():
        user = get_user(her.user_id)
        remove_password(user.id)
        user.email_verified = False
    yield
    her.open(screen_hint="signup")
    her.browser.submit("signup-submit", email=EMAIL)
    her.browser.get(her.mailed(rf"{ORIGIN}(/u/signup/finish\S+)") or "/u/signup/finish?ticket=fs1_none")
    yield
    if her.browser.page.status_code == 200:
        her.browser.submit("first-passkey-submit", credential=Authenticator().make(her.options()))


# The second factors, after the password
def after_password(her: Person, path: str, **policy: Any) -> bool:
    """To the page of a second factor; whether she is there."""
    set_policy(her.app, second_factor="required", **policy)
    her.open()
    her.enter()
    if her.browser.elsewhere is None and her.browser.page.status_code == 200 and not her.at("/u/login"):
        her.browser.get(f"{path}?state={her.browser.state}")
    return her.at(path)


def second_totp(her: Person) -> Way:
    seed = enrol_totp(her.app, her.user_id)
    yield
    is_there = after_password(her, "/u/totp")
    yield
    if is_there:
        her.browser.submit("totp-submit", code=code_of(seed))


def second_passkey(her: Person) -> Way:
    made = her.give_passkey()
    yield
    is_there = after_password(her, "/u/passkey")
    asked = her.options() if is_there else {}
    yield
    if is_there:
        her.browser.submit("passkey-submit", credential=made.use(asked))


def second_recovery_code(her: Person) -> Way:
    enrol_totp(her.app, her.user_id)
    codes = give_recovery_codes(her.app, her.user_id)
    yield
    is_there = after_password(her, "/u/recovery-code")
    yield
    if is_there:
        her.browser.submit("recovery-submit", code=codes[0])


def second_email_code(her: Person) -> Way:
    yield
    is_there = after_password(her, "/u/email-code/second")
    code = her.mailed(r"^(\d{3} \d{3})$") or "000 000"
    yield
    if is_there:
        her.browser.submit("code-submit", code=code)


def set_up_totp(her: Person) -> Way:
    yield
    is_there = after_password(her, "/u/totp/set-up", second=("totp", "passkey"))
    found = re.search(r"secret=([A-Z2-7]{32})&amp;issuer=", her.browser.page.get_data(as_text=True))
    yield
    if is_there and found is not None:
        her.browser.submit("totp-set-up-submit", code=code_of(found[1]))


def set_up_passkey(her: Person) -> Way:
    yield
    asked = her.options() if after_password(her, "/u/passkey/set-up", second=("totp", "passkey")) else {}
    yield
    if asked:
        her.browser.submit("passkey-set-up-submit", credential=Authenticator().make(asked))


def passkey_duty(her: Person) -> Way:
    """The first passkey, after the password, for an app that takes a passkey alone."""
    her.client = make_client(her.app, name="Strict", changes={"login": {"first": ["passkey"]}})
    yield
    her.open()
    her.browser.submit("login-no-passkey")
    her.enter()
    asked = her.options() if her.at("/u/passkey/first") else {}
    yield
    if asked:
        her.browser.submit("first-passkey-submit", credential=Authenticator().make(asked))


# Those who are signed in already
def step_up(her: Person) -> Way:
    seed = enrol_totp(her.app, her.user_id)
    _be_signed_in(her)
    yield
    her.open(acr_values="2")
    is_there = her.at("/u/totp")
    yield
    if is_there:
        her.browser.submit("totp-submit", code=code_of(seed))


def single_sign_on(her: Person) -> Way:
    _be_signed_in(her)
    yield
    yield
    her.open()


def chosen_account(her: Person) -> Way:
    _be_signed_in(her)
    yield
    her.open(prompt="select_account")
    is_there = her.at("/u/select-account")
    yield
    if is_there:
        her.browser.submit(account=her.protocol.sid)


def consent(her: Person) -> Way:
    _be_signed_in(her)
    yield
    her.open(prompt="consent")
    is_there = her.at("/u/consent")
    yield
    if is_there:
        her.browser.submit("consent-allow")


def _be_signed_in(her: Person) -> None:
    """By a password, a moment ago."""
    her.protocol.sign_in(her.user_id)
    her.browser.client.set_cookie("idp_session", her.protocol.cookie, domain="localhost")
