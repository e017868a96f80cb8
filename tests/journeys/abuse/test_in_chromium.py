"""What people do to a sign-in in a real browser, with scripts and without: whoever presses the button arrives."""

import re
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page

from tests.journeys.hosting import hosted
from tests.journeys.test_authenticator_app import enter, seed_on, sign_in
from tests.support.chromium import NewProfile
from tests.support.factories import EMAIL, PASSWORD
from tests.support.ports import free_port
from tests.support.protocol import PAIR
from tests.support.second_factors import code_of
from tests.support.server import ServerProcess, serving

pytestmark = pytest.mark.needs("chromium")
AT_APP = re.compile(r"/callback\?")
AT_CODE = re.compile(r"/u/totp\?")
_MOST_STEPS = 8


class Tabs:
    """A person's browser, an app, and the server that both use."""

    def __init__(
        self, server: ServerProcess, home: str, apps: list[str], profile: BrowserContext, *, has_scripts: bool = True
    ) -> None:
        self.server, self.profile, self.has_scripts = server, profile, has_scripts
        self.home, self._apps = home, apps

    def begin(self, app: int = 0) -> Page:
        """A new tab at an app's sign-in."""
        page = self.profile.new_page()
        page.goto(self.address(app))
        return page

    def address(self, app: int = 0, **more: str) -> str:
        """Where an app sends people."""
        asked = {
            "client_id": self._apps[app],
            "redirect_uri": f"{self.home}callback",
            "response_type": "code",
            "scope": "openid",
            "state": secrets.token_hex(4),
            "code_challenge": PAIR.challenge,
            "code_challenge_method": "S256",
            **more,
        }
        return self.server.url(f"/authorize?{urlencode(asked)}")

    def fill(self, page: Page) -> None:
        """The hosted login page."""
        page.fill("#username", EMAIL)
        page.fill("#password", PASSWORD)

    def arrive(self, page: Page) -> None:
        """Do what each page asks for, or press its button, until the app has its answer."""
        seen = []
        page.bring_to_front()  # Chromium draws hidden tabs slowly
        for _ in range(_MOST_STEPS):
            page.wait_for_load_state()
            seen.append(page.url)
            if AT_APP.search(page.url):
                assert "code" in parse_qs(urlsplit(page.url).query), page.url
                return
            if page.locator("#login-submit").count():
                self.fill(page)
                page.click("#login-submit")
            elif page.locator("button[name=account]").count():
                page.click("button[name=account]")
            else:
                page.locator("main a.button, a#begin").first.click()
        raise AssertionError(f"never at the app: {seen}")


def make_app(begin: Callable[[], str]) -> Flask:
    """An app with a front page that begins a sign-in, and a place to come back to."""
    app = Flask("abused", static_folder=None)
    app.add_url_rule("/callback", "callback", lambda: "The app")
    app.add_url_rule(
        "/", "home", lambda: f'<main><a id="begin" href="{begin()}">Sign in</a></main>'.replace("&", "&amp;")
    )
    return app


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server of this file's own: it is killed and started again."""
    with serving(tmp_path_factory.mktemp("abuse")) as started:
        started.idp("users", "create", EMAIL, "--password-stdin", "--verified", typed=PASSWORD)
        yield started


@pytest.fixture(scope="module")
def apps(server: ServerProcess) -> Iterator[tuple[str, list[str]]]:
    """Where the apps are, and their client ids."""
    port, ids = free_port(), list[str]()
    home = f"http://localhost:{port}/"
    for name in ("First", "Second"):
        made: dict[str, Any] = server.idp(
            "clients", "create", "--name", name, "--kind", "web", "--callback", f"{home}callback"
        )
        ids.append(made["client_id"])
    begins = Tabs(server, home, ids, None)
    with hosted(make_app(begins.address), port):
        yield home, ids


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def tabs(
    request: pytest.FixtureRequest, server: ServerProcess, apps: tuple[str, list[str]], new_profile: NewProfile
) -> Tabs:
    """A browser with or without scripts."""
    return Tabs(server, *apps, new_profile(scripts=request.param), has_scripts=request.param)


def test_back_after_each_step_leads_forward_again(tabs: Tabs) -> None:
    page = tabs.begin()
    page.click("main a[href^='/u/reset-password']")
    page.go_back()
    tabs.fill(page)
    page.click("#login-submit")
    page.wait_for_url(AT_APP)
    page.go_back()
    page.wait_for_load_state()
    if not AT_APP.search(page.url):
        page.reload()
        tabs.arrive(page)


def test_back_after_a_refusal_leads_forward_again(tabs: Tabs) -> None:
    page = tabs.begin()
    page.fill("#username", EMAIL)
    page.fill("#password", "wrong")
    page.click("#login-submit")
    page.wait_for_selector("#form-error")
    tabs.fill(page)
    page.click("#login-submit")
    page.wait_for_url(AT_APP)
    page.go_back()
    tabs.arrive(page)


