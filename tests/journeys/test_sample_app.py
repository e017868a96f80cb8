"""The first five minutes: `./dev run`, the set-up link, an app registered, and the sample app from end to end.

A picture of each page is kept in pytest's folder for the test.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.support.chromium import NewProfile
from tests.support.factories import PASSWORD
from tests.support.server import ServerProcess, serving

pytestmark = pytest.mark.needs("chromium")
ADMINISTRATOR = "grace@example.com"
PERSON = "ada@example.com"
Picture = Callable[[str], None]


def test_from_the_set_up_link_to_tokens_on_the_screen(new_profile: NewProfile, tmp_path: Path):
    page = new_profile().new_page()
    with serving(folder(tmp_path, "data"), options=("--sample-app",)) as server:
        picture = camera(page, folder(tmp_path, "pictures"))
        banner = read_banner(server)
        set_up(page, banner["Set up"], picture)
        register_an_app(page, picture)
        again = page.goto(banner["Set up"])
        assert again is not None
        assert again.status == 410
        person = new_profile().new_page()
        use_the_sample_app(person, banner["Sample app"], server.issuer, camera(person, tmp_path / "pictures"))
        go_back_and_forward(person, banner["Sample app"])


def test_the_same_on_a_phone_in_the_dark_with_scripts_off(new_profile: NewProfile, tmp_path: Path):
    page = new_profile(width=390, dark=True, scripts=False).new_page()
    with serving(folder(tmp_path, "data"), options=("--sample-app",)) as server:
        picture = camera(page, folder(tmp_path, "pictures"))
        banner = read_banner(server)
        set_up(page, banner["Set up"], picture)
        register_an_app(page, picture)
        person = new_profile(width=390, dark=True, scripts=False).new_page()
        use_the_sample_app(person, banner["Sample app"], server.issuer, camera(person, tmp_path / "pictures"))


def folder(parent: Path, name: str) -> Path:
    made = parent / name
    made.mkdir()
    return made


def camera(page: Page, where: Path) -> Picture:
    def picture(name: str) -> None:
        page.wait_for_load_state()  # a click may have led to the next page
        width, room = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert width <= room, f"{name} is {width} px wide"
        page.screenshot(path=where / f"{len(list(where.iterdir())):02}-{name}.png", full_page=True)

    return picture


def read_banner(server: ServerProcess) -> dict[str, str]:
    """The lines of the banner: `Set up  http://…`. It comes when the sample app answers, too."""
    server.wait_for_log(r"^  Mails ")
    return dict(re.findall(r"^  (Issuer|Set up|Sample app)\s+(\S+)$", server.log_file.read_text(), re.MULTILINE))


def set_up(page: Page, link: str, picture: Picture) -> None:
    page.goto(link)
    picture("set-up")
    page.fill("#email", ADMINISTRATOR)
    page.fill("#password", PASSWORD)
    page.click("#setup-submit")
    page.wait_for_url("**/admin/apps/new")
    picture("first-app")


def register_an_app(page: Page, picture: Picture) -> None:
    page.fill("#name", "My first app")
    page.check("[name=kind][value=web]")
    page.fill("#callback", "http://localhost:5000/callback")
    page.click("#app-submit")
    page.wait_for_selector("#client-secret")
    picture("app-created")
    snippet = page.inner_text("#code-flask")
    assert page.inner_text("#client-id") in snippet
    assert page.inner_text("#client-secret") in snippet
    page.click("text=Done")
    page.wait_for_url("**/admin")
    page.wait_for_selector("text=My first app")
    picture("admin-home")


def use_the_sample_app(page: Page, sample: str, issuer: str, picture: Picture) -> None:
    page.goto(sample)
    picture("sample-home")
    page.click("#sample-signup")
    page.wait_for_selector("#signup-submit")
    picture("sign-up")
    page.fill("#email", PERSON)
    page.fill("#password", PASSWORD)
    page.click("#signup-submit")
    page.wait_for_url(sample)
    picture("sample-tokens")
    id_token, access_token = (claims_on(page, number) for number in (1, 2))
    assert (id_token["iss"], id_token["email"]) == (issuer, PERSON)
    assert access_token["sub"] == id_token["sub"]
    page.click("#sample-refresh")
    page.wait_for_selector("text=Fresh tokens:")  # with the colon: the button says "Refresh tokens"
    picture("sample-refreshed")
    assert claims_on(page, 2)["jti"] != access_token["jti"]
    page.click("#sample-call-api")
    page.wait_for_selector("#api-answer")
    picture("sample-api")
    assert json.loads(page.inner_text("#api-answer"))["sub"] == id_token["sub"]
    page.click("#sample-logout")
    page.wait_for_selector("#sample-login")
    picture("sample-signed-out")
    page.click("#sample-login")
    page.wait_for_selector("#login-submit")
    picture("sign-in")
    page.fill("[name=username]", PERSON)
    page.fill("[name=password]", PASSWORD)
    page.click("#login-submit")
    page.wait_for_url(sample)
    assert claims_on(page, 1)["sub"] == id_token["sub"]


def go_back_and_forward(page: Page, sample: str) -> None:
    """The back button, after all is done, shows a page whose one button leads to the app again."""
    page.go_back()
    page.wait_for_url("**/u/login?**")
    page.reload()
    page.click("#expired-continue")
    page.wait_for_url(sample)
    assert claims_on(page, 1)["email"] == PERSON


def claims_on(page: Page, number: int) -> dict[str, Any]:
    claims: dict[str, Any] = json.loads(page.inner_text(f"#token-{number}-claims"))
    return claims
