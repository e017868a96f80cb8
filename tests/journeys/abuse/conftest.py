"""What "no dead end" means, and who must not meet one."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from flask import Flask

from tests.journeys.abuse.traveller import Traveller
from tests.support.browser import Browser
from tests.support.factories import CALLBACK
from tests.support.forms import read

APP = "https://app.example.com/"
_MOST_PAGES = 4


@pytest.fixture
def traveller(app: Flask) -> Traveller:
    """On the way to an app of the operator's own."""
    return Traveller(app)


@pytest.fixture
def ends_well() -> Callable[[Browser], None]:
    """Check where a browser has ended up."""
    return assert_no_dead_end


def assert_no_dead_end(browser: Browser) -> None:
    """The browser is at the app; or on a page with a form or a button of which one leads on, in a few steps at most."""
    for _ in range(_MOST_PAGES):
        if browser.elsewhere is not None:
            assert browser.elsewhere.startswith((APP, CALLBACK)), browser.elsewhere
            return
        page = browser.page
        what = f"{page.request.method} {page.request.path}: {page.status}\n{page.text[:3000]}"
        assert page.status_code < 500, what
        if page.mimetype == "application/json":
            return  # for a script of ours, which shows what it says
        forms, links = ways_on(page.text)
        if forms and page.status_code in {200, 422, 429}:
            return
        assert links, f"nothing to press: {what}"
        if page.status_code == 200:
            return
        if urlsplit(links[0]).netloc not in {"", "localhost:8000"}:
            assert links[0].startswith(APP), links[0]
            return
        browser.get(links[0])
    raise AssertionError(f"in circles: {browser.page.request.path}")


def ways_on(html: str) -> tuple[int, list[str]]:
    """The forms and links of what a page is about: footers with terms and languages lead nowhere."""
    found = read(html.partition("<footer")[0])
    links = [link for link in found.links if link and not link.startswith(("#", "data:", "otpauth:"))]
    return sum(form.method == "post" for form in found.forms), links
