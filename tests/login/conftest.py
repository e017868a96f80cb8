"""A person at the login page of an app, and what stands in the mails that they get."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from idp.domain.users.mails import KIND
from idp.infra.jobs import list_kept
from idp.web.mails import render_mail
from tests.support.browser import Browser
from tests.support.factories import CALLBACK, App, make_client

CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
Begin = Callable[..., Browser]


@pytest.fixture
def client(app: Flask) -> App:
    """An app of the operator's own."""
    return make_client(app)


@pytest.fixture
def begin(client: App, browser: Browser) -> Begin:
    """Open the app's sign-in; parameters of the request may be added or changed."""

    def open_authorize(in_browser: Browser = browser, **changes: str) -> Browser:
        in_browser.get("/authorize", **request_of(client, **changes))
        return in_browser

    return open_authorize


@pytest.fixture
def mails(app: Flask) -> Callable[[], list[Any]]:
    """The mails so far, newest first, as they will be sent."""

    def rendered() -> list[Any]:
        with app.test_request_context():
            return [render_mail(kept.payload) for kept in list_kept(KIND)]

    return rendered


def request_of(client: App, **changes: str) -> dict[str, str]:
    """An authorization request (RFC 6749 §4.1.1)."""
    asked = {
        "client_id": client.id,
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "openid email",
        "state": "xyz",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    return asked | changes


def link_in(text: str) -> str:
    """The path of the first link of ours in a mail."""
    found = re.search(r"http://localhost:8000(/\S+)", text)
    assert found is not None, text
    return found[1]
