"""Free TCP ports on loopback, for servers that must be told theirs.

A port is handed out some time before its server listens, and is kept over restarts. Meanwhile nobody else may take it:
neither a connection, to which the kernel gives a port of its own range, nor another process of these tests. So ports
are below that range, and each process has a block to itself, which a lock on a file holds until the process ends.
"""

import errno
import fcntl
import os
import socket
import tempfile
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import IO

FIRST, END = 11_000, 32_000  # the kernel's own range begins at 32768, unless someone moved it
STEP = 21
"""The sample app takes one of the twenty ports after its server's."""
BLOCK = 40 * STEP

_held: list[IO[str]] = []


def free_port() -> int:
    """A port that nobody listens on, and that is given to nobody else."""
    return next(port for port in _ports if _is_free(port))


def _block() -> Iterator[int]:
    """The ports of the first block that no other process holds, over and over."""
    folder = Path(tempfile.gettempdir()) / f"idp-test-ports-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    for first in range(FIRST, END, BLOCK):
        lock = (folder / str(first)).open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            continue
        _held.append(lock)
        yield from cycle(range(first, first + BLOCK, STEP))
    raise RuntimeError(f"all blocks of ports are held: {folder}")


def _is_free(port: int) -> bool:
    """Whether nobody listens there, by either of the addresses that localhost may mean."""
    return _can_bind(socket.AF_INET, "127.0.0.1", port) and _can_bind(socket.AF_INET6, "::1", port)


def _can_bind(family: socket.AddressFamily, address: str, port: int) -> bool:
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address, port))
    except OSError as error:
        return error.errno in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}  # a machine without IPv6
    return True


_ports = _block()
