"""Mail over a real SMTP server: what arrives, what cannot be smuggled in, what is tried again."""

import email
import email.policy
import ssl
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from idp.config import Settings
from idp.infra.mail import MailRefusedError, Message, send
from tests.support.certificates import make_certificate
from tests.support.ports import free_port

GREETING = Message(to="alice@example.com", subject="Grüße", text="Hello ✓\n", html="<p>Hello ✓</p>")


class Inbox:
    """Takes mail, or answers as it is told to."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        self.encrypted: list[bool] = []
        self.answer = "250 OK"
        self.recipient_answer = "250 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.recipient_answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content: Any = envelope.content
        self.mails.append(email.message_from_bytes(content, policy=email.policy.default))
        self.recipients.append(envelope.rcpt_tos)
        self.encrypted.append(session.ssl is not None)
        return self.answer


def serve(inbox: Inbox, **options: Any) -> Controller:
    controller = Controller(inbox, hostname="127.0.0.1", port=free_port(), ready_timeout=60, **options)
    controller.start()
    return controller


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def server(inbox: Inbox) -> Iterator[Controller]:
    controller = serve(inbox, enable_SMTPUTF8=True)
    yield controller
    controller.stop()


def settings(url: str) -> Settings:
    return Settings(smtp_url=url, mail_from="Sign-in at ACME <no-reply@id.example>")


def post(server: Controller, message: Message = GREETING) -> None:
    send(message, settings(f"smtp://127.0.0.1:{server.port}"))


def test_a_message_arrives_with_both_parts(server: Controller, inbox: Inbox) -> None:
    post(server)
    (mail,) = inbox.mails
    assert inbox.recipients == [["alice@example.com"]]
    assert mail["To"] == "alice@example.com"
    assert mail["From"] == "Sign-in at ACME <no-reply@id.example>"
    assert mail["Subject"] == "Grüße"
    assert mail["Message-ID"].endswith("@id.example>")
    assert mail["Date"]
    assert mail["Auto-Submitted"] == "auto-generated"
    text, html = mail.get_body(["plain"]), mail.get_body(["html"])
    assert text is not None
    assert html is not None
    assert text.get_content().strip() == "Hello ✓"
    assert html.get_content().strip() == "<p>Hello ✓</p>"


@pytest.mark.parametrize(
    ("to", "subject"),
    [
        ("a@b.test\r\nBcc: victim@example.com", "x"),
        ("a@b.test\nBcc: victim@example.com", "x"),
        ("a@b.test, victim@example.com", "x"),
        ("a@b.test", "x\r\nBcc: victim@example.com"),
        ("a@b.test", "x\u2028Bcc: victim@example.com"),
        ("a@b.test", "x\x00"),
        ("a@b.test", "\ud800"),
        ("", "x"),
        ("a", "x"),
    ],
)
def test_nothing_can_be_smuggled_into_the_headers(server: Controller, inbox: Inbox, to: str, subject: str) -> None:
    try:
        post(server, Message(to=to, subject=subject, text="x"))
    except MailRefusedError:
        assert inbox.mails == []
    else:
        assert inbox.recipients == [["a@b.test"]]
        assert inbox.mails[0]["Bcc"] is None


def test_addresses_in_other_scripts_arrive(server: Controller, inbox: Inbox) -> None:
    post(server, Message(to="jürgen@bücher.example", subject="x", text="x"))
    assert inbox.recipients == [["jürgen@bücher.example"]]


def test_a_lasting_refusal_is_final_and_a_passing_one_is_not(server: Controller, inbox: Inbox) -> None:
    inbox.recipient_answer = "550 no such user"
    with pytest.raises(MailRefusedError, match="550"):
        post(server)
    inbox.recipient_answer = "451 greylisted"
    with pytest.raises(OSError, match="greylisted"):
        post(server)
    inbox.recipient_answer, inbox.answer = "250 OK", "554 looks like spam"
    with pytest.raises(MailRefusedError, match="554"):
        post(server)
    inbox.answer = "452 disk full"
    with pytest.raises(OSError, match="disk full"):
        post(server)


def test_a_server_that_is_gone_is_a_passing_fault() -> None:
    with pytest.raises(OSError, match="refused"):
        send(GREETING, settings(f"smtp://127.0.0.1:{free_port()}"))


def test_without_a_server_nothing_is_tried() -> None:
    with pytest.raises(MailRefusedError):
        send(GREETING, Settings())


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    certificate = make_certificate(tmp_path, "localhost", "127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.authority))
    return certificate.server_context()


def test_mail_is_encrypted_when_the_server_can(inbox: Inbox, tls: ssl.SSLContext) -> None:
    server = serve(inbox, tls_context=tls)
    try:
        post(server)
        send(GREETING, settings(f"smtp://127.0.0.1:{server.port}?starttls=never"))
    finally:
        server.stop()
    assert inbox.encrypted == [True, False]


def test_a_required_encryption_is_not_done_without(server: Controller, inbox: Inbox) -> None:
    with pytest.raises(OSError, match="STARTTLS"):
        send(GREETING, settings(f"smtp://127.0.0.1:{server.port}?starttls=require"))
    assert inbox.mails == []


def test_a_certificate_nobody_vouches_for_is_refused(
    inbox: Inbox, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    server = serve(inbox, tls_context=tls)
    try:
        with pytest.raises(ssl.SSLCertVerificationError):
            post(server)
    finally:
        server.stop()
    assert inbox.mails == []


def test_smtps_and_a_password(inbox: Inbox, tls: ssl.SSLContext) -> None:
    seen: list[Any] = []

    def authenticate(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        seen.append(data)
        return AuthResult(success=True)

    server = serve(inbox, ssl_context=tls, authenticator=authenticate, auth_require_tls=False)
    try:
        send(GREETING, settings(f"smtps://me%40id.example:p%3Aw@127.0.0.1:{server.port}"))
    finally:
        server.stop()
    assert seen == [LoginPassword(b"me@id.example", b"p:w")]
    assert len(inbox.mails) == 1
