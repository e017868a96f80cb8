"""Parsers of single values. Each returns what is kept, or raises InvalidInputError with what to send instead."""

from collections.abc import Callable, Sequence
from typing import Any

from idp.domain.errors import InvalidInputError

Parser = Callable[[Any], Any]


def text(longest: int) -> Parser:
    """Printable text."""

    def parse(value: Any) -> str:
        if not isinstance(value, str) or not 0 < len(value) <= longest or not value.isprintable():
            raise InvalidInputError(f"Send 1 to {longest} printable characters.")
        return value

    return parse


def uri(parse_uri: Callable[[str], str]) -> Parser:
    """A string that a rule of the domain takes."""

    def parse(value: Any) -> str:
        if not isinstance(value, str):
            raise InvalidInputError("Send a string.")
        return parse_uri(value)

    return parse


def flag(value: Any) -> bool:
    """A JSON boolean."""
    if not isinstance(value, bool):
        raise InvalidInputError("Send true or false.")
    return value


def seconds(value: Any) -> int:
    """A duration; also zero."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**31:
        raise InvalidInputError("Send a whole number of seconds.")
    return value


def one_of(allowed: Sequence[str]) -> Parser:
    """One of the names that are supported."""

    def parse(value: Any) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise InvalidInputError(f"Send one of: {', '.join(allowed)}.")
        return value

    return parse


def several(parse_one: Parser, most: int) -> Parser:
    """An array; each value is kept once."""

    def parse(value: Any) -> list[Any]:
        if not isinstance(value, list) or len(value) > most:
            raise InvalidInputError(f"Send an array of at most {most}.")
        return list(dict.fromkeys(parse_one(each) for each in value))

    return parse
