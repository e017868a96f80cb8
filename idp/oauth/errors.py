"""Errors of OAuth (RFC 6749 §4.1.2.1, §5.2 and registries): Authlib's, safely worded, and those it lacks.

A `Refusal` says besides which check failed, what it expected and what came: for the audit log and the developer's page.
"""

import re
from dataclasses import dataclass

from authlib.oauth2 import OAuth2Error

_FORBIDDEN = re.compile(r"[^\x20-\x21\x23-\x5b\x5d-\x7e]")
_RECEIVED_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check expected and what it received; never a secret, a code or a token."""

    check: str
    expected: str = ""
    received: str = ""


class Refusal(OAuth2Error):
    """An OAuth error with what the operator needs to understand it."""

    is_guess = False
    """Whether it may have been one guess of many: counted, and too many are not answered any more."""

    def __init__(self, error: str, description: str, *, status: int = 400, finding: Finding | None = None) -> None:
        super().__init__(error=error, description=safe_description(description), status_code=status)
        self.finding = finding or Finding(error)


def refusal(error: str, description: str, check: str, expected: str = "", received: object = "") -> Refusal:
    """A refusal with its finding, in one line."""
    return Refusal(error, description, finding=Finding(check, expected, str(received)[:_RECEIVED_LENGTH]))


def invalid_request(description: str, check: str, expected: str = "", received: object = "") -> Refusal:
    """RFC 6749 §5.2: something is missing, doubled or malformed."""
    return refusal("invalid_request", description, check, expected, received)


def invalid_grant(description: str, check: str, expected: str = "", received: object = "") -> Refusal:
    """RFC 6749 §5.2: the code or refresh token is not good, or not this client's."""
    return refusal("invalid_grant", description, check, expected, received)


def invalid_client(description: str, check: str, expected: str = "", received: object = "") -> Refusal:
    """RFC 6749 §5.2: the client did not prove who it is. Always 401."""
    finding = Finding(check, expected, str(received)[:_RECEIVED_LENGTH])
    return guess(Refusal("invalid_client", description, status=401, finding=finding))


def guess(refused: Refusal) -> Refusal:
    """The same refusal, counted as a guess."""
    refused.is_guess = True
    return refused


def finding_of(error: OAuth2Error) -> Finding:
    """What is known of an error's cause, also of one that Authlib raised."""
    found = getattr(error, "finding", None)
    return found if isinstance(found, Finding) else Finding(str(error.error), "", str(error.description or ""))


def safe_description(text: str) -> str:
    """Only what an error_description may hold (RFC 6749 §5.2): anything else becomes an apostrophe or question mark."""
    return _FORBIDDEN.sub("?", text.replace('"', "'").replace("\\", "/"))
