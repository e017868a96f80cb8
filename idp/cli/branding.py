"""`idp branding`: how the pages and mails look, of all apps or of one."""

from typing import IO, Any

import click

from idp.cli.output import json_option, listed, show
from idp.cli.running import at_work
from idp.domain.branding.branding import BACKGROUNDS, LARGEST_RADIUS, LINKS, PICTURES, Branding
from idp.domain.branding.colours import Colour
from idp.domain.branding.keeping import change_branding, get_branding, parse_changes
from idp.domain.branding.palette import explain
from idp.domain.clients.looks import change_client_branding, get_client_branding
from idp.infra.pictures import MAXIMUM_BYTES

FIELDS = ("name", *PICTURES, "color", "background", "radius", *LINKS)

client_option = click.option("--client", "client_id", metavar="ID", help="An app, whose pages alone are meant.")


@click.group()
def branding() -> None:
    """Looks of pages and mails: show, set, reset."""


@branding.command("show")
@client_option
@json_option
def show_(client_id: str | None, as_json: bool) -> None:
    """Show what is set."""
    with at_work():
        facts = _facts(get_branding() if client_id is None else get_client_branding(client_id), client_id)
    _show(facts, as_json=as_json)


@branding.command("set")
@client_option
@click.option("--name", help="What pages and mails call it.")
@click.option(
    "--logo", type=click.File("rb"), help="PNG, JPEG, WebP or GIF up to 200 KB; shown 240 by 56 pixels at most."
)
@click.option("--logo-dark", type=click.File("rb"), help="The logo for the dark theme.")
@click.option("--favicon", type=click.File("rb"), help="The icon of the tab; ICO too.")
@click.option("--color", help="Of buttons, links and focus, like #3355e0.")
@click.option("--background", help=f"Around the card: {', '.join(BACKGROUNDS)}, or a colour.")
@click.option("--radius", help=f"Of corners, in pixels: 0 (square) to {LARGEST_RADIUS}.")
@click.option("--website", metavar="URL", help="Linked below the card, like the next three.")
@click.option("--terms", metavar="URL", help="Terms of use.")
@click.option("--privacy", metavar="URL", help="Privacy statement.")
@click.option("--support", metavar="URL", help="Help; mailto: too.")
@json_option
def set_(
    client_id: str | None,
    logo: IO[bytes] | None,
    logo_dark: IO[bytes] | None,
    favicon: IO[bytes] | None,
    as_json: bool,
    **texts: str | None,
) -> None:
    """Change what is named; the rest stays. "" takes a value away. What cannot be read is made readable, and told."""
    files = {"logo": logo, "logo_dark": logo_dark, "favicon": favicon}
    values = {name: value for name, value in texts.items() if value is not None}
    pictures = {name: file.read(MAXIMUM_BYTES + 1) for name, file in files.items() if file is not None}
    with at_work():
        facts = _facts(_change(client_id, parse_changes(values, pictures)), client_id)
    _show(facts, as_json=as_json)


@branding.command()
@client_option
@click.option("--only", "fields", multiple=True, type=click.Choice(FIELDS), help="Just this; else all.")
@json_option
def reset(client_id: str | None, fields: tuple[str, ...], as_json: bool) -> None:
    """Take what is set away; an app looks like all then."""
    with at_work():
        facts = _facts(_change(client_id, dict.fromkeys(fields or FIELDS)), client_id)
    _show(facts, as_json=as_json)


def _change(client_id: str | None, changes: dict[str, Any]) -> Branding:
    return change_branding(changes) if client_id is None else change_client_branding(client_id, changes)


def _show(facts: dict[str, Any], *, as_json: bool) -> None:
    values = {name: value for name, value in facts.items() if name != "adjusted"}
    words = "\n".join([listed(values), *(["", *facts["adjusted"]] if facts["adjusted"] else [])])
    show(facts, words, as_json=as_json)


def _facts(found: Branding, client_id: str | None) -> dict[str, Any]:
    """What these commands print; `adjusted` has a sentence for each thing that the colour could not be used for."""
    values = {name: getattr(found, name) for name in FIELDS}
    pictures = {name: value.path if (value := values[name]) else None for name in PICTURES}
    adjusted = list(explain(Colour.parse(found.color))) if found.color else []
    return {"client_id": client_id, **values, **pictures, "adjusted": adjusted}
