"""Passkeys in Chromium, with a virtual authenticator (WebDriver §Virtual Authenticators, by the DevTools protocol).

It is made of the offer after a login, then signs in by the button, by autofill, and as a second step.
"""

import re
import secrets
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, CDPSession, Page, expect

from tests.journeys.conftest import Register
from tests.journeys.hosting import hosted
from tests.support.chromium import NewProfile
from tests.support.factories import PASSWORD
from tests.support.ports import free_port
from tests.support.protocol import PAIR
from tests.support.server import ServerProcess

pytestmark = pytest.mark.needs("chromium")
AT_APP = re.compile(r"/callback\?")
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


class Person:
    """A person with an account of their own, at a browser with or without a device for passkeys."""

    def __init__(self, server: ServerProcess, client: dict[str, Any], profile: BrowserContext) -> None:
        self.server, self._client = server, client
        self.email = f"{secrets.token_hex(6)}@example.com"
        server.idp("users", "create", self.email, "--password-stdin", "--verified", typed=PASSWORD)
        self.page: Page = profile.new_page()
        self._devtools: CDPSession = profile.new_cdp_session(self.page)
        self._device = ""

    def add_device(self) -> None:
        """Give the browser a device that keeps passkeys, and whose owner is always there."""
        self._devtools.send("WebAuthn.enable", {"enableUI": False})
        self._device = self._devtools.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})["authenticatorId"]

    def is_there(self, is_there: bool) -> None:
        """Whether the owner touches the device when asked."""
        told = {"authenticatorId": self._device, "enabled": is_there}
        self._devtools.send("WebAuthn.setAutomaticPresenceSimulation", told)

    def credentials(self) -> list[dict[str, Any]]:
        """What the device keeps."""
        found: list[dict[str, Any]] = self._devtools.send("WebAuthn.getCredentials", {"authenticatorId": self._device})[
            "credentials"
        ]
        return found

    def have_no_autofill(self) -> None:
        """Be a browser that offers passkeys at the button alone."""
        self.page.add_init_script("PublicKeyCredential.isConditionalMediationAvailable = () => Promise.resolve(false)")

    def begin(self, **more: str) -> None:
        """Open the app's sign-in."""
        asked = {
            "client_id": self._client["client_id"],
            "redirect_uri": self._client["callback"],
            "response_type": "code",
            "scope": "openid",
            "code_challenge": PAIR.challenge,
            "code_challenge_method": "S256",
            **more,
        }
        self.page.goto(self.server.url(f"/authorize?{urlencode(asked)}"))

    def enter_password(self) -> None:
        """Fill in the hosted login page."""
        self.page.fill("#username", self.email)
        self.page.fill("#password", PASSWORD)
        self.page.click("#login-submit")

    def mailed(self) -> str:
        """The link of the newest mail to this person, from the development mailbox."""
        mailbox = self.page.context.new_page()
        mailbox.goto(self.server.url("/dev/mailbox"))
        mailbox.get_by_role("link", name=self.email).first.click()
        found = str(mailbox.get_by_role("link", name="/u/signup/finish").get_attribute("href"))
        mailbox.close()
        return found

    def create_first(self, link: str) -> None:
        """Open the link of a mail, and make the passkey there."""
        self.page.goto(link)
        self.page.click("#first-passkey-submit")

    def is_at_app(self) -> None:
        """The app has its code."""
        self.page.wait_for_url(AT_APP)
        assert "code" in parse_qs(urlsplit(self.page.url).query), self.page.url

    def make_passkey(self) -> None:
        """Sign in by password, and take the offer."""
        self.add_device()
        with self.page.expect_response("**/u/passkey/options"):
            self.begin()
        self.enter_password()
        self.page.wait_for_url("**/u/passkey/offer?*")
        self.page.click("#passkey-create")
        self.is_at_app()
        self.page.context.clear_cookies()


@pytest.fixture(scope="module")
def client(register: Register) -> Iterator[dict[str, Any]]:
    """An app that people come back to."""
    app, port = Flask("passkeys", static_folder=None), free_port()
    app.add_url_rule("/callback", "callback", lambda: "The app")
    callback = f"http://localhost:{port}/callback"
    with hosted(app, port):
        yield {**register("web", callback=[callback]), "callback": callback}


@pytest.fixture
def person(server: ServerProcess, client: dict[str, Any], new_profile: NewProfile) -> Callable[..., Person]:
    """Somebody with an account of their own, in a browser of their own."""

    def make(**profile: Any) -> Person:
        return Person(server, client, new_profile(**profile))

    return make


def test_the_offer_makes_a_passkey_that_signs_in_by_itself_the_next_time(person: Callable[..., Person]) -> None:
    someone = person()
    someone.make_passkey()
    [kept] = someone.credentials()
    assert kept["isResidentCredential"]
    assert someone.email not in str(kept["userHandle"])
    someone.begin()  # the browser offers it in the field, and its owner takes it
    someone.is_at_app()
    assert someone.credentials()[0]["signCount"] > kept["signCount"]


def test_the_quiet_button_signs_in(person: Callable[..., Person]) -> None:
    someone = person()
    someone.make_passkey()
    someone.have_no_autofill()
    someone.begin()
    expect(someone.page.locator("#username")).to_have_attribute("autocomplete", "username webauthn")
    someone.page.click("#passkey-sign-in")
    someone.is_at_app()


