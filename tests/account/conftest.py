"""A person at the pages of their account, and what stands in the mails that they get."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from flask import Flask

from idp.domain.events.context import RequestFacts, set_facts
from idp.domain.sessions.browser_sessions import begin_session
from idp.domain.sessions.models import Session
from idp.domain.users.mails import KIND
from idp.domain.users.queries import get_user
from idp.infra.db import db, unit_of_work
from idp.infra.jobs import list_kept
from idp.web.mails import render_mail
from tests.support.browser import Browser
from tests.support.factories import make_user

Mails = Callable[[], list[Any]]
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)
STALE = 600
TWO_FACTORS = ("pwd", "otp", "mfa")


class Visitor(Browser):
    """A browser in which somebody is signed in."""

    sid: str

    def told(self) -> str:
        """What the page says."""
        return self.page.get_data(as_text=True)


def visitor(
    app: Flask, user_id: str, age: int = 0, user_agent: str = CHROME, amr: tuple[str, ...] = ("pwd",)
) -> Visitor:
    """A new login of a user's, so many seconds ago."""
    browser = Visitor(app)
    with app.app_context(), unit_of_work():
        set_facts(RequestFacts(ip="203.0.113.7", user_agent=user_agent))
        cookie, browser.sid = begin_session(get_user(user_id), amr)
        db.session.get_one(Session, browser.sid).auth_time -= age
    browser.client.set_cookie("idp_session", cookie, domain="localhost")
    return browser


def see(app: Flask, user_id: str) -> Mapping[str, Any]:
    """A user as the database has them now."""
    with app.app_context():
        user = get_user(user_id)
        return {"email": user.email, "verified": user.email_verified, "claims": dict(user.claims)}


def link_in(text: str) -> str:
    """The path of the first link of ours in a mail."""
    found = re.search(r"http://localhost:8000(/\S+)", text)
    assert found is not None, text
    return found[1]


@pytest.fixture
def user_id(app: Flask) -> str:
    """Ada, with a password."""
    return make_user(app)


@pytest.fixture
def ada(app: Flask, user_id: str) -> Visitor:
    """Ada's browser, signed in just now."""
    return visitor(app, user_id)


@pytest.fixture
def mails(app: Flask) -> Mails:
    """The mails so far, newest first, as they will be sent."""

    def rendered() -> list[Any]:
        with app.test_request_context():
            return [render_mail(kept.payload) for kept in list_kept(KIND)]

    return rendered
