"""Second factors on the way to an app, in Chromium: by mail, by an authenticator app, and what the app is told."""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.notes import Notes, taking_notes
from tests.journeys.test_authenticator_app import enter, seed_on, sign_in
from tests.support.chromium import NewProfile
from tests.support.factories import PASSWORD
from tests.support.inbox import Inbox, receiving
from tests.support.second_factors import code_of
from tests.support.server import ServerProcess, serving

pytestmark = pytest.mark.needs("chromium")
NEW = "purple elephants dance slowly"
SECOND = ("--second", "totp", "--second", "email_code", "--second", "recovery_code")
BY_TWO = {"pwd", "otp", "mfa"}


@pytest.fixture(scope="module")
def inbox() -> Iterator[tuple[Inbox, str]]:
    """A mail server, and where it is."""
    with receiving() as received:
        yield received


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, inbox: tuple[Inbox, str]) -> Iterator[ServerProcess]:
    """A server that asks everybody for a second factor."""
    with serving(tmp_path_factory.mktemp("second"), smtp_url=inbox[1]) as started:
        started.idp("login", "set", "--first", "password", *SECOND, "--second-factor", "required")
        yield started
        assert [line for line in started.log_lines() if line["level"] in {"error", "critical"}] == []


@pytest.fixture(scope="module")
def notes(server: ServerProcess) -> Iterator[Notes]:
    """An app."""
    with taking_notes(server) as app:
        yield app


def set_up(page: Page, email: str, *, scripts: bool = True) -> tuple[str, list[str]]:
    """Make an authenticator app known, on the page that asks for it; its seed, and the recovery codes."""
    seed = seed_on(page, email)
    enter(page, code_of(seed), "#totp-set-up-submit", scripts=scripts)
    codes = page.locator("#recovery-codes").inner_text().split()
    assert len(codes) == 10
    page.click("#codes-saved")
    return seed, codes


@pytest.mark.parametrize("scripts", [True, False])
def test_an_app_is_set_up_on_the_way_and_a_new_password_does_not_lead_past_it(
    server: ServerProcess, inbox: tuple[Inbox, str], notes: Notes, new_profile: NewProfile, scripts: bool
) -> None:
    email = f"set-up-{scripts}@example.com".lower()
    server.idp("users", "create", email, "--password-stdin", typed=PASSWORD)
    page = notes.open(new_profile(scripts=scripts, width=390))
    sign_in(page, email)
    page.wait_for_url("**/u/totp/set-up?*")
    seed, _ = set_up(page, email, scripts=scripts)
    told = notes.told(page)
    assert (told["acr"], set(told["amr"])) == ("2", BY_TWO)

    notes.begin(page, prompt="login")
    page.click("main a[href^='/u/reset-password']")
    page.fill("#email", email)
    page.click("#reset-submit")
    page.goto(inbox[0].wait_for(email, r"(http\S+/u/reset-password\S+)"))
    page.fill("#password", NEW)
    page.click("#reset-submit")
    expect(page.locator("#username")).to_have_value(email)
    page.fill("#password", NEW)
    page.click("#login-submit")
    page.wait_for_url("**/u/totp?*")
    enter(page, code_of(seed, 1), "#totp-submit", scripts=scripts)
    assert notes.told(page)["acr"] == "2"


def test_a_code_by_mail_is_the_second_step_of_who_has_no_other_and_later_stands_in_for_it(
    server: ServerProcess, inbox: tuple[Inbox, str], notes: Notes, new_profile: NewProfile
) -> None:
    email, by_mail = "by-mail@example.com", "a[href*='/u/email-code/second']"
    server.idp("users", "create", email, "--password-stdin", "--verified", typed=PASSWORD)
    page = notes.open(new_profile(scripts=False))
    sign_in(page, email)
    page.wait_for_url("**/u/email-code/second?*")
    enter(page, inbox[0].wait_for_code(email), "#code-submit", scripts=False)
    told = notes.told(page)
    assert (told["acr"], set(told["amr"])) == ("2", BY_TWO)

    page.goto(server.url("/account/totp"))
    seed, _ = set_up(page, email, scripts=False)
    notes.begin(page, prompt="login")
    sign_in(page, email)
    page.click("a[href*='other=totp']")
    expect(page.locator("a[href*='/u/recovery-code']")).to_be_visible()
    expect(page.locator(by_mail)).to_have_count(0)
    page.click("a[href*='/u/totp']")
    enter(page, code_of(seed, 1), "#totp-submit", scripts=False)
    assert notes.told(page)["acr"] == "2"

    notes.begin(page, prompt="login")
    sign_in(page, email)
    page.click("a[href*='other=totp']")
    page.click(by_mail)
    enter(page, inbox[0].wait_for_code(email), "#code-submit", scripts=False)
    told = notes.told(page)
    assert (told["acr"], set(told["amr"])) == ("2", BY_TWO)


def test_an_app_that_wants_more_later_gets_it_and_is_told_the_truth(
    server: ServerProcess, notes: Notes, new_profile: NewProfile
) -> None:
    email = "later@example.com"
    server.idp("users", "create", email, "--password-stdin", typed=PASSWORD)
    server.idp("login", "set", "--second-factor", "off")
    try:
        page = notes.open(new_profile())
        sign_in(page, email)
        first = notes.told(page)
        notes.begin(page, acr_values="2")
        seed, codes = set_up(page, email)
        second = notes.told(page)

        page.context.clear_cookies()
        notes.begin(page)
        sign_in(page, email)
        third = notes.told(page)
        notes.begin(page, acr_values="2")
        page.wait_for_url("**/u/totp?*")
        enter(page, code_of(seed, 1), "#totp-submit", scripts=True)
        fourth = notes.told(page)

        began = int(time.time())
        notes.begin(page, acr_values="2", max_age="0")
        sign_in(page, email)
        page.click("a[href*='other=totp']")
        page.click("a[href*='/u/recovery-code']")
        page.fill("#code", codes[0])
        page.click("#recovery-submit")
        fifth = notes.told(page)
    finally:
        server.idp("login", "set", "--second-factor", "required")
    told = [first, second, third, fourth, fifth]
    assert [each["acr"] for each in told] == ["1", "2", "1", "2", "2"]
    assert [set(each["amr"]) for each in told[:4]] == [{"pwd"}, BY_TWO, {"pwd"}, BY_TWO]
    assert {"pwd", "mfa"} <= set(fifth["amr"])
    assert first["auth_time"] == second["auth_time"] <= third["auth_time"] == fourth["auth_time"] <= began
    assert fifth["auth_time"] >= began
    assert (first["sid"], third["sid"]) == (second["sid"], fourth["sid"])
