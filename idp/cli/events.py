"""`idp events`: the audit log. A user names the reference id of the page that refused them; here is why it did."""

import re
from datetime import UTC, datetime
from typing import Any

import click

from idp.cli.output import json_option, listed, show, table
from idp.cli.refusals import Refused
from idp.cli.running import at_work
from idp.domain.events.models import Event
from idp.domain.events.queries import list_events, list_events_of_reference
from idp.domain.users.queries import find_user_id_by_email
from idp.infra import clock

_AGO = re.compile(r"\A(\d{1,6})([mhd])\Z", re.ASCII)
_SECONDS = {"m": 60, "h": 3600, "d": 86400}


@click.group()
def events() -> None:
    """What happened: show, list."""


@events.command("show")
@click.argument("reference")
@json_option
def show_(reference: str, as_json: bool) -> None:
    """Show what a reference id stands for: what was checked, what was expected, and what came."""
    with at_work():
        found = [describe(event) for event in list_events_of_reference(reference)]
    if not found:
        raise Refused(f"nothing is recorded under {reference}; faults of the server are in its log, under the same id")
    show({"reference": reference, "events": found}, "\n\n".join(listed(_flat(each)) for each in found), as_json=as_json)


@events.command("list")
@click.option("--user", metavar="ID_OR_EMAIL", help="Of one user.")
@click.option("--client", metavar="CLIENT_ID", help="Of one app.")
@click.option("--since", metavar="TIME", help="From this time on: 30m, 24h, 7d ago, or like 2026-01-31T12:00.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True, help="How many at most.")
@json_option
def list_(user: str | None, client: str | None, since: str | None, limit: int, as_json: bool) -> None:
    """List events, newest first."""
    since_ms = None if since is None else _milliseconds(since)
    with at_work():
        user_id = None if user is None else find_user_id_by_email(user) or user
        found = [
            describe(event) for event in list_events(user_id=user_id, client_id=client, since_ms=since_ms, limit=limit)
        ]
    rows = ((each["at"], each["name"], each["outcome"], each["reference"] or "–", _about(each)) for each in found)
    show({"events": found}, table(rows, "Nothing was recorded."), as_json=as_json)


def describe(event: Event) -> dict[str, Any]:
    """An event as these commands print it."""
    at = datetime.fromtimestamp(event.at_ms / 1000, UTC)
    return {
        "at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "name": event.name,
        "outcome": event.outcome,
        "reference": event.reference,
        "user_id": event.user_id,
        "client_id": event.client_id,
        "session_id": event.session_id,
        "ip": event.ip,
        "user_agent": event.user_agent,
        "details": event.details or {},
    }


def _flat(described: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in described.items() if name != "details"} | dict(described["details"])


def _about(described: dict[str, Any]) -> str:
    details = described["details"]
    told = [details[name] for name in ("check", "reason", "error", "by", "method") if details.get(name)]
    return " ".join(str(each) for each in (described["user_id"], described["client_id"], *told) if each)


def _milliseconds(since: str) -> int:
    """A time as people write it.

    Raises:
        Refused: it is none.
    """
    if ago := _AGO.match(since):
        return (clock.now() - int(ago[1]) * _SECONDS[ago[2]]) * 1000
    try:
        moment = datetime.fromisoformat(since)
    except ValueError:
        raise Refused(f"--since {since}: write 30m, 24h or 7d, or a time like 2026-01-31T12:00") from None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
