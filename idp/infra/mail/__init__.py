"""Mail: RFC 5322 messages with a text and an HTML part, sent by SMTP from the outbox worker."""

from idp.infra.mail.delivery import send
from idp.infra.mail.message import MailRefusedError, Message

__all__ = ["MailRefusedError", "Message", "send"]
