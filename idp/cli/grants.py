"""`idp grants`: what a client may do at an API by itself, without a user."""

import click

from idp.cli.output import json_option, show, table
from idp.cli.running import at_work
from idp.domain.apis.queries import find_api, find_client_grants
from idp.domain.apis.registration import grant_client_access
from idp.domain.clients.queries import get_record, list_records
from idp.domain.errors import InvalidInputError


@click.group()
def grants() -> None:
    """A client's own access to APIs: create, list."""


@grants.command()
@click.option("--client", "client_id", required=True, metavar="ID", help="Who gets access.")
@click.option("--audience", required=True, metavar="URI", help="The API.")
@click.option("--scope", "scopes", multiple=True, metavar="NAME", help="What it may do; without one, all there is.")
@json_option
def create(client_id: str, audience: str, scopes: tuple[str, ...], as_json: bool) -> None:
    """Let a client call an API by itself; replaces what it had there."""
    with at_work():
        client = get_record(client_id)
        if "client_credentials" not in client.grant_types:
            raise InvalidInputError(f"{client.name} cannot keep a secret, so it gets no access of its own.", "client")
        api = find_api(audience)
        wanted = scopes or tuple(api.scopes if api else ())
        granted = list(grant_client_access(client_id, audience, wanted).scopes)
    facts = {"client_id": client_id, "audience": audience, "scopes": granted}
    show(facts, f"{client_id} may call {audience}: {' '.join(granted) or 'no scopes'}", as_json=as_json)


@grants.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List all access that clients have of their own."""
    with at_work():
        found = [
            {"client_id": client.id, "audience": audience, "scopes": sorted(scopes)}
            for client in list_records()
            for audience, scopes in find_client_grants(client.id).items()
        ]
    rows = ((each["client_id"], each["audience"], " ".join(each["scopes"])) for each in found)
    show({"grants": found}, table(rows, "No client has access of its own yet."), as_json=as_json)
