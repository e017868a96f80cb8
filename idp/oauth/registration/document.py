"""Reading a metadata document: its members by the table, then the rules between them, then what has to be fetched."""

import re
from collections.abc import Mapping
from typing import Any

from idp.domain.clients.metadata import LOCALIZED
from idp.domain.errors import InvalidInputError
from idp.oauth.errors import Refusal, refusal
from idp.oauth.registration.consistency import RULES
from idp.oauth.registration.members import MEMBERS
from idp.oauth.registration.sectors import check_sector

_MOST_LOCALIZED = 100
#: BCP 47, in the simple form that people write.
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
_COMPACT_JWS = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)
#: RFC 7591 §3.2.2: a fault of redirect URIs has its own name.
_ERRORS = {"redirect_uris": "invalid_redirect_uri", "software_statement": "invalid_software_statement"}


def read(document: Mapping[str, Any]) -> dict[str, Any]:
    """The checked values, defaults filled in.

    Raises:
        Refusal: invalid_redirect_uri, invalid_client_metadata or invalid_software_statement (RFC 7591 §3.2.2).
    """
    # RFC 7592 §2.2: null says that there is none; so does nothing at all.
    sent = {name: value for name, value in document.items() if value is not None and value != ""}
    _check_software_statement(sent)
    values = {name: _parse(name, sent[name]) for name in MEMBERS if name in sent}
    for name, rule in RULES:
        try:
            rule(values)
        except InvalidInputError as error:
            raise _refuse(error.field or name, error, sent.get(error.field or name)) from None
    check_sector(values)
    return {**values, **_localized(sent)}


def _parse(name: str, value: Any) -> Any:
    try:
        return MEMBERS[name.partition("#")[0]](value)
    except InvalidInputError as error:
        raise _refuse(name, error, value) from None
    except Refusal as error:
        raise refusal("invalid_client_metadata", f"{name}: {error.description}", name, "", value) from None


def _refuse(name: str, error: InvalidInputError, received: object) -> Refusal:
    kind = _ERRORS.get(name, "invalid_client_metadata")
    shown = "another value" if name == "jwks" else received
    return refusal(kind, f"{name}: {error.message}", name, error.message, shown)


def _localized(sent: Mapping[str, Any]) -> dict[str, Any]:
    """`client_name#ja` and the like (RFC 7591 §2.2); a tag that is none is an unknown member."""
    parts = {name: name.partition("#") for name in sent if "#" in name}
    known = [name for name, (member, _, tag) in parts.items() if member in LOCALIZED and _LANGUAGE.fullmatch(tag)]
    return {name: _parse(name, sent[name]) for name in known[:_MOST_LOCALIZED]}


def _check_software_statement(sent: Mapping[str, Any]) -> None:
    """RFC 7591 §3.1.1: none is trusted here, so it is ignored; but what is no JWT is no statement."""
    statement = sent.get("software_statement", "a.b.c")
    if not isinstance(statement, str) or not _COMPACT_JWS.fullmatch(statement):
        error = InvalidInputError("It is not a signed JWT.")
        raise _refuse("software_statement", error, type(statement).__name__)
