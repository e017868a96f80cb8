"""A mail server (aiosmtpd) and what came in."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message
from typing import Any

from aiosmtpd.controller import Controller

from tests.support.ports import free_port

MAIL_SECONDS = 120


class Inbox:
    """What came in."""

    def __init__(self) -> None:
        self.texts: list[tuple[str, str]] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 -- aiosmtpd's name
        message: Message = message_from_bytes(envelope.content)
        text = next(part for part in message.walk() if part.get_content_type() == "text/plain")
        payload = text.get_payload(decode=True)
        assert isinstance(payload, bytes)
        self.texts.append((envelope.rcpt_tos[0], payload.decode().replace("\r\n", "\n")))
        return "250 OK"

    def wait_for(self, address: str, pattern: str) -> str:
        """What the pattern finds in the newest mail to an address that has it."""
        end = time.monotonic() + MAIL_SECONDS
        while time.monotonic() < end:
            for to, text in reversed(self.texts):
                if to == address and (found := re.search(pattern, text, re.MULTILINE)):
                    return found[1]
            time.sleep(0.05)
        raise AssertionError((address, pattern, self.texts))

    def wait_for_code(self, address: str) -> str:
        """The six digits that are mailed to an address; they are not found again."""
        code = self.wait_for(address, r"^(\d{3} \d{3})$")
        self.texts = [(to, text) for to, text in self.texts if to != address]
        return code


@contextmanager
def receiving() -> Iterator[tuple[Inbox, str]]:
    """A mail server that runs, and the setting that has mails sent to it."""
    handler, port = Inbox(), free_port()
    controller = Controller(handler, hostname="127.0.0.1", port=port, ready_timeout=60)
    controller.start()
    try:
        yield handler, f"smtp://127.0.0.1:{port}"
    finally:
        controller.stop()
