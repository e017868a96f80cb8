"""`idp apis`: the resource servers that tokens are for."""

from typing import Any

import click

from idp.cli.output import json_option, listed, show, table
from idp.cli.running import at_work
from idp.domain.apis.models import ApiRecord
from idp.domain.apis.queries import list_records
from idp.domain.apis.registration import SIGNING_ALGS, register_api


@click.group()
def apis() -> None:
    """APIs: create, list."""


@apis.command()
@click.option("--name", required=True, help="What it is called.")
@click.option("--audience", required=True, metavar="URI", help="What its tokens name in `aud`; cannot be changed.")
@click.option("--scope", "scopes", multiple=True, metavar="NAME[=DESCRIPTION]", help="What an app may ask for.")
@click.option("--token-lifetime", type=int, metavar="SECONDS", help="Life of its access tokens.")
@click.option("--signing-alg", type=click.Choice(SIGNING_ALGS), default="RS256", show_default=True)
@json_option
def create(
    name: str,
    audience: str,
    scopes: tuple[str, ...],
    token_lifetime: int | None,
    signing_alg: str,
    as_json: bool,
) -> None:
    """Register an API."""
    described = {scope: words for scope, _, words in (each.partition("=") for each in scopes)}
    with at_work(may_begin=True):
        api = register_api(name, audience, scopes=described, token_lifetime=token_lifetime, signing_alg=signing_alg)
        facts = describe(api)
    show(facts, f"Registered {name}.\n{listed(facts)}", as_json=as_json)


@apis.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List all APIs."""
    with at_work():
        found = [describe(api) for api in list_records()]
    rows = ((each["audience"], each["signing_alg"], " ".join(each["scopes"])) for each in found)
    show({"apis": found}, table(rows, "There are no APIs yet."), as_json=as_json)


def describe(api: ApiRecord) -> dict[str, Any]:
    """An API as these commands print it."""
    return {
        "api_id": api.id,
        "name": api.name,
        "audience": api.audience,
        "scopes": api.scopes,
        "token_lifetime": api.token_lifetime,
        "signing_alg": api.signing_alg,
    }
