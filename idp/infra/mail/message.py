"""RFC 5322, RFC 2046 §5.1.4: one message to one person."""

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid, parseaddr
from typing import Final

from idp.infra.jobs import PermanentError

_PART: Final = re.compile(r"[^\s@,;:<>()\[\]\\\"]+")


class MailRefusedError(PermanentError):
    """This message can never be sent: trying again is of no use."""


@dataclass(frozen=True)
class Message:
    """What is to be mailed."""

    to: str
    subject: str
    text: str
    html: str | None = None

    def compose(self, sender: str, sent_at: dt.datetime) -> EmailMessage:
        """The message as it goes over the wire. Raises MailRefusedError for what could add a header or an address."""
        mail = EmailMessage(policy=SMTP)
        try:
            from_address = _address(sender)
            mail["From"] = from_address
            mail["To"] = _address(self.to)
            mail["Subject"] = _one_line(self.subject)
            mail["Message-ID"] = make_msgid(domain=from_address.domain)
        except (ValueError, IndexError) as error:
            raise MailRefusedError(f"not an address, or not one line: {error}") from error
        mail["Date"] = format_datetime(sent_at)
        # RFC 3834 §5: nobody's holiday notice should answer
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(self.text)
        if self.html is not None:
            mail.add_alternative(self.html, subtype="html")
        return mail


def _address(text: str) -> Address:
    name, address = parseaddr(_one_line(text))
    local, _, domain = address.rpartition("@")
    if not _PART.fullmatch(local) or not _PART.fullmatch(domain):
        raise ValueError("no single address")
    # By its parts: `addr_spec` would refuse letters beyond ASCII (RFC 6531)
    return Address(display_name=name, username=local, domain=domain)


def _one_line(text: str) -> str:
    if any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in text):
        raise ValueError("control characters or line breaks")
    return text
