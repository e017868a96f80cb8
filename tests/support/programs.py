"""`idp …` in a process of its own, begun quickly: forked from one that has imported it all, which takes a second.

From there on it is what the program is: `idp.cli.main` with arguments, settings, folder and streams of its own. Tests
of the command line run the installed program itself (`from_scratch`).
"""

import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from multiprocessing.connection import wait
from multiprocessing.context import ForkServerContext
from pathlib import Path

from idp.cli import main
from idp.cli.start import METRICS_VARIABLE

PROGRAM = Path(sys.executable).parent / "idp"
#: What the commands import when they are asked for.
_NOUNS = ("serving", "worker", "login", "users", "clients", "branding", "apis", "grants", "keys", "events", "database")
_is_from_scratch = [False]


@dataclass(frozen=True)
class Command:
    """`idp` with these arguments; what it prints is appended to the files."""

    arguments: tuple[str, ...]
    folder: Path
    environment: Mapping[str, str]
    output: Path
    errors: Path
    typed: Path = Path(os.devnull)


class Running:
    """Its process, the first of a group of its own."""

    def __init__(self, command: Command) -> None:
        self._process = _context().Process(target=_become_idp, args=(command,))
        self._process.start()
        assert self._process.pid is not None
        self.pid: int = self._process.pid

    def poll(self) -> int | None:
        """The exit status; None while it runs."""
        return self._process.exitcode if wait([self._process.sentinel], 0) else None

    def wait(self, timeout: float | None = None) -> int:
        """The exit status, once it has ended."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("idp", timeout or 0)
        return self._process.exitcode

    def terminate(self) -> None:
        """Ask it to end."""
        self._process.terminate()

    def kill(self) -> None:
        """End it."""
        self._process.kill()


def begin(command: Command) -> "Running | subprocess.Popen[bytes]":
    """Run a command."""
    command.output.touch()
    command.errors.touch()
    if not _is_from_scratch[0]:
        return Running(command)
    with command.typed.open("rb") as typed, command.output.open("ab") as output, command.errors.open("ab") as errors:
        return subprocess.Popen(
            [PROGRAM, *command.arguments],
            cwd=command.folder,
            env=command.environment,
            stdin=typed,
            stdout=output,
            stderr=errors,
            start_new_session=True,  # so that all its processes can be killed, and Ctrl-C reaches the tests alone
        )


@contextmanager
def from_scratch() -> Iterator[None]:
    """While this lasts, commands are the program that is installed."""
    _is_from_scratch[0] = True
    try:
        yield
    finally:
        _is_from_scratch[0] = False


@cache
def _context() -> ForkServerContext:
    """The process that has imported it all; it ends with the tests."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([f"idp.cli.{noun}" for noun in _NOUNS])
    # prometheus_client looks once, at its first import, whether processes share their counts
    os.environ[METRICS_VARIABLE] = tempfile.mkdtemp(prefix="idp-tests-metrics-")
    try:
        context.Process(target=_nothing).start()
    finally:
        del os.environ[METRICS_VARIABLE]
    return context


def _nothing() -> None:
    """Begins the process that forks."""


def _become_idp(command: Command) -> None:
    os.setsid()
    os.chdir(command.folder)
    metrics = os.environ[METRICS_VARIABLE]  # counts of commands that serve nothing go where nobody looks
    os.environ.clear()
    os.environ.update({METRICS_VARIABLE: metrics, **command.environment})
    for number, file in enumerate((command.typed, command.output, command.errors)):
        opened = os.open(file, os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 -- the process that forks has closed its own
    sys.argv = [str(PROGRAM), *command.arguments]
    main()
