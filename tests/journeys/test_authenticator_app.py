"""An authenticator app in Chromium, with scripts and without: set up in the account, codes saved, then signed in with.

With scripts a complete code is sent at once, and the policy on content lets all that the pages need.
"""

import re
import secrets
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pyotp
import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Register
from tests.support.chromium import NewProfile
from tests.support.factories import PASSWORD
from tests.support.protocol import PAIR
from tests.support.second_factors import code_of
from tests.support.server import ServerProcess

pytestmark = pytest.mark.needs("chromium")
CALLBACK = "https://two-steps.example/callback"
AT_APP = re.compile(r"^https://two-steps\.example/callback\?")


def sign_in(page: Page, email: str) -> None:
    page.locator("#username").fill(email)
    page.locator("#password").fill(PASSWORD)
    page.locator("#login-submit").click()


def enter(page: Page, code: str, button: str, *, scripts: bool) -> None:
    """Type a code; a script sends it by itself."""
    page.locator("#code").press_sequentially(code)
    if not scripts:
        page.locator(button).click()


def authorize_url(server: ServerProcess, client_id: str) -> str:
    asked = {
        "client_id": client_id,
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "openid",
        "prompt": "login",
        "code_challenge": PAIR.challenge,
        "code_challenge_method": "S256",
    }
    return f"{server.issuer}authorize?{urlencode(asked)}"


def seed_on(page: Page, email: str) -> str:
    """What the page gives the authenticator app."""
    link = page.locator('a[href^="otpauth:"]').get_attribute("href")
    assert link is not None
    assert pyotp.parse_uri(link).name == email
    return parse_qs(urlsplit(link).query)["secret"][0]


def downloaded_codes(page: Page, file: Path) -> list[str]:
    """The recovery codes, from the file that the page offers."""
    with page.expect_download() as saved:
        page.locator("a[download]").click()
    saved.value.save_as(file)
    codes = re.findall(r"^(?:\w{4}-){3}\w{4}$", file.read_text(), re.MULTILINE)
    assert len(codes) == 10
    return codes


@pytest.mark.parametrize("scripts", [True, False])
def test_it_is_set_up_in_the_account_and_asked_for_at_the_next_login(
    server: ServerProcess, register: Register, new_profile: NewProfile, tmp_path: Path, scripts: bool
) -> None:
    email = f"{secrets.token_hex(6)}@example.com"
    server.idp("users", "create", email, "--password-stdin", "--verified", typed=PASSWORD)
    client_id = register("web", callback=[CALLBACK])["client_id"]
    page = new_profile(scripts=scripts, width=390).new_page()
    complaints: list[str] = []
    page.context.on(
        "console", lambda message: complaints.append(message.text) if "Content Security" in message.text else None
    )

    page.goto(f"{server.issuer}account/totp")
    sign_in(page, email)
    page.wait_for_url("**/account/totp")
    seed = seed_on(page, email)
    enter(page, code_of(seed), "#totp-set-up-submit", scripts=scripts)
    expect(page.locator("#recovery-codes")).to_be_visible()
    codes = downloaded_codes(page, tmp_path / "codes.txt")
    assert codes[0] in page.locator("#recovery-codes").inner_text()
    page.locator("#codes-saved").click()

    page.goto(authorize_url(server, client_id))
    sign_in(page, email)
    page.wait_for_url("**/u/totp?*")
    with page.expect_request(AT_APP):
        enter(page, code_of(seed, 1), "#totp-submit", scripts=scripts)

    page = page.context.new_page()
    page.goto(authorize_url(server, client_id))
    sign_in(page, email)
    page.locator('a[href*="other=totp"]').click()
    page.locator('a[href*="/u/recovery-code"]').click()
    page.locator("#code").fill(codes[0].lower())
    with page.expect_request(AT_APP):
        page.locator("#recovery-submit").click()
    assert complaints == []
