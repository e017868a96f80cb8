"""What people change in their account, in Chromium: names, devices, and every way in that comes and goes."""

import secrets
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.test_account import open_account
from tests.journeys.test_authenticator_app import downloaded_codes, enter, seed_on
from tests.journeys.test_passkeys import DEVICE
from tests.support.chromium import NewProfile
from tests.support.factories import PASSWORD
from tests.support.second_factors import code_of
from tests.support.server import ServerProcess

pytestmark = pytest.mark.needs("chromium")

#: What the second of these journeys does, newest first.
CHANGES = (
    "A passkey was removed",
    "The recovery codes were removed",
    "The authenticator app was removed",
    "New recovery codes were made",
    "An authenticator app was added",
    "The authenticator app was removed",
    "New recovery codes were made",
    "An authenticator app was added",
    "The password was removed",
    "Signed in",
    "A passkey was renamed",
    "A passkey was added",
    "Signed in",
)


@pytest.fixture
def email(server: ServerProcess) -> str:
    """Somebody with an account of their own."""
    address = f"{secrets.token_hex(6)}@example.com"
    server.idp("users", "create", address, "--password-stdin", "--verified", typed=PASSWORD)
    return address


def is_told(page: Page, words: str) -> None:
    expect(page.locator("[role=status]").first).to_contain_text(words)


def has_happened(page: Page, server: ServerProcess, *events: str) -> None:
    """The activity shows these, newest first, before anything else."""
    page.goto(server.url("/account/activity"))
    assert page.locator("main .row-title").all_inner_texts()[: len(events)] == list(events)


def others_of(page: Page, server: ServerProcess) -> set[str]:
    """The other devices that the account's page shows, and stays at."""
    page.goto(server.url("/account/sessions"))
    return {button.get_attribute("value") or "" for button in page.locator("button[name=sid]").all()}


def add_device(page: Page) -> None:
    """Give the browser a device that keeps passkeys, and whose owner is always there."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable", {"enableUI": False})
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})


def make_passkey(page: Page, server: ServerProcess, name: str) -> None:
    """Add a passkey, and give it a name."""
    add_device(page)
    page.goto(server.url("/account/passkeys"))
    page.click("#passkey-add")
    page.click("#passkey-create")
    is_told(page, "Your passkey is set up.")
    page.click("summary")
    page.fill("#name-1", name)
    page.click("#passkey-rename-1")
    is_told(page, "The passkey has its new name.")
    expect(page.locator(".row-title").first).to_contain_text(name)


def test_names_are_kept_and_one_device_of_three_is_signed_out(
    server: ServerProcess, new_profile: NewProfile, email: str
) -> None:
    phone, tablet, laptop = (new_profile(scripts=has).new_page() for has in (True, False, True))
    for page in (phone, tablet, laptop):
        open_account(page, server, email)
    laptop.fill("#name", "Ada King")
    laptop.fill("#nickname", "Countess")
    laptop.click("#profile-submit")
    is_told(laptop, "Saved.")
    laptop.reload()
    expect(laptop.locator("#name")).to_have_value("Ada King")
    expect(laptop.locator("#nickname")).to_have_value("Countess")

    [sid] = others_of(laptop, server) - others_of(phone, server)
    laptop.click(f"button[value='{sid}']")
    is_told(laptop, "That device is signed out.")
    expect(laptop.locator("button[name=sid]")).to_have_count(1)
    phone.click("a[href='/account/security'] >> visible=true")
    phone.wait_for_url("**/u/login?*")
    tablet.reload()
    expect(tablet.locator("#name")).to_have_value("Ada King")
    has_happened(laptop, server, "Signed out", "The profile was changed", "Signed in", "Signed in", "Signed in")


def test_every_way_in_comes_and_goes(
    server: ServerProcess, new_profile: NewProfile, email: str, tmp_path: Path
) -> None:
    page = new_profile().new_page()
    open_account(page, server, email)
    make_passkey(page, server, "My own key")

    page.goto(server.url("/account/password/remove"))
    page.wait_for_url("**/u/passkey?*")  # it is proved first
    page.click("#passkey-submit")
    page.click("#password-remove")
    is_told(page, "Your password is removed.")

    page.goto(server.url("/account/totp"))
    first = seed_on(page, email)
    enter(page, code_of(first), "#totp-set-up-submit", scripts=True)
    before = page.locator("#recovery-codes").inner_text().split()
    page.click("#codes-saved")
    page.goto(server.url("/account/totp?replace=1"))
    second = seed_on(page, email)
    assert second != first
    enter(page, code_of(second), "#totp-set-up-submit", scripts=True)
    is_told(page, "Your authenticator app is set up.")

    page.goto(server.url("/account/recovery-codes"))
    page.click("#recovery-codes-submit")
    assert not set(downloaded_codes(page, tmp_path / "codes.txt")) & set(before)
    page.goto(server.url("/account/totp"))
    page.click("#totp-remove")
    is_told(page, "Your authenticator app is removed.")
    page.goto(server.url("/account/passkeys"))
    page.click("#passkey-remove-1")
    is_told(page, "The passkey is removed.")
    expect(page.locator("h2")).to_have_text("No passkey yet")
    has_happened(page, server, *CHANGES)
