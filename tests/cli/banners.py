"""What `idp start` said once it was ready."""

import time

from tests.support.server import ServerProcess

_SECONDS = 120


def banner(server: ServerProcess) -> str:
    """The newest banner of a server."""
    deadline = time.monotonic() + _SECONDS
    while True:
        printed = server.log_file.read_text().rpartition("idp is ready.")[2]
        if "  Mails" in printed and printed.endswith("\n"):
            return printed
        assert time.monotonic() < deadline, server.log_file.read_text()[-4000:]
        time.sleep(0.02)


def address(server: ServerProcess, label: str) -> str:
    """What the banner has after a label."""
    line = next(line for line in banner(server).splitlines() if line.strip().startswith(label))
    return line.strip().removeprefix(label).split()[0]
