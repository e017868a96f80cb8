"""RFC 5321, RFC 3207, RFC 8314: handing a message to the mail server of the settings."""

import datetime as dt
import smtplib
import ssl
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

from idp.config import LOOPBACK_HOSTS, Settings
from idp.infra import clock
from idp.infra.mail.message import MailRefusedError, Message

TIMEOUT_SECONDS: Final = 20
_PERMANENT: Final = range(500, 600)
_AUTHENTICATION_FAULTS: Final = range(530, 540)


def send(message: Message, settings: Settings) -> None:
    """Send by `settings.smtp_url`: `smtps://…` speaks TLS from the start, `smtp://…` turns to it with STARTTLS.

    `?starttls=` is `auto` (when the server offers it; must, when there is a password for a server elsewhere),
    `require` or `never`.

    Raises:
        MailRefusedError: the server will never take this message.
        smtplib.SMTPException, OSError: it did not work this time.
    """
    if settings.smtp_url is None:
        raise MailRefusedError("no mail server is set (IDP_SMTP_URL)")
    mail = message.compose(settings.mail_from, dt.datetime.fromtimestamp(clock.now(), dt.UTC))
    with _connect(settings.smtp_url) as server:
        try:
            server.send_message(mail)
        except smtplib.SMTPRecipientsRefused as error:
            code, answer = next(iter(error.recipients.values()))
            if _is_permanent(code):
                raise MailRefusedError(f"the recipient is refused: {code} {answer!r}") from error
            raise
        except (smtplib.SMTPDataError, smtplib.SMTPSenderRefused) as error:
            if _is_permanent(error.smtp_code):
                raise MailRefusedError(f"the message is refused: {error.smtp_code} {error.smtp_error!r}") from error
            raise
        except smtplib.SMTPNotSupportedError as error:
            raise MailRefusedError("the mail server cannot take an address with such letters") from error


def _connect(url: str) -> smtplib.SMTP:
    parts = urlsplit(url)
    host, context = parts.hostname or "localhost", ssl.create_default_context()
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, parts.port or 465, timeout=TIMEOUT_SECONDS, context=context)
    else:
        server = smtplib.SMTP(host, parts.port or 25, timeout=TIMEOUT_SECONDS)
    try:
        if parts.scheme != "smtps":
            mode = parse_qs(parts.query).get("starttls", ["auto"])[0]
            _start_tls(server, mode, context, must=mode == "require" or _has_secret(parts.password, host))
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
    except BaseException:
        server.close()
        raise
    return server


def _start_tls(server: smtplib.SMTP, mode: str, context: ssl.SSLContext, *, must: bool) -> None:
    server.ehlo_or_helo_if_needed()
    if mode == "never":
        return
    if server.has_extn("starttls"):
        server.starttls(context=context)
        server.ehlo()
    elif must:
        raise smtplib.SMTPNotSupportedError("the mail server offers no STARTTLS; a password would go in clear")


def _has_secret(password: str | None, host: str) -> bool:
    return bool(password) and host not in LOOPBACK_HOSTS


def _is_permanent(code: int) -> bool:
    # A login that the server asks for is a fault of the settings, which can be mended while the mail waits
    return code in _PERMANENT and code not in _AUTHENTICATION_FAULTS
