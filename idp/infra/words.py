"""Texts for people that can be said in another language: the English text is the key of every catalogue.

`say("Use at least {count} characters.", count=15)` is that text in English, and remembers what it was made of, so that
`idp.web.languages` can say it in the language of the page. `Span` and `Moment` are values that languages write each in
their own way.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Self

from idp.infra import clock

_language: ContextVar[str | None] = ContextVar("idp_language", default=None)


class Words(str):  # noqa: SLOT000 -- it has two members, and there are few of it
    """An English text with what it is made of: its `key` in the catalogues, and the `values` in it."""

    key: str
    values: dict[str, Any]

    def __new__(cls, key: str, values: dict[str, Any]) -> Self:
        """The text, in English."""
        made = super().__new__(cls, key.format(**values) if values else key)
        made.key, made.values = key, values
        return made


class Span(int):
    """A duration in seconds: `5400` reads "90 minutes"."""

    def __str__(self) -> str:
        """In English."""
        return clock.in_words(int(self))

    def __format__(self, spec: str) -> str:
        """In English, within a text."""
        return str(self)


class Moment(int):
    """A time, in seconds since 1970: reads "5 March 2026, 09:30 UTC"."""

    def __str__(self) -> str:
        """In English."""
        at = datetime.fromtimestamp(int(self), UTC)
        return f"{at.day} {at:%B %Y, %H:%M} UTC"

    def __format__(self, spec: str) -> str:
        """In English, within a text."""
        return str(self)


def say(key: str, **values: Any) -> Words:
    """A text for people, to be said in the language of whoever reads it."""
    return Words(key, values)


def use_language(tag: str | None) -> None:
    """Whoever is served now reads this language; None if that is not known yet."""
    _language.set(tag)


@contextmanager
def reading(tag: str | None) -> Iterator[None]:
    """While this lasts, what is made is for somebody who reads this language."""
    before = _language.set(tag)
    try:
        yield
    finally:
        _language.reset(before)


def language() -> str | None:
    """The language (BCP 47) of whoever is served now, if it is known."""
    return _language.get()
