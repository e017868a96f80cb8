"""OIDC Core §8.1, OIDC Registration §5: the document of a sector lists every redirect URI of the app."""

from collections.abc import Mapping
from typing import Any

import orjson

from idp.domain.tenant.fetching import fetch
from idp.infra.http_client import FetchError
from idp.oauth.errors import Refusal, refusal

_MEMBER = "sector_identifier_uri"


def check_sector(values: Mapping[str, Any]) -> None:
    """Fetch the document, if one is named.

    Raises:
        Refusal: invalid_client_metadata.
    """
    uri = values.get(_MEMBER)
    if uri is None:
        return
    listed = _fetch(uri)
    missing = [redirect_uri for redirect_uri in values["redirect_uris"] if redirect_uri not in listed]
    if missing:
        raise _refuse(f"The document lists {' and '.join(missing[:3])}", "a document without")


def _fetch(uri: str) -> list[Any]:
    try:
        answer = fetch(uri)
    except FetchError as error:
        # Why stays with the operator: an app must not learn what there is on our network.
        raise _refuse("a document that can be fetched", error.reason) from None
    if not answer.is_ok:
        raise _refuse("status 200", answer.status)
    try:
        listed = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        listed = None
    if not isinstance(listed, list):
        raise _refuse("a JSON array of redirect URIs", "something else")
    return listed


def _refuse(expected: str, received: object) -> Refusal:
    description = f"{_MEMBER}: it has to be a JSON array that lists every redirect URI."
    return refusal("invalid_client_metadata", description, _MEMBER, expected, received)
