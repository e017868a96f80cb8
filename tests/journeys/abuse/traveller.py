"""A person in her browser on the way to an app, and what can be done to her sign-in."""

import re

from flask import Flask

from idp.domain.sessions.browser_sessions import begin_session
from idp.domain.users.mails import KIND
from idp.domain.users.queries import get_user
from idp.infra.db import unit_of_work
from idp.infra.jobs import list_kept
from idp.web.mails import render_mail
from tests.login.conftest import request_of
from tests.support.browser import ORIGIN, Browser
from tests.support.factories import EMAIL, PASSWORD, App, make_client, make_user
from tests.support.forms import Form

NEW_PASSWORD = "another long and quiet sentence"


class Traveller:
    """Ada, and the app that she is on the way to."""

    def __init__(self, app: Flask) -> None:
        self.app, self.browser = app, Browser(app)
        self.user_id = make_user(app)
        self.client: App = make_client(app)
        self.state: str | None = None
        """The sign-in that the app waits for, if one does."""
        self.typed = {"username": EMAIL, "email": EMAIL, "password": PASSWORD}
        """What she types where a page asks for it."""

    def begin(self, **changes: str) -> None:
        """Open the app's sign-in."""
        self.browser.get("/authorize", **request_of(self.client, **changes))
        self.state = self.browser.state

    def sign_in(self, email: str = EMAIL) -> None:
        """Fill in the login page that is open."""
        self.browser.submit("login-submit", username=email, password=PASSWORD)

    def filled(self, form: Form) -> dict[str, str]:
        """A form as she sends it, by its first button."""
        typed = {name: value for name, value in self.typed.items() if name in form.fields}
        return form.filled(next(iter(form.buttons), ""), **typed)

    def mailed(self, pattern: str) -> str:
        """What stands in the newest mail to her."""
        with self.app.test_request_context():
            text = render_mail(list_kept(KIND)[0].payload).text
        found = re.search(pattern, text, re.MULTILINE)
        assert found is not None, text
        return found[1]

    def open_mailed(self) -> None:
        """Press the button of the newest mail."""
        self.browser.get(self.mailed(rf"{ORIGIN}(/u/\S+)"))

    def leave(self, button: str = "cancel") -> None:
        """Finish the sign-in in another tab: the app has its answer. Where none waits, she is signed in."""
        if self.state is None:
            be_signed_in(self.app, self.browser, self.user_id)
            return
        self.browser.get("/u/login", state=self.state, switch="1")
        self.browser.submit(button)
        assert self.browser.elsewhere is not None


def be_signed_in(app: Flask, browser: Browser, user_id: str) -> None:
    """As who signed in in another tab."""
    with app.app_context(), unit_of_work():
        cookie, _ = begin_session(get_user(user_id), ("pwd",))
    browser.client.set_cookie("idp_session", cookie, domain="localhost")
