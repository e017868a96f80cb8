"""Links in mails lead to the configured issuer, whatever host a request claims to have come to."""

from collections.abc import Callable
from typing import Any

from flask import Flask

from idp.domain.lifecycle.invitations import invite
from idp.infra.db import unit_of_work
from tests.login.conftest import link_in
from tests.support.browser import ORIGIN, Browser
from tests.support.factories import EMAIL, PASSWORD
from tests.support.second_factors import set_policy

Mails = Callable[[], list[Any]]
HOST = "evil.example"
FORGED = {"X-Forwarded-Host": HOST, "Forwarded": f"host={HOST}", "Referer": f"http://{HOST}/"}


def submit(app: Flask, browser: Browser, **values: str) -> int:
    """Send the last form of the page to a host that is not ours."""
    client = app.test_client()
    for name in ("idp_browser", "idp_session"):
        if (cookie := browser.client.get_cookie(name)) is not None:
            client.set_cookie(name, cookie.value, domain=HOST)
    form = browser.forms[-1]
    path = form.action or browser.page.request.full_path
    return client.post(path, base_url=f"http://{HOST}", data={**form.fields, **values}, headers=FORGED).status_code


def test_a_page_under_another_name_of_the_machine_leads_to_our_own(app: Flask, browser: Browser) -> None:
    browser.get("/u/login")
    form = browser.forms[0]
    host = "http://127.0.0.1:8000"
    refused = browser.client.post(
        form.action, base_url=host, data={**form.fields, "username": EMAIL}, headers={"Origin": host}
    )
    assert refused.status_code == 403
    assert f'href="{ORIGIN}/u/login"' in refused.text


def test_no_mail_leads_to_a_forged_host(app: Flask, mails: Mails) -> None:
    set_policy(app, first=("password", "magic_link"))
    browser = Browser(app)
    browser.get("/u/signup")
    assert submit(app, browser, email=EMAIL, password=PASSWORD) == 303
    browser.get("/u/login")
    browser.submit("login-submit", username=EMAIL, password=PASSWORD)
    browser.get("/account/email")
    assert submit(app, browser, email="ada@example.org") == 200
    browser.get(link_in(next(mail.text for mail in mails() if "/account/email/confirm" in mail.text)))
    assert submit(app, browser) == 303
    stranger = Browser(app)
    stranger.get("/u/login")
    assert submit(app, stranger, username="ada@example.org", action="email_code") == 303
    with app.test_request_context(base_url=f"http://{HOST}", headers=FORGED), unit_of_work():
        invite("grace@example.com", None)
    paths = {link_in(mail.text).partition("?")[0] for mail in mails()}
    kinds = {"/u/verify-email", "/account/email/confirm", "/u/undo-email", "/u/magic-link", "/u/invitation"}
    assert kinds <= paths
    for mail in mails():
        assert HOST not in mail.text + mail.html
        assert f"{ORIGIN}/" in mail.text
