"""`idp login`: how people sign in here, for every app. An app may ask for more (`idp clients update`)."""

from dataclasses import asdict
from typing import Any

import click

from idp.cli.output import json_option, listed, show
from idp.cli.running import at_work
from idp.domain.clients.login_rules import change_policy
from idp.domain.events.names import EventName
from idp.domain.events.recording import record
from idp.domain.tenant.login_policy import (
    DEMANDS,
    FIRST_FACTORS,
    SECOND_FACTORS,
    LoginPolicy,
    find_login_policy,
)

#: First factors that whoever reads the mailbox has, or can have.
_BY_MAIL = {"password": "a new password by its reset", "email_code": "email_code", "magic_link": "magic_link"}


@click.group()
def login() -> None:
    """How people sign in: show, set."""


@login.command("show")
@json_option
def show_(as_json: bool) -> None:
    """Show the ways in, and when a second factor is asked for."""
    with at_work():
        facts = describe(find_login_policy())
    show(facts, listed(facts), as_json=as_json)


@login.command("set")
@click.option("--first", multiple=True, metavar="NAME", help=f"A way in: {', '.join(FIRST_FACTORS)}.")
@click.option("--second", multiple=True, metavar="NAME", help=f"A second factor: {', '.join(SECOND_FACTORS)}.")
@click.option("--second-factor", type=click.Choice(DEMANDS), help="Of whom a second factor is asked.")
@click.option(
    "--verified-email/--no-verified-email", default=None, help="Have the address confirmed before an app hears."
)
@click.option(
    "--identifier-first/--no-identifier-first", default=None, help="Ask for the address first, then for the password."
)
@json_option
def set_(
    first: tuple[str, ...],
    second: tuple[str, ...],
    second_factor: str | None,
    verified_email: bool | None,
    identifier_first: bool | None,
    as_json: bool,
) -> None:
    """Change what is named; the names given replace all of their sort."""
    named: dict[str, Any] = {
        "first": first or None,
        "second": second or None,
        "second_factor": second_factor,
        "verified_email": verified_email,
        "identifier_first": identifier_first,
    }
    changes = {name: value for name, value in named.items() if value is not None}
    with at_work():
        facts = describe(change_policy(**changes) if changes else find_login_policy())
        if changes:
            record(EventName.LOGIN_POLICY_CHANGED, **facts)
    _warn_of_one_mailbox(facts)
    show(facts, listed(facts), as_json=as_json)


def _warn_of_one_mailbox(facts: dict[str, Any]) -> None:
    """NIST SP 800-63B-4 §3.1.3: reading mail proves the possession of no device."""
    ways = [words for name, words in _BY_MAIL.items() if name in facts["first"]]
    if "email_code" in facts["second"] and ways:
        click.echo(
            f"idp: warning: email_code is a second factor, and a first one can be had by mail too ({', '.join(ways)}): "
            "of who has set up nothing else, the mailbox alone is enough to sign in.",
            err=True,
        )


def describe(policy: LoginPolicy) -> dict[str, Any]:
    """The policy as these commands print it."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(policy).items()}
