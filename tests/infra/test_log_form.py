"""Which form log lines have where nobody chose one: for people at a terminal, JSON for whatever collects them."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

LINE = """
import structlog
from idp.infra import logging

logging.configure("auto")
structlog.get_logger().info("begun", a=1)
"""


@pytest.mark.parametrize(("out", "err"), [(True, True), (False, True), (True, False), (False, False)])
def test_lines_are_for_people_at_a_terminal_alone(tmp_path: Path, out: bool, err: bool) -> None:
    ours, terminal = pty.openpty()
    file = os.open(tmp_path / "log", os.O_RDWR | os.O_CREAT)
    chosen = [terminal if is_terminal else file for is_terminal in (out, err)]
    subprocess.run([sys.executable, "-c", LINE], stdout=chosen[0], stderr=chosen[1], check=True, timeout=60)
    line = os.read(ours, 4096) if err else (tmp_path / "log").read_bytes()
    for descriptor in (ours, terminal, file):
        os.close(descriptor)
    assert b"begun" in line
    if out and err:
        assert not line.startswith(b"{")
    else:
        assert json.loads(line)["a"] == 1
