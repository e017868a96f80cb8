"""Codes, links and confirmations by mail, in Chromium, with mails that a real SMTP server takes."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.journeys.notes import AT_APP, Notes, taking_notes
from tests.journeys.test_account import is_out, open_account
from tests.support.chromium import NewProfile
from tests.support.factories import PASSWORD
from tests.support.inbox import Inbox, receiving
from tests.support.server import ServerProcess, serving

pytestmark = pytest.mark.needs("chromium")


@pytest.fixture(scope="module")
def mail() -> Iterator[tuple[Inbox, str]]:
    """A mail server, and where it is."""
    with receiving() as received:
        yield received


@pytest.fixture(scope="module")
def inbox(mail: tuple[Inbox, str]) -> Inbox:
    """What came in."""
    return mail[0]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, mail: tuple[Inbox, str]) -> Iterator[ServerProcess]:
    """A server that mails by it, with links beside codes."""
    folder: Path = tmp_path_factory.mktemp("mail")
    with serving(folder, smtp_url=mail[1]) as started:
        started.idp("login", "set", "--first", "password", "--first", "email_code", "--first", "magic_link")
        yield started


@pytest.fixture(scope="module")
def notes(server: ServerProcess) -> Iterator[Notes]:
    """An app."""
    with taking_notes(server) as app:
        yield app


@pytest.mark.parametrize("scripts", [True, False])
def test_a_code_is_sent_at_its_sixth_digit_or_by_the_button(
    server: ServerProcess, inbox: Inbox, notes: Notes, new_profile: NewProfile, scripts: bool
) -> None:
    address = f"code-{scripts}@example.com".lower()
    server.idp("users", "create", address, "--password-stdin", "--verified", typed=PASSWORD)
    page = notes.open(new_profile(width=390, scripts=scripts))
    page.fill("[name=username]", address)
    page.click("#login-mail")
    resend = page.locator("button[value=resend]")
    if scripts:
        expect(resend).to_be_disabled()
        expect(resend).to_contain_text(re.compile(r"\d+ s"))
    page.locator("#code").press_sequentially(inbox.wait_for_code(address))
    if not scripts:
        page.click("#code-submit")
    page.wait_for_url(AT_APP)


@pytest.mark.parametrize("scripts", [True, False])
def test_a_link_is_good_in_the_browser_that_asked(
    server: ServerProcess, inbox: Inbox, notes: Notes, new_profile: NewProfile, scripts: bool
) -> None:
    address = f"link-{scripts}@example.com".lower()
    server.idp("users", "create", address, "--password-stdin", "--verified", typed=PASSWORD)
    page = notes.open(new_profile(scripts=scripts))
    page.fill("[name=username]", address)
    page.click("#login-mail")
    if not scripts:
        expect(page.locator("button[value=resend]")).to_be_enabled()
    link = inbox.wait_for(address, r"(http\S+/u/magic-link\S+)")
    elsewhere = new_profile(scripts=scripts).new_page()
    elsewhere.goto(link)
    expect(elsewhere.locator("h1")).to_have_text("Open this link where you began")
    page.goto(link)
    page.click("#link-submit")
    page.wait_for_url(AT_APP)


def test_a_page_that_waits_goes_on_when_the_address_is_confirmed_elsewhere(
    server: ServerProcess, inbox: Inbox, notes: Notes, new_profile: NewProfile
) -> None:
    address = "new@example.com"
    server.idp("login", "set", "--verified-email")
    try:
        page = notes.open(new_profile(), screen_hint="signup")
        page.fill("[name=email]", address)
        page.fill("[name=password]", PASSWORD)
        page.click("#signup-submit")
        expect(page.locator("button[value=check]")).to_be_visible()
        telephone = new_profile(width=390).new_page()
        telephone.goto(inbox.wait_for(address, r"(http\S+/u/verify-email\S+)"))
        telephone.click("#verify-submit")
        expect(telephone.locator("h1")).to_contain_text("confirmed")
        page.wait_for_url(AT_APP)
    finally:
        server.idp("login", "set", "--no-verified-email")


def test_an_address_is_changed_and_taken_back(server: ServerProcess, inbox: Inbox, new_profile: NewProfile) -> None:
    before, after = "before@example.com", "after@example.com"
    server.idp("users", "create", before, "--password-stdin", "--verified", typed=PASSWORD)
    page = new_profile().new_page()
    open_account(page, server, before)
    page.goto(server.url("/account/email"))
    page.fill("#email", after)
    page.click("#email-submit")
    inbox.wait_for(before, rf"(about to get another e-mail address: {after})")
    page.goto(inbox.wait_for(after, r"(http\S+/account/email/confirm\S+)"))
    page.click("#email-confirm")
    expect(page.locator("[role=status]").first).to_contain_text("This is your e-mail address now")
    inbox.wait_for(after, rf"(This is now the e-mail address of your account: {after})")

    owner = new_profile(width=390, scripts=False).new_page()
    owner.goto(inbox.wait_for(before, r"(http\S+/u/undo-email\S+)"))
    expect(owner.locator("main")).to_contain_text("What was added since the change is removed")
    owner.click("#undo-submit")
    owner.fill("[name=password]", "purple elephants dance slowly")
    owner.click("#reset-submit")
    expect(owner.locator("h1")).to_have_text("Your password is changed")
    is_out(page, server)
    open_account(owner, server, before, "purple elephants dance slowly")
    inbox.wait_for(before, rf"(This is again the e-mail address of your account: {before})")
    inbox.wait_for(after, r"(This is no longer the e-mail address of an account here)")


def test_an_invitation_leads_into_the_app(
    server: ServerProcess, inbox: Inbox, notes: Notes, new_profile: NewProfile
) -> None:
    address = "guest@example.com"
    printed = server.idp("users", "invite", address, "--client", notes.client_id)
    link = inbox.wait_for(address, r"(http\S+/u/invitation\S+)")
    assert link == printed["url"]
    page = new_profile().new_page()
    page.goto(link)
    page.fill("[name=password]", PASSWORD)
    page.click("#invitation-submit")
    expect(page.locator("h1")).to_have_text("Welcome to Notes")
    expect(page.locator("a.button")).to_have_attribute("href", notes.home)
