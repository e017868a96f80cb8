"""The account in Chromium, with scripts and without: a picture, a new password, other devices out, and the end."""

import re
import secrets
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.support.chromium import NewProfile
from tests.support.factories import PASSWORD
from tests.support.server import ServerProcess

pytestmark = pytest.mark.needs("chromium")
NEW = "purple elephants dance slowly"


def open_account(page: Page, server: ServerProcess, email: str, password: str = PASSWORD) -> None:
    """Go there, and sign in on the way; without the passkey that is offered."""
    page.goto(f"{server.issuer}account")
    page.locator("#username").fill(email)
    page.locator("#password").fill(password)
    page.locator("#login-submit").click()
    page.goto(f"{server.issuer}account")
    expect(page.locator("h1")).to_have_text("Profile")


def is_out(page: Page, server: ServerProcess) -> None:
    """This browser is asked to sign in."""
    page.goto(f"{server.issuer}account")
    expect(page).to_have_url(re.compile(r"/u/login\?"))


@pytest.mark.parametrize("scripts", [True, False])
def test_from_a_picture_to_the_end(server: ServerProcess, new_profile: NewProfile, scripts: bool) -> None:
    email = f"{secrets.token_hex(6)}@example.com"
    server.idp("users", "create", email, "--password-stdin", "--verified", typed=PASSWORD)
    laptop, phone = new_profile(scripts=scripts).new_page(), new_profile(scripts=scripts, width=390).new_page()
    open_account(laptop, server, email)
    open_account(phone, server, email)

    content = BytesIO()
    Image.new("RGBA", (900, 300), "teal").save(content, "PNG")
    laptop.locator("#picture").set_input_files(
        {"name": "me.png", "mimeType": "image/png", "buffer": content.getvalue()}
    )
    laptop.locator("#picture-submit").click()
    expect(laptop.locator("[role=status]").first).to_contain_text("Your new picture is in place.")
    shown = laptop.locator("img.portrait")
    expect(shown).to_be_visible()
    picture = laptop.request.get(shown.get_attribute("src") or "")
    with Image.open(BytesIO(picture.body())) as image:
        assert image.size == (256, 256)

    laptop.goto(f"{server.issuer}account/sessions")
    expect(laptop.locator(".tile-rows li")).to_have_count(2)
    laptop.locator("#sessions-end-others").click()
    expect(laptop.locator("[role=status]").first).to_contain_text("Every other device is signed out.")
    is_out(phone, server)

    laptop.goto(f"{server.issuer}account/password")
    laptop.locator("#password").fill(NEW)
    laptop.locator("#password-submit").click()
    expect(laptop.locator("[role=status]").first).to_contain_text("Your password is changed.")
    open_account(phone, server, email, NEW)

    phone.goto(f"{server.issuer}account/delete")
    phone.locator("#email").fill(email)
    phone.locator("#delete-submit").click()
    expect(phone.locator("h1")).to_have_text("Your account is deleted")
    is_out(laptop, server)
    phone.locator("#deleted-home").click()
    expect(phone.locator("#login-submit")).to_be_visible()
