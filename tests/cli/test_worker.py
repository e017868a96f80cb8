"""Mails wait for whoever sends them: the server itself, or `idp worker` beside servers that do not."""

import subprocess
import time
from collections.abc import Iterator

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message

from tests.support.factories import PASSWORD
from tests.support.ports import free_port
from tests.support.programs import PROGRAM
from tests.support.server import ServerProcess, serving
from tests.support.visitor import Visitor

WAIT_SECONDS = 60


class Inbox(Message):
    def __init__(self):
        super().__init__()
        self.mails: list = []

    def handle_message(self, message) -> None:
        self.mails.append(message)


@pytest.fixture
def smtp() -> Iterator[Controller]:
    controller = Controller(Inbox(), hostname="127.0.0.1", port=free_port(), ready_timeout=60)
    controller.start()
    yield controller
    controller.stop()


def sign_up(server: ServerProcess) -> None:
    with Visitor() as visitor:
        visitor.open(server.url("/u/signup"))
        assert visitor.submit("signup-submit", email="ada@example.com", password=PASSWORD).ok


def wait_for_mail(smtp: Controller) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not smtp.handler.mails:
        assert time.monotonic() < deadline, "no mail came"
        time.sleep(0.05)
    assert smtp.handler.mails[0]["To"] == "ada@example.com"


def test_a_server_sends_its_own_mails(tmp_path, smtp):
    with serving(tmp_path, smtp_url=f"smtp://127.0.0.1:{smtp.port}") as server:
        sign_up(server)
        wait_for_mail(smtp)


def test_a_worker_sends_what_a_server_leaves(tmp_path, smtp):
    with serving(tmp_path, options=("--no-worker",), smtp_url=f"smtp://127.0.0.1:{smtp.port}") as server:
        sign_up(server)
        assert not smtp.handler.mails
        worker = subprocess.Popen([PROGRAM, "worker"], cwd=tmp_path, env=server.environment, stderr=subprocess.DEVNULL)
        try:
            wait_for_mail(smtp)
        finally:
            worker.terminate()
            assert worker.wait(60) == 0
