"""What the bench prints: the machine, one table, and the bars with whether each is met."""

import os
import platform
import sqlite3
import subprocess
from importlib.metadata import version
from pathlib import Path

from cryptography.hazmat.backends.openssl import backend

from tests.bench.bars import RAW_ES256, RAW_RS256, Found, bars, middle
from tests.bench.rows import BARE, NODE, ROWS
from tests.support import needs

NOWHERE = "no database"
GROUPS = (
    (NOWHERE, (BARE, RAW_RS256, RAW_ES256, NODE)),
    ("SQLite", tuple(row.name for row in ROWS)),
    ("PostgreSQL", tuple(row.name for row in ROWS)),
)
WORKERS = (1, 2)
_NAME = 26
_HEADS = ("req/s", "CPU µs", "p50 ms", "p99 ms")


def machine() -> str:
    """The machine and the versions that the numbers belong to."""
    names = ("Flask", "Granian", "SQLAlchemy", "cryptography")
    parts = [
        f"{_cpu()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}",
        f"Python {platform.python_version()}",
        *(f"{name} {version(name.lower())}" for name in names),
        backend.openssl_version_text().rsplit(" ", 3)[0],
        f"SQLite {sqlite3.sqlite_version}",
    ]
    if binaries := needs.postgres():
        parts.append(_said([str(binaries / "postgres"), "--version"]).replace("(PostgreSQL) ", "").split(" (")[0])
    if needs.node():
        parts.append(f"Node {_said(['node', '--version'])}")
    return " · ".join(parts)


def table(found: Found) -> str:
    """A line a row, one and two workers beside each other."""
    heads = "".join(f"{head:>9}" for head in _HEADS)
    lines = [f"{'':{_NAME}}{'one worker':>36}   {'two workers':>36}".rstrip(), f"{'':{_NAME}}{heads}   {heads}"]
    for database, names in GROUPS:
        measured = [name for name in names if any((database, workers, name) in found.rows for workers in WORKERS)]
        lines += [database, *(_line(found, database, name) for name in measured)] if measured else []
    return "\n".join(lines)


def verdicts(found: Found) -> str:
    """The bars, measured ones only."""
    lines = bars(found)
    width = max((len(line.what) for line in lines), default=0)
    return "\n".join(
        f"{line.what:{width}}  {line.measured:>8}  {line.bar:>8}  {'met' if line.is_met else 'NOT MET'}"
        for line in lines
    )


def _line(found: Found, database: str, name: str) -> str:
    sides = [_numbers(found, (database, workers, name)) for workers in WORKERS]
    return f"  {name:{_NAME - 2}}{sides[0]}   {sides[1]}".rstrip()


def _numbers(found: Found, key: tuple[str, int, str]) -> str:
    if key not in found.rows:
        return " " * 36
    rate, cpu, p50, p99 = middle(found.rows[key])
    return f"{rate:>9,.0f}{cpu:>9,.0f}{p50:>9.2f}{p99:>9.2f}"


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _said(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