def test_reload_of_a_page_and_of_a_refusal(tabs: Tabs) -> None:
    page, sent = tabs.begin(), list[str]()
    page.reload()
    page.fill("#username", EMAIL)
    page.fill("#password", "wrong")
    page.click("#login-submit")
    page.wait_for_selector("#form-error")
    page.on("request", lambda request: sent.append(request.method))
    page.reload()
    if tabs.has_scripts:
        assert "POST" not in sent
    tabs.arrive(page)


def test_a_double_click_is_one_sign_in(tabs: Tabs) -> None:
    page = tabs.begin()
    tabs.fill(page)
    page.dblclick("#login-submit")
    page.wait_for_url(AT_APP)
    assert "code" in page.url


def test_cookies_wiped_while_the_form_was_filled_in(tabs: Tabs) -> None:
    page = tabs.begin()
    tabs.fill(page)
    tabs.profile.clear_cookies()
    page.click("#login-submit")
    page.wait_for_selector("main a.button")
    tabs.arrive(page)


def test_a_link_opened_in_another_browser_leads_to_the_app(tabs: Tabs, new_profile: NewProfile) -> None:
    address = tabs.begin().url
    page = new_profile().new_page()
    page.goto(address)
    tabs.arrive(page)


def test_a_clock_that_is_wrong_by_years(tabs: Tabs) -> None:
    for when in ("2001-01-01", "2099-12-31"):
        tabs.profile.clear_cookies()
        page = tabs.profile.new_page()
        page.clock.set_fixed_time(when)
        page.goto(tabs.address())
        tabs.arrive(page)


def test_the_server_is_killed_and_started_while_the_form_is_filled_in(tabs: Tabs) -> None:
    page = tabs.begin()
    tabs.fill(page)
    tabs.server.kill()
    tabs.server.start()
    page.click("#login-submit")
    page.wait_for_url(AT_APP)


def test_whoever_stands_at_the_second_step_arrives_whatever_they_do(tabs: Tabs) -> None:
    email = f"{secrets.token_hex(6)}@example.com"
    tabs.server.idp("users", "create", email, "--password-stdin", "--verified", typed=PASSWORD)
    page = tabs.profile.new_page()
    page.goto(tabs.address(acr_values="2"))
    sign_in(page, email)
    page.click("a[href*='/u/totp/set-up']")
    seed = seed_on(page, email)
    enter(page, code_of(seed), "#totp-set-up-submit", scripts=tabs.has_scripts)
    page.click("#codes-saved")
    page.wait_for_url(AT_APP)

    page.goto(tabs.address(prompt="login"))
    sign_in(page, email)
    page.wait_for_url(AT_CODE)
    page.reload()
    page.go_back()
    sign_in(page, email)
    page.wait_for_url(AT_CODE)
    tabs.server.kill()
    tabs.server.start()
    if tabs.has_scripts:  # pasted, so that no script sends it
        page.locator("#code").evaluate("(field, code) => { field.value = code }", code_of(seed, 1))
    else:
        page.fill("#code", code_of(seed, 1))
    page.dblclick("#totp-submit")
    page.wait_for_url(AT_APP)
    assert "code" in parse_qs(urlsplit(page.url).query)
    page.go_back()
    page.wait_for_load_state()
    if not AT_APP.search(page.url):
        page.locator("main a.button").first.click()
        page.wait_for_url(re.compile(re.escape(tabs.home)))


def test_signed_out_and_in_as_another_in_another_tab(tabs: Tabs) -> None:
    waiting, other = tabs.begin(), tabs.begin()
    tabs.arrive(other)
    other.goto(tabs.server.url("/oidc/logout"))
    other.click("#logout-confirm")
    tabs.arrive(waiting)
    waiting.goto(tabs.address(prompt="select_account"))
    assert "/u/select-account" in waiting.url
    tabs.arrive(waiting)


def test_many_tabs_of_two_apps_each_finish(tabs: Tabs) -> None:
    # What a tab without scripts does is what the server does, which test_every_page asks of twenty
    many = 20 if tabs.has_scripts else 6
    opened = [tabs.begin(number % 2) for number in range(many)]
    for page in opened:
        tabs.arrive(page)
    answers = [parse_qs(urlsplit(page.url).query) for page in opened]
    assert len({answer["state"][0] for answer in answers}) == many
    assert len({answer["code"][0] for answer in answers}) == many


def test_no_fault_of_the_server_is_logged(server: ServerProcess) -> None:
    assert Path(server.log_file).exists()
    assert [line for line in server.log_lines() if line["level"] in {"error", "critical"}] == []
