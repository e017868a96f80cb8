"""What commands print: with --json one object on one line, else words for people."""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


def json_option(command: Command) -> Command:
    """Add --json to a command, as the parameter `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")(command)


def show(facts: dict[str, Any], words: str, *, as_json: bool) -> None:
    """Print the facts to a program, or the words to a person."""
    click.echo(json.dumps(facts, ensure_ascii=False) if as_json else words)


def table(rows: Iterable[Sequence[object]], empty: str) -> str:
    """Rows in columns as wide as they need; `empty` where there are none."""
    cells = [[str(cell) for cell in row] for row in rows]
    if not cells:
        return empty
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in cells)


def listed(facts: dict[str, Any]) -> str:
    """One fact a line."""
    return table(([name, _plain(value)] for name, value in facts.items()), "")


def when(seconds: int | None) -> str | None:
    """A stored time, as ISO 8601 in UTC."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "–"
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    return "–" if value is None else str(value)
