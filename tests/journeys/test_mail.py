"""Codes, links and confirmations by mail, in Chromium, with mails that a real SMTP server takes."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from aiosmtpd.controller import Controller
from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys.hosting import hosted
from tests.journeys.test_account import is_out, open_account
from tests.support.chromium import NewProfile
from tests.support.factories import EMAIL, PASSWORD
from tests.support.ports import free_port
from tests.support.protocol import PAIR
from tests.support.server import ServerProcess, serving

pytestmark = pytest.mark.needs("chromium")
AT_APP = re.compile(r"^http://localhost:\d+/callback\?.*code=")
MAIL_SECONDS = 120


class Inbox:
    """What came in."""

    def __init__(self) -> None:
        self.texts: list[tuple[str, str]] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 -- aiosmtpd's name
        message: Message = message_from_bytes(envelope.content)
        text = next(part for part in message.walk() if part.get_content_type() == "text/plain")
        payload = text.get_payload(decode=True)
        assert isinstance(payload, bytes)
        self.texts.append((envelope.rcpt_tos[0], payload.decode().replace("\r\n", "\n")))
        return "250 OK"

    def wait_for(self, address: str, pattern: str) -> str:
        """What the pattern finds in the newest mail to an address that has it."""
        end = time.monotonic() + MAIL_SECONDS
        while time.monotonic() < end:
            for to, text in reversed(self.texts):
                if to == address and (found := re.search(pattern, text, re.MULTILINE)):
                    return found[1]
            time.sleep(0.05)
        raise AssertionError((address, pattern, self.texts))


@pytest.fixture(scope="module")
def inbox() -> Iterator[tuple[Inbox, int]]:
    """A mail server, and its port."""
    handler, port = Inbox(), free_port()
    controller = Controller(handler, hostname="127.0.0.1", port=port, ready_timeout=60)
    controller.start()
    yield handler, port
    controller.stop()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, inbox: tuple[Inbox, int]) -> Iterator[ServerProcess]:
    """A server that mails by it, with links beside codes."""
    folder: Path = tmp_path_factory.mktemp("mail")
    with serving(folder, smtp_url=f"smtp://127.0.0.1:{inbox[1]}") as started:
        started.idp("users", "create", EMAIL, "--password-stdin", "--verified", typed=PASSWORD)
        started.idp("login", "set", "--first", "password", "--first", "email_code", "--first", "magic_link")
        yield started


@dataclass(frozen=True)
class Notes:
    """An app, that shows a page wherever it is asked."""

    client_id: str
    home: str


@pytest.fixture(scope="module")
def notes(server: ServerProcess) -> Iterator[Notes]:
    """It runs."""
    port = free_port()
    app = Flask("notes")
    app.add_url_rule("/callback", "callback", lambda: "The app")
    home = f"http://localhost:{port}/"
    made = server.idp("clients", "create", "--name", "Notes", "--kind", "web", "--callback", f"{home}callback")
    with hosted(app, port):
        yield Notes(str(made["client_id"]), home)


def open_app(profile: BrowserContext, server: ServerProcess, notes: Notes, **more: str) -> Page:
    """A page at the login of the app."""
    page = profile.new_page()
    asked = {
        "client_id": notes.client_id,
        "redirect_uri": f"{notes.home}callback",
        "response_type": "code",
        "scope": "openid",
        "state": "s",
        "code_challenge": PAIR.challenge,
        "code_challenge_method": "S256",
        **more,
    }
    page.goto(f"{server.url('/authorize')}?{urlencode(asked)}")
    return page


def test_a_code_is_sent_at_its_sixth_digit(
    server: ServerProcess, inbox: tuple[Inbox, int], notes: Notes, new_profile: NewProfile
) -> None:
    page = open_app(new_profile(width=390), server, notes)
    page.fill("[name=username]", EMAIL)
    page.click("#login-mail")
    resend = page.locator("button[value=resend]")
    expect(resend).to_be_disabled()
    expect(resend).to_contain_text(re.compile(r"\d+ s"))
    page.locator("#code").press_sequentially(inbox[0].wait_for(EMAIL, r"^(\d{3} \d{3})$"))
    page.wait_for_url(AT_APP)


def test_a_link_without_scripts(
    server: ServerProcess, inbox: tuple[Inbox, int], notes: Notes, new_profile: NewProfile
) -> None:
    address = "link@example.com"
    server.idp("users", "create", address, "--password-stdin", "--verified", typed=PASSWORD)
    profile = new_profile(scripts=False)
    page = open_app(profile, server, notes)
    page.fill("[name=username]", address)
    page.click("#login-mail")
    expect(page.locator("button[value=resend]")).to_be_enabled()
    link = inbox[0].wait_for(address, r"(http\S+/u/magic-link\S+)")
    elsewhere = new_profile().new_page()
    elsewhere.goto(link)
    expect(elsewhere.locator("h1")).to_have_text("Open this link where you began")
    page.goto(link)
    page.click("#link-submit")
    page.wait_for_url(AT_APP)


def test_a_page_that_waits_goes_on_when_the_address_is_confirmed_elsewhere(
    server: ServerProcess, inbox: tuple[Inbox, int], notes: Notes, new_profile: NewProfile
) -> None:
    address = "new@example.com"
    server.idp("login", "set", "--verified-email")
    try:
        page = open_app(new_profile(), server, notes, screen_hint="signup")
        page.fill("[name=email]", address)
        page.fill("[name=password]", PASSWORD)
        page.click("#signup-submit")
        expect(page.locator("button[value=check]")).to_be_visible()
        telephone = new_profile(width=390).new_page()
        telephone.goto(inbox[0].wait_for(address, r"(http\S+/u/verify-email\S+)"))
        telephone.click("#verify-submit")
        expect(telephone.locator("h1")).to_contain_text("confirmed")
        page.wait_for_url(AT_APP)
    finally:
        server.idp("login", "set", "--no-verified-email")


def test_an_address_is_changed_and_taken_back(
    server: ServerProcess, inbox: tuple[Inbox, int], new_profile: NewProfile
) -> None:
    before, after = "before@example.com", "after@example.com"
    server.idp("users", "create", before, "--password-stdin", "--verified", typed=PASSWORD)
    page = new_profile().new_page()
    open_account(page, server, before)
    page.goto(server.url("/account/email"))
    page.fill("#email", after)
    page.click("#email-submit")
    inbox[0].wait_for(before, rf"(about to get another e-mail address: {after})")
    page.goto(inbox[0].wait_for(after, r"(http\S+/account/email/confirm\S+)"))
    page.click("#email-confirm")
    expect(page.locator("[role=status]").first).to_contain_text("This is your e-mail address now")
    inbox[0].wait_for(after, rf"(This is now the e-mail address of your account: {after})")

    owner = new_profile(width=390, scripts=False).new_page()
    owner.goto(inbox[0].wait_for(before, r"(http\S+/u/undo-email\S+)"))
    expect(owner.locator("main")).to_contain_text("What was added since the change is removed")
    owner.click("#undo-submit")
    owner.fill("[name=password]", "purple elephants dance slowly")
    owner.click("#reset-submit")
    expect(owner.locator("h1")).to_have_text("Your password is changed")
    is_out(page, server)
    open_account(owner, server, before, "purple elephants dance slowly")
    inbox[0].wait_for(before, rf"(This is again the e-mail address of your account: {before})")
    inbox[0].wait_for(after, r"(This is no longer the e-mail address of an account here)")


def test_an_invitation_leads_into_the_app(
    server: ServerProcess, inbox: tuple[Inbox, int], notes: Notes, new_profile: NewProfile
) -> None:
    address = "guest@example.com"
    printed = server.idp("users", "invite", address, "--client", notes.client_id)
    link = inbox[0].wait_for(address, r"(http\S+/u/invitation\S+)")
    assert link == printed["url"]
    page = new_profile().new_page()
    page.goto(link)
    page.fill("[name=password]", PASSWORD)
    page.click("#invitation-submit")
    expect(page.locator("h1")).to_have_text("Welcome to Notes")
    expect(page.locator("a.button")).to_have_attribute("href", notes.home)
