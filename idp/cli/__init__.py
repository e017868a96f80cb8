"""`idp …` on the command line: a file a noun. A command is one transaction; with --json it prints one JSON object."""

import os
from importlib import import_module
from typing import Any

import click

from idp.cli.refusals import refuse_plainly

NOUNS = (
    "start",
    "worker",
    "login",
    "users",
    "clients",
    "branding",
    "registration-tokens",
    "apis",
    "grants",
    "keys",
    "events",
    "jobs",
    "database",
)


class Nouns(click.Group):
    """Imports a noun's module when it is asked for: `start` has to prepare the process before much else is imported."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The nouns, in the order in which a newcomer needs them."""
        return list(NOUNS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of the same name as its module."""
        if cmd_name not in NOUNS:
            return None
        module = cmd_name.replace("-", "_")
        found: click.Command = getattr(import_module(f"idp.cli.{module}"), module)
        return found

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; what the domain refuses is told in a plain line."""
        with refuse_plainly():
            return super().invoke(ctx)


@click.command(cls=Nouns, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="idp")
def main() -> None:
    """A self-hosted identity provider. Settings are IDP_* environment variables; README.md lists them."""
    os.umask(0o077)  # the database, keys and copies that commands make are nobody else's to read
