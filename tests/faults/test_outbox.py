"""The outbox over a real mail server: nothing is lost with a process, and nobody waits for a mail."""

import asyncio
import email
import email.policy
import re
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from idp.domain.credentials.passwords import hash_password
from idp.domain.lifecycle.signup import sign_up
from idp.infra.mail.delivery import TIMEOUT_SECONDS
from tests.faults.nodes import Node, deployment, eventually
from tests.faults.seeding import PASSWORD, inside, rows
from tests.faults.visitor import Visitor
from tests.faults.volley import ask, get
from tests.support.ports import free_port

TICKET = re.compile(r"/u/verify-email\?ticket=[\w-]+")


class Inbox:
    """Takes mail; while it is `stuck`, it never says that it did."""

    def __init__(self) -> None:
        self.stuck = False
        self.asked = threading.Event()
        self.recipients: list[str] = []
        self.texts: list[str] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 -- aiosmtpd's
        self.asked.set()
        while self.stuck:  # noqa: ASYNC110 -- set from another thread
            await asyncio.sleep(0.02)
        mail = email.message_from_bytes(bytes(envelope.content or b""), policy=email.policy.default)
        body = mail.get_body(("plain",))
        self.recipients += envelope.rcpt_tos
        self.texts.append(str(body.get_content()) if body else "")
        return "250 OK"


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def smtp_url(inbox: Inbox) -> Iterator[str]:
    controller = Controller(inbox, hostname="127.0.0.1", port=free_port(), ready_timeout=60)
    controller.start()
    yield f"smtp://127.0.0.1:{controller.port}"
    inbox.stuck = False
    controller.stop()


def newcomer(node: Node, address: str) -> None:
    with inside(node.house):
        sign_up(address, hash_password(PASSWORD), None, None)


def test_a_mail_survives_the_death_of_the_server(
    tmp_path: Path, database_url: str, inbox: Inbox, smtp_url: str
) -> None:
    with deployment(tmp_path, database_url, count=1, options=("--no-worker",), smtp_url=smtp_url) as (node,):
        response = sign_up_by_form(node, "ada@example.com")
        assert response == 303
        node.kill()
        assert inbox.recipients == []
        node.options = ()
        node.start()
        eventually(lambda: inbox.texts, "the mail arrives")
        assert inbox.recipients == ["ada@example.com"]
        (link,) = set(TICKET.findall(inbox.texts[0]))
        page = Visitor().get(node, link)
        assert page.status_code == 200
        eventually(lambda: states(node) == [("done", "{}")], "it is marked as done, and holds no link any more")


def test_a_mail_whose_sender_was_killed_is_sent_by_another(
    tmp_path: Path, database_url: str, inbox: Inbox, smtp_url: str
) -> None:
    with deployment(tmp_path, database_url, count=1, smtp_url=smtp_url) as (node,):
        inbox.stuck = True
        newcomer(node, "ada@example.com")
        assert inbox.asked.wait(120)
        node.kill_worker()
        inbox.stuck = False
        # The dead one's lease would last two minutes
        rows(node.house, "UPDATE outbox SET due_at = 0 WHERE state = 'waiting' RETURNING id")
        eventually(lambda: states(node) == [("done", "{}")], "another worker sends it")
        assert set(inbox.recipients) == {"ada@example.com"}


def test_each_of_many_mails_is_sent_by_one_of_two_nodes(
    tmp_path: Path, database_url: str, inbox: Inbox, smtp_url: str
) -> None:
    addresses = {f"person{number}@example.com" for number in range(20)}
    with deployment(tmp_path, database_url, smtp_url=smtp_url) as nodes:
        with inside(nodes[0].house):
            stored = hash_password(PASSWORD)
            for address in addresses:
                sign_up(address, stored, None, None)
        eventually(lambda: set(inbox.recipients) == addresses, "all arrive")
        eventually(lambda: set(states(nodes[0])) == {("done", "{}")}, "all are marked as done")
        assert sorted(inbox.recipients) == sorted(addresses), "none twice"


def test_a_mail_server_that_hangs_holds_no_sign_up_back(tmp_path: Path, database_url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        smtp_url = f"smtp://127.0.0.1:{silent.getsockname()[1]}"
        with deployment(tmp_path, database_url, count=1, smtp_url=smtp_url) as (node,):
            assert sign_up_by_form(node, "first@example.com") == 303
            connection, _ = silent.accept()  # the outbox's worker waits for a greeting from now on
            began = time.monotonic()
            answers = [sign_up_by_form(node, f"person{number}@example.com") for number in range(3)]
            assert (answers, ask(node.port, get("/readyz")).status) == ([303] * 3, 200)
            assert time.monotonic() - began < 2 * TIMEOUT_SECONDS, "each of the three waited for the mail server"
            connection.close()
            assert len(states(node)) == 4


def sign_up_by_form(node: Node, address: str) -> int:
    visitor = Visitor()
    page = visitor.get(node, "/u/signup")
    return visitor.submit(node, page, email=address, password=PASSWORD).status_code


def states(node: Node) -> list[tuple[str, str]]:
    found = rows(node.house, "SELECT state, CAST(payload AS VARCHAR(2000)) FROM outbox ORDER BY id")
    return [(str(state), str(payload)) for state, payload in found]
