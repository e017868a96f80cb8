"""What a person at a terminal is told when a command cannot be done: plain lines on stderr, exit code 1."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import click
from sqlalchemy.exc import ArgumentError, DatabaseError

from idp.config import SettingsError
from idp.domain.errors import DomainError
from idp.infra.db import UNAVAILABLE

#: The driver that is missing → the extra that brings it.
_EXTRAS = {"psycopg": "postgres", "redis": "redis"}


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
    except DatabaseError as error:
        raise Refused(f"IDP_DATABASE_URL: the database cannot be used: {error.orig}") from error
    except ArgumentError:
        # Not the value: it may hold a password
        raise Refused("IDP_DATABASE_URL: write sqlite:///path, or postgresql://user:password@host/name") from None
    except ModuleNotFoundError as error:
        if error.name not in _EXTRAS:
            raise
        raise Refused(
            f"{error.name} is not installed; where idp was installed from, run: pip install '.[{_EXTRAS[error.name]}]'"
        ) from error
    except OSError as error:
        if error.filename is None:
            raise
        raise Refused(f"{error.filename}: {(error.strerror or 'cannot be used').lower()}") from error
