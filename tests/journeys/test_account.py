"""The account in Chromium, with scripts and without: picture, password, devices, data, connected apps, and the end."""

import json
import re
import secrets
from io import BytesIO
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from flask import Flask
from PIL import Image
from playwright.sync_api import APIResponse, Page, expect

from tests.journeys.conftest import Register
from tests.journeys.hosting import hosted
from tests.support.chromium import NewProfile
from tests.support.factories import EMAIL, PASSWORD
from tests.support.ports import free_port
from tests.support.protocol import PAIR
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


def sign_in_url(server: ServerProcess, client_id: str, callback: str) -> str:
    """Where an app that stays signed in sends its user."""
    asked = {
        "client_id": client_id,
        "redirect_uri": callback,
        "response_type": "code",
        "scope": "openid offline_access",
        "state": "s",
        "code_challenge": PAIR.challenge,
        "code_challenge_method": "S256",
    }
    return f"{server.url('/authorize')}?{urlencode(asked)}"


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


@pytest.mark.parametrize("scripts", [True, False])
def test_all_that_is_kept_is_downloaded(server: ServerProcess, new_profile: NewProfile, scripts: bool) -> None:
    page = new_profile(scripts=scripts).new_page()
    open_account(page, server, EMAIL)
    page.goto(server.url("/account/data"))
    with page.expect_download() as downloading:
        page.locator("#data-download").click()
    assert downloading.value.suggested_filename == "my-data.json"
    told = json.loads(Path(downloading.value.path()).read_text())
    assert told["account"]["email"] == EMAIL
    assert told["devices"]
    expect(page.locator("#data-download")).to_be_enabled()
    page.goto(server.url("/account/activity"))
    expect(page.locator("main")).to_contain_text("The data of the account was downloaded")


def test_an_app_that_is_disconnected_has_nothing_at_once(
    server: ServerProcess, register: Register, new_profile: NewProfile
) -> None:
    port = free_port()
    callback = f"http://localhost:{port}/callback"
    client = register("web", callback=[callback])
    credentials = {"client_id": client["client_id"], "client_secret": client["client_secret"]}
    app = Flask("notes")
    app.add_url_rule("/callback", "callback", lambda: "The app")
    page = new_profile().new_page()
    open_account(page, server, EMAIL)
    with hosted(app, port):
        page.goto(sign_in_url(server, client["client_id"], callback))
        page.wait_for_url(f"{callback}?*")
    code = parse_qs(urlsplit(page.url).query)["code"][0]

    def ask(**form: str) -> APIResponse:
        return page.request.post(server.url("/oauth/token"), form={**credentials, **form})

    given = ask(grant_type="authorization_code", code=code, redirect_uri=callback, code_verifier=PAIR.verifier)
    given = ask(grant_type="refresh_token", refresh_token=given.json()["refresh_token"])
    assert given.status == 200

    page.goto(server.url("/account/apps"))
    page.locator(f"button[value='{client['client_id']}']").click()
    expect(page.locator("[role=status]").first).to_contain_text("That app can do nothing with your account any more.")
    refused = ask(grant_type="refresh_token", refresh_token=given.json()["refresh_token"])
    assert (refused.status, refused.json()["error"]) == (400, "invalid_grant")
    bearer = {"Authorization": f"Bearer {given.json()['access_token']}"}
    assert page.request.get(server.url("/userinfo"), headers=bearer).status == 401
    expect(page.locator(f"button[value='{client['client_id']}']")).to_have_count(0)
