"""/account: for its owner alone, signed in, and for what is sensitive signed in a moment ago."""

from urllib.parse import quote

import pytest
from flask import Flask

from idp.account.door import PAGES
from tests.support.browser import Browser
from tests.support.factories import EMAIL, PASSWORD, make_user


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app)


@pytest.mark.parametrize("path", sorted({path for path, method, _, _ in PAGES if method == "GET" and "<" not in path}))
def test_a_stranger_is_sent_to_sign_in_and_comes_back(app: Flask, browser: Browser, path: str) -> None:
    make_user(app)
    answer = browser.client.get(path)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/u/login?return_to={quote(path, safe='')}")
    browser.get(path)
    browser.submit("login-submit", username=EMAIL, password=PASSWORD)
    # A page of a link says that there is none
    assert browser.page.status_code == (400 if path == "/account/email/confirm" else 200)
    assert browser.page.request.path == path
