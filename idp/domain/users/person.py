"""A user as tokens and their checks know one: read by the row, as loading a `User` takes longer than the query."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who is behind a token, and what may be told of them. The members are named as those of `User`."""

    id: str
    email: str
    email_verified: bool
    claims: dict[str, Any]
    updated_at: int
