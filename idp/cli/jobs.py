"""`idp jobs`: what was to be sent, a mail or a logout, and was given up on after several attempts."""

from typing import Any

import click

from idp.cli.output import json_option, show, table, when
from idp.cli.refusals import Refused
from idp.cli.running import at_work
from idp.infra import clock
from idp.infra.jobs import GivenUp, list_given_up, revive, revive_all
from idp.infra.logging import without_secrets


@click.group()
def jobs() -> None:
    """What could not be sent: list, retry."""


@jobs.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List what was given up on, and why; never what it holds."""
    with at_work():
        found = list_given_up()
    rows = ((job.id, job.kind, _age(job), f"{job.attempts} attempts", _error(job)) for job in found)
    show({"jobs": [describe(job) for job in found]}, table(rows, "Nothing was given up on."), as_json=as_json)


@jobs.command()
@click.argument("job_id", type=int, required=False, metavar="[JOB_ID]")
@click.option("--all", "everything", is_flag=True, help="All that was given up on.")
@json_option
def retry(job_id: int | None, everything: bool, as_json: bool) -> None:
    """Let a job be tried again from the start, by its id in the list."""
    if (job_id is None) != everything:
        raise click.UsageError("Name a job by its id, or say --all.")
    with at_work():
        retried = revive_all() if job_id is None else [job_id] if revive(job_id) else []
    if job_id is not None and not retried:
        raise Refused(f"no job {job_id} was given up on; see: idp jobs list")
    show({"retried": retried}, f"{len(retried)} to be tried again.", as_json=as_json)


def describe(job: GivenUp) -> dict[str, Any]:
    """A job as these commands print it: not what it holds, as that may be a link that is a secret."""
    return {
        "id": job.id,
        "kind": job.kind,
        "attempts": job.attempts,
        "last_error": _error(job),
        "created_at": when(job.created_at),
        "given_up_at": when(job.given_up_at),
    }


def _error(job: GivenUp) -> str:
    # On one line: an answer of a mail server may have several
    return " ".join(without_secrets(job.last_error).split())


def _age(job: GivenUp) -> str:
    age = clock.now() - job.created_at
    unit = next((size for size in (86400, 3600, 60) if age >= size), 1)
    return f"{clock.in_words(age - age % unit)} old"
