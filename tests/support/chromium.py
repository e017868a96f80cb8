"""Debian's Chromium, driven by Playwright: one for each xdist worker, a fresh profile for each test."""

from collections.abc import Iterator
from typing import Protocol

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.support.needs import require

STEP_MILLISECONDS = 60_000
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]  # tests may run as root, in a container


class NewProfile(Protocol):
    """Makes a profile: no cookies, its own window size, colour scheme and whether scripts run."""

    def __call__(
        self, *, width: int = 1280, dark: bool = False, scripts: bool = True, any_certificate: bool = False
    ) -> BrowserContext: ...


@pytest.fixture(scope="session")
def chromium(request: pytest.FixtureRequest) -> Iterator[Browser]:
    """The browser."""
    program = require(request.config, "chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=OPTIONS)
        yield browser
        browser.close()


@pytest.fixture
def new_profile(chromium: Browser) -> Iterator[NewProfile]:
    """Profiles that end with the test."""
    opened: list[BrowserContext] = []

    def open_(
        *, width: int = 1280, dark: bool = False, scripts: bool = True, any_certificate: bool = False
    ) -> BrowserContext:
        profile = chromium.new_context(
            viewport={"width": width, "height": 900 if width > 600 else 844},
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
            ignore_https_errors=any_certificate,
            reduced_motion="reduce",
        )
        profile.set_default_timeout(STEP_MILLISECONDS)
        opened.append(profile)
        return profile

    yield open_
    for profile in opened:
        profile.close()
