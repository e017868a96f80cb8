"""What a person at a terminal is told when a command cannot be done: plain lines on stderr, exit code 1."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import click

from idp.config import SettingsError
from idp.domain.errors import DomainError
from idp.infra.db import UNAVAILABLE


class Refused(click.ClickException):
    """A command was not done; one line for each reason."""

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the reasons."""
        for line in self.lines:
            click.echo(f"idp: {line}", file=file, err=file is None)


@contextmanager
def refuse_plainly() -> Iterator[None]:
    """Turn what the domain, the settings or the database say into a refusal."""
    try:
        yield
    except SettingsError as error:
        raise Refused(*error.faults) from error
    except DomainError as error:
        raise Refused(error.message) from error
    except UNAVAILABLE as error:
        reason = " ".join(str(getattr(error, "orig", None) or error).split())
        raise Refused(f"the database does not answer: {reason}") from error
