"""The port of the ways in: what a method tells of itself. A method is a file here and a line in METHODS.

A first factor ends in `entering.enter`, a second in `entering.prove`; neither signs anybody in by itself.
"""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Response

from idp.infra.words import Words

#: path → what answers GET, what answers POST.
Route = tuple[str, Callable[[], Response], Callable[[], Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A way to prove who one is. `name` is that of `login_policy`; `amr` in the words of RFC 8176."""

    name: str
    amr: tuple[str, ...]
    label: Words
    """As the list of other ways calls it."""
    icon: str = "key"
    path: str | None = None
    """Its page as a second factor; None for what is only a first."""
    set_up_path: str | None = None
    """Where a person sets it up in the middle of a login."""
    routes: tuple[Route, ...] = ()
