"""/dev/mailbox shows on loopback what would have been sent; with a mail server the worker sends it."""

from collections.abc import Iterator
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as Received
from flask import Flask

from idp.app import create_app
from idp.config import Settings
from idp.domain.users import mails
from idp.domain.users.queries import get_user
from idp.infra import words
from idp.infra.db import unit_of_work
from idp.infra.jobs import Worker, depth, list_kept
from idp.infra.words import say
from idp.web.mails import handlers, render_mail
from tests.support.browser import Browser
from tests.support.factories import EMAIL, make_user
from tests.support.ports import free_port
from tests.web.samples import MAILS


class Inbox(Received):
    """A mail server that keeps what it gets."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[Any] = []

    def handle_message(self, message: Any) -> None:
        self.messages.append(message)


NOTICE = say("A passkey was added: {name}.", name="Laptop\nX-Evil: 1")


@pytest.fixture
def inbox() -> Iterator[tuple[Inbox, int]]:
    """The server and its port."""
    port = free_port()
    server = Controller(Inbox(), hostname="127.0.0.1", port=port, ready_timeout=60)
    server.start()
    yield server.handler, port
    server.stop()


def send_some(app: Flask) -> None:
    make_user(app)
    with app.app_context(), unit_of_work():
        user = get_user(EMAIL)
        mails.mail_verification(user, "Ann's <b>App</b>\nSubject: x", None)
        mails.mail_reset(user, None)
        mails.mail_signup_existing(user, None)
        mails.mail_password_changed(user)


def test_a_notice_is_said_in_the_language_of_its_reader_and_no_value_begins_a_line(app: Flask) -> None:
    make_user(app)
    with app.app_context(), unit_of_work(), words.reading("en"):
        mails.mail_security_notice(get_user(EMAIL), NOTICE, to="before@example.com")
    with app.test_request_context():
        mail = render_mail(list_kept(mails.KIND)[0].payload)
    assert mail.to == "before@example.com"
    assert mail.subject == "A passkey was added: Laptop X-Evil: 1"
    assert "X-Evil" not in [line.partition(":")[0] for line in mail.text.splitlines()]
    assert EMAIL in mail.text


def test_what_is_composed_is_what_the_templates_ask_for(app: Flask) -> None:
    send_some(app)
    with app.app_context(), unit_of_work():
        user = get_user(EMAIL)
        mails.mail_sign_in(user, None, code="123 456", link="ml1_x", expires_in=600)
        mails.mail_invitation(user, None, None)
        mails.mail_sign_up(user, None, None, None)
        mails.mail_security_notice(user, NOTICE)
        mails.mail_email_change(user, "new@example.com")
        mails.mail_email_changed(user, "old@example.com", is_kept=True)
        mails.mail_account_deleted(user)
    with app.app_context():
        composed = {kept.payload["template"]: set(kept.payload["context"]) for kept in list_kept(mails.KIND)}
    assert composed == {name: set(context) for name, context in MAILS.items() if " " not in name}


def test_the_newest_stands_first_and_each_can_be_read(app: Flask, browser: Browser) -> None:
    send_some(app)
    text = browser.get("/dev/mailbox").get_data(as_text=True)
    assert text.index("Your password was changed") < text.index("Confirm your e-mail address")
    newest, *_, oldest = [link for link in browser.links if link.startswith("/dev/mailbox/")]
    assert "was changed on" in browser.get(newest).get_data(as_text=True)
    browser.get(oldest)
    assert any("/u/verify-email?ticket=" in link for link in browser.links)


def test_the_html_part_runs_nothing_and_has_no_origin(app: Flask, browser: Browser) -> None:
    send_some(app)
    browser.get("/dev/mailbox")
    browser.get([link for link in browser.links if link.startswith("/dev/mailbox/")][-1])
    page = browser.get(next(link for link in browser.links if link.endswith("/html")))
    assert page.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert "<b>App</b>" not in page.get_data(as_text=True)


def test_the_worker_keeps_what_the_mailbox_shows(app: Flask, browser: Browser) -> None:
    send_some(app)
    with app.app_context():
        handled = handlers()
    Worker(handled, app.app_context, keep_payloads=True).run_until_empty()
    assert "Choose a new password" in browser.get("/dev/mailbox").get_data(as_text=True)
    with app.app_context():
        assert depth().waiting == 0


def test_an_unknown_message_is_not_there(app: Flask, browser: Browser) -> None:
    assert browser.get("/dev/mailbox/99999").status_code == 404


def test_only_this_machine_may_look(app: Flask) -> None:
    page = app.test_client().get("/dev/mailbox", environ_base={"REMOTE_ADDR": "192.0.2.1"})
    assert page.status_code == 404


def test_with_a_mail_server_there_is_no_mailbox(settings: Settings) -> None:
    real = create_app(settings.model_copy(update={"smtp_url": "smtp://127.0.0.1:1"}))
    assert real.test_client().get("/dev/mailbox").status_code == 404


def test_the_worker_sends_both_parts_and_no_line_of_an_app_becomes_a_header(
    app: Flask, inbox: tuple[Inbox, int]
) -> None:
    handler, port = inbox
    send_some(app)
    own = app.config["IDP"]
    app.config["IDP"] = own.model_copy(update={"smtp_url": f"smtp://127.0.0.1:{port}"})
    try:
        with app.app_context():
            handled = handlers()
        Worker(handled, app.app_context).run_until_empty()
    finally:
        app.config["IDP"] = own
    subjects = [message["Subject"] for message in handler.messages]
    assert subjects == [
        "Confirm your e-mail address",
        "Choose a new password",
        "You already have an account",
        "Your password was changed",
    ]
    first = handler.messages[0]
    assert first["To"] == EMAIL
    text = first.get_payload()[0].get_payload(decode=True).decode()
    assert "Welcome to Ann's <b>App</b> Subject: x." in text
    with app.app_context():
        assert list_kept(mails.KIND) == []


def test_the_first_line_is_the_subject_and_not_in_the_text(app: Flask) -> None:
    with app.test_request_context():
        rendered = render_mail({"template": "reset_password", "to": EMAIL, "context": MAILS["reset_password"]})
    assert rendered.subject == "Choose a new password"
    assert rendered.text.startswith("Someone asked for a new password")
