"""`idp registration-tokens`: who holds one may register apps at /oidc/register (IDP_REGISTRATION=token)."""

import click

from idp.cli.output import json_option, show, table, when
from idp.cli.running import at_work
from idp.domain.clients.initial_access import create_initial_token, list_initial_tokens, revoke_initial_token

_ID_LENGTH = 12


@click.group()
def registration_tokens() -> None:
    """Initial access tokens for apps that register themselves: create, list, revoke."""


@registration_tokens.command()
@click.option("--uses", type=int, default=1, show_default=True, help="How many apps it may register.")
@click.option("--days", type=int, default=7, show_default=True, help="How long it lives.")
@json_option
def create(uses: int, days: int, as_json: bool) -> None:
    """Make a token. It is shown once."""
    with at_work(may_begin=True) as settings:
        token, mode = create_initial_token(uses, days), settings.registration
    words = [f"Token: {token}", f"Good for {uses} apps within {days} days. Shown only now: no readable copy is kept."]
    if mode == "off":
        words.append("Registration is off: set IDP_REGISTRATION=token for it to be taken.")
    show({"token": token}, "\n".join(words), as_json=as_json)


@registration_tokens.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the tokens that are still good."""
    with at_work():
        found = [
            {"id": row.token_hash[:_ID_LENGTH], "uses_left": row.uses_left, "expires_at": when(row.expires_at)}
            for row in list_initial_tokens()
        ]
    rows = ((each["id"], each["uses_left"], each["expires_at"]) for each in found)
    show({"registration_tokens": found}, table(rows, "There are no tokens."), as_json=as_json)


@registration_tokens.command()
@click.argument("token_id")
@json_option
def revoke(token_id: str, as_json: bool) -> None:
    """Take a token back, by its id in the list."""
    with at_work():
        revoke_initial_token(token_id)
    show({"id": token_id}, f"Revoked {token_id}.", as_json=as_json)
