"""OIDC Core §5.5: `claims`, single claims for /userinfo and the ID token; and `acr_values` (§3.1.2.1)."""

from typing import Any

import orjson

from idp.domain.clients.client import Client
from idp.domain.users.claims import scopes_of
from idp.oauth.authorization.draft import Draft
from idp.oauth.errors import Refusal, invalid_request

PLACES = ("userinfo", "id_token")
_LONGEST_NAME = 128
_MOST_CLAIMS = 100
_MOST_VALUES = 10
#: Places, claims, how each is wanted, values, and what a value like `address` is made of.
_DEEPEST = 6


def check_claims(draft: Draft) -> None:
    """Know which single claims are asked for; what we do not know is passed over (§5.5)."""
    sent = draft.sent.get("claims")
    if sent is None:
        return
    try:
        parsed = orjson.loads(sent)
    except orjson.JSONDecodeError:
        raise _malformed("a JSON object") from None
    if not isinstance(parsed, dict):
        raise _malformed("a JSON object")
    if not _fits(parsed, _DEEPEST):
        raise _malformed(f"at most {_DEEPEST} levels")
    claims = {place: _open(_place(parsed[place]), draft.app) for place in PLACES if parsed.get(place) is not None}
    draft.values["claims"] = {place: wanted for place, wanted in claims.items() if wanted} or None


def check_acr_values(draft: Draft) -> None:
    """Know how sure the app would like the login to be; what it was registered with is the default."""
    values = draft.sent.get("acr_values", "").split()
    draft.values["acr_values"] = tuple(values[:_MOST_VALUES] or draft.app.registered("default_acr_values"))


def _place(wanted: object) -> dict[str, Any]:
    if not isinstance(wanted, dict) or len(wanted) > _MOST_CLAIMS:
        raise _malformed("userinfo and id_token are objects")
    for name, how in wanted.items():
        if len(name) > _LONGEST_NAME or not (how is None or isinstance(how, dict)):
            raise _malformed("each claim is null or an object")
        if isinstance(how, dict) and not isinstance(how.get("values", []), list):
            raise _malformed("values is a list")
    return wanted


def _open(wanted: dict[str, Any], client: Client) -> dict[str, Any]:
    """Without the claims of scopes that the client may not have: naming them singly is no way round that."""
    if client.scopes is None:
        return wanted
    return {name: how for name, how in wanted.items() if client.scopes.issuperset(scopes_of([name]))}


def _fits(value: object, levels: int) -> bool:
    """Whether it is no deeper: what walks through it later, to store it, would not come back."""
    if not isinstance(value, dict | list):
        return True
    inside = value.values() if isinstance(value, dict) else value
    return levels > 0 and all(_fits(each, levels - 1) for each in inside)


def _malformed(expected: str) -> Refusal:
    return invalid_request("The claims parameter is malformed.", "claims", expected)