def test_after_a_password_it_is_the_second_step(person: Callable[..., Person]) -> None:
    someone = person()
    someone.make_passkey()
    someone.have_no_autofill()
    someone.begin(acr_values="2")
    someone.enter_password()
    someone.page.wait_for_url("**/u/passkey?*")
    someone.page.click("#passkey-submit")
    someone.is_at_app()


def test_it_is_set_up_in_the_middle_of_a_login_that_needs_a_second_step(person: Callable[..., Person]) -> None:
    someone = person()
    someone.add_device()
    someone.begin(acr_values="2")
    someone.enter_password()
    someone.page.wait_for_url("**/u/second-factor?*")
    someone.page.click("a[href*='/u/passkey/set-up']")
    someone.page.click("#passkey-set-up-submit")
    someone.page.get_by_role("heading", name="recovery codes").wait_for()
    someone.page.click("a[href*='/authorize/resume']")
    someone.is_at_app()


def test_a_device_without_the_passkey_says_so_and_the_password_works(person: Callable[..., Person]) -> None:
    someone = person()
    someone.add_device()
    with someone.page.expect_response("**/u/passkey/options"):
        someone.begin()
    someone.page.click("#passkey-sign-in")
    expect(someone.page.locator("[data-note]")).to_contain_text("No passkey was used")
    someone.enter_password()
    someone.page.wait_for_url("**/u/passkey/offer?*")
    someone.page.click("#passkey-later")
    someone.is_at_app()
    someone.page.context.clear_cookies()
    with someone.page.expect_response("**/u/passkey/options"):
        someone.begin()
    someone.enter_password()
    someone.is_at_app()


def test_a_blocked_person_is_told_so(person: Callable[..., Person], server: ServerProcess) -> None:
    someone = person()
    someone.make_passkey()
    server.idp("users", "block", someone.email)
    someone.have_no_autofill()
    someone.begin()
    someone.page.click("#passkey-sign-in")
    someone.page.get_by_text("This account is blocked").wait_for()
    expect(someone.page.locator("#login-submit")).to_be_visible()


def test_a_passkey_that_was_taken_away_leads_back_with_words(
    person: Callable[..., Person], server: ServerProcess
) -> None:
    someone = person()
    someone.make_passkey()
    server.idp("users", "reset-factors", someone.email)
    someone.have_no_autofill()
    someone.begin()
    someone.page.click("#passkey-sign-in")
    someone.page.get_by_text("not known here any more").wait_for()
    someone.enter_password()
    someone.page.wait_for_url("**/u/passkey/offer?*")


def test_where_passkeys_alone_are_on_an_invitation_and_a_sign_up_make_the_first_one(
    person: Callable[..., Person], server: ServerProcess, client: dict[str, Any]
) -> None:
    server.idp("login", "set", "--first", "passkey")
    try:
        invited, newcomer = person(), person()
        for someone in (invited, newcomer):
            someone.email = f"{secrets.token_hex(6)}@example.com"
            someone.add_device()
        told = server.idp("users", "invite", invited.email, "--client", client["client_id"])
        invited.create_first(told["url"])
        invited.page.get_by_role("heading", name="Welcome").wait_for()
        newcomer.begin(screen_hint="signup")
        newcomer.page.fill("#email", newcomer.email)
        newcomer.page.click("#signup-submit")
        newcomer.create_first(newcomer.mailed())
        newcomer.is_at_app()
        for someone in (invited, newcomer):
            someone.page.context.clear_cookies()
            someone.have_no_autofill()
            someone.begin()
            someone.page.click("#passkey-sign-in")
            someone.is_at_app()
    finally:
        server.idp("login", "set", "--first", "password", "--first", "passkey", "--first", "email_code")


def test_where_the_address_comes_first_autofill_signs_in_and_the_password_has_its_page(
    person: Callable[..., Person], server: ServerProcess
) -> None:
    someone, other = person(), person(scripts=False)
    someone.make_passkey()
    server.idp("login", "set", "--identifier-first")
    try:
        someone.begin()
        someone.is_at_app()
        other.begin()
        expect(other.page.locator("#password")).to_have_count(0)
        other.page.fill("#username", other.email)
        other.page.click("#login-submit")
        other.page.wait_for_url("**/u/login/password?*")
        expect(other.page.get_by_text(other.email)).to_be_visible()
        other.page.fill("#password", PASSWORD)
        other.page.click("#login-submit")
        other.is_at_app()
    finally:
        server.idp("login", "set", "--no-identifier-first")


def test_without_scripts_there_is_no_button_and_the_password_works(person: Callable[..., Person]) -> None:
    someone = person(scripts=False)
    someone.begin()
    expect(someone.page.locator("#passkey-sign-in")).to_be_hidden()
    someone.enter_password()
    someone.is_at_app()


def test_for_an_app_that_takes_passkeys_alone_the_first_is_made_on_the_way(
    server: ServerProcess, client: dict[str, Any], register: Register, new_profile: NewProfile
) -> None:
    strict = {**register("web", callback=[client["callback"]]), "callback": client["callback"]}
    server.idp("clients", "update", strict["client_id"], "--login-first", "passkey")
    someone = Person(server, strict, new_profile())
    someone.add_device()
    someone.begin()
    someone.page.click("#login-no-passkey")
    someone.have_no_autofill()
    someone.enter_password()
    someone.page.wait_for_url("**/u/passkey/first?*")
    someone.page.click("#first-passkey-submit")
    someone.is_at_app()
    someone.page.context.clear_cookies()
    someone.begin()
    someone.page.click("#passkey-sign-in")
    someone.is_at_app()
