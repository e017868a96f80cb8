"""`idp keys`: the keys that sign tokens."""

from typing import Any

import click

from idp.cli.output import json_option, show, table, when
from idp.cli.running import at_work
from idp.domain.keys import rotation
from idp.domain.keys.models import SigningKeyRow
from idp.domain.keys.queries import list_keys
from idp.infra import jwt


@click.group()
def keys() -> None:
    """Signing keys: list, rotate, revoke."""


@keys.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List all keys; those that are gone, too."""
    with at_work():
        found = [describe(row) for row in list_keys()]
    rows = ((each["kid"], each["alg"], each["state"], each["created_at"]) for each in found)
    show({"keys": found}, table(rows, "There are no keys yet; idp start makes one."), as_json=as_json)


@keys.command()
@click.option("--alg", type=click.Choice(list(jwt.ALGORITHMS)), default="RS256", show_default=True)
@click.option("--now", is_flag=True, help="Sign with the next key at once, whatever verifiers have cached.")
@json_option
def rotate(alg: str, now: bool, as_json: bool) -> None:
    """Move on by one step: publish the next key, or sign with it once it was published long enough."""
    with at_work():
        done = rotation.rotate(alg, now=now)
    show(_facts(done), _words(done), as_json=as_json)


# A kid may begin with a dash, and have an h in it
@keys.command(context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]})
@click.argument("kid")
@json_option
def revoke(kid: str, as_json: bool) -> None:
    """Take a key back: nothing that it signed is good any more."""
    with at_work():
        done = rotation.revoke(kid)
    show({"revoked_kid": kid, **_facts(done)}, f"Revoked {kid}.\n{_words(done)}", as_json=as_json)


def describe(row: SigningKeyRow) -> dict[str, Any]:
    """A key as these commands print it: never its private part."""
    return {
        "kid": row.kid,
        "alg": row.alg,
        "state": row.state,
        "created_at": when(row.created_at),
        "activated_at": when(row.activated_at),
        "retired_at": when(row.retired_at),
        "expires_at": when(row.expires_at),
    }


def _facts(done: rotation.Rotation) -> dict[str, Any]:
    return {"active_kid": done.active_kid, "next_kid": done.next_kid, "ripe_at": when(done.ripe_at)}


def _words(done: rotation.Rotation) -> str:
    if done.next_kid is None:
        return f"{done.active_kid} signs from now on."
    return (
        f"{done.next_kid} is published, and {done.active_kid} still signs.\n"
        f"Rotate again after {when(done.ripe_at)}, when every verifier knows the new key."
    )
