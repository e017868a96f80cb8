"""A person on the way to an app, brought to each page of the login; and what "no dead end" means.

Pages of ways in are found by METHODS, so one that is added is abused as the others are.
"""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from flask import Flask

from idp.domain.credentials.passkeys import create_passkey, registration_options
from idp.domain.users.queries import get_user
from idp.infra.db import unit_of_work
from idp.login.methods import METHODS
from tests.login.conftest import request_of
from tests.support.authenticator import Authenticator
from tests.support.browser import Browser
from tests.support.factories import CALLBACK, EMAIL, PASSWORD, App, make_client, make_user
from tests.support.forms import read
from tests.support.second_factors import enrol_totp, give_recovery_codes, set_policy

APP = "https://app.example.com/"
OTHER = "other@example.com"
EVERY = {
    "first": ("password", "passkey", "email_code", "magic_link"),
    "second": ("passkey", "totp", "email_code", "recovery_code"),
}
_MOST_PAGES = 4

SECOND_PAGES = tuple(method.path for method in METHODS if method.path is not None)
SET_UP_PAGES = tuple(method.set_up_path for method in METHODS if method.set_up_path is not None)
STEPS = ("login", "password", "signup", "select-account", "choice", "consent", *SECOND_PAGES, *SET_UP_PAGES)


class Traveller:
    """Ada in her browser, and what can be done to her sign-in."""

    def __init__(self, app: Flask) -> None:
        self.app, self.browser = app, Browser(app)
        self.user_id = make_user(app)
        self.client: App = make_client(app)

    def begin(self, **changes: str) -> None:
        """Open the app's sign-in."""
        self.browser.get("/authorize", **request_of(self.client, **changes))

    def sign_in(self, email: str = EMAIL) -> None:
        """Fill in the login page that is open."""
        self.browser.submit("login-submit", username=email, password=PASSWORD)

    def come_to(self, step: str) -> None:
        """Stand on a page of the sign-in, and have seen it."""
        if step == "signup":
            self.begin(screen_hint="signup")
        elif step == "select-account":
            self.begin()
            self.sign_in()
            self.begin(prompt="select_account")
        elif step == "consent":
            self.client = make_client(self.app, name="Asking App", requires_consent=True)
            self.begin()
            self.sign_in()
        elif step == "login":
            self.begin()
        elif step == "password":
            set_policy(self.app, identifier_first=True)
            self.begin()
            self.browser.submit("login-submit", username=EMAIL)
            assert self.browser.page.request.path == "/u/login/password"
        else:
            self._come_to_second(step)
        assert self.browser.elsewhere is None
        assert self.browser.page.status_code == 200, self.browser.page.text[:2000]

    def _come_to_second(self, step: str) -> None:
        set_policy(self.app, **EVERY, second_factor="required")
        if step in SET_UP_PAGES:
            set_policy(self.app, second=("passkey", "totp", "recovery_code"))  # a verified address needs no setting up
        else:
            self._enrol_all()
        self.begin()
        self.sign_in()
        state = self.browser.state
        if step == "choice":
            self.browser.get("/u/second-factor", state=state, other="1")
        else:
            self.browser.get(step, state=state)
            assert self.browser.page.request.path == step

    def _enrol_all(self) -> None:
        enrol_totp(self.app, self.user_id)
        give_recovery_codes(self.app, self.user_id)
        with self.app.app_context(), unit_of_work():
            user = get_user(self.user_id)
            made = Authenticator().make(registration_options("br1_elsewhere", user))
            create_passkey(made, "br1_elsewhere", user)

    def leave(self, button: str = "cancel") -> None:
        """Finish the sign-in in another tab: back to the app, which has its answer."""
        state = self.browser.state
        self.browser.get("/u/login", state=state, switch="1")
        self.browser.submit(button)
        assert self.browser.elsewhere is not None


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
