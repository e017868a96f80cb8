"""RFC 6749 §3.3: `scope`. Unknown ones are left out, and the answer says what was granted (OIDC Core §3.1.2.1)."""

import re

from idp.domain.apis.queries import find_api
from idp.domain.clients.client import Client
from idp.domain.interactions.request import OFFLINE_ACCESS, OPENID
from idp.domain.users.claims import SCOPE_CLAIMS
from idp.oauth.authorization.draft import Draft
from idp.oauth.errors import refusal

OPENID_SCOPES = (OPENID, *SCOPE_CLAIMS, OFFLINE_ACCESS)
_LONGEST = 8 * 1024
_SYNTAX = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+( +[\x21\x23-\x5b\x5d-\x7e]+)*")


def check_scope(draft: Draft) -> None:
    """Keep what exists and is open to the client."""
    asked = parse_scope(draft.sent.get("scope", ""))
    audience = draft.values.get("audience")
    draft.values["scopes"] = tuple(scope for scope in asked if _is_open(scope, draft.app, audience))


def parse_scope(scope: str) -> tuple[str, ...]:
    """The scopes, each once, in their order.

    Raises:
        Refusal: invalid_scope, when it is none.
    """
    if not scope.strip(" "):
        return ()
    if len(scope) > _LONGEST or not _SYNTAX.fullmatch(scope.strip(" ")):
        raise refusal("invalid_scope", "The scope is malformed.", "scope", "names with a space between", scope)
    return tuple(dict.fromkeys(scope.split()))


def _is_open(scope: str, client: Client, audience: str | None) -> bool:
    api = find_api(audience) if audience else None
    if scope in OPENID_SCOPES and client.scopes is not None and scope not in client.scopes:
        return False
    if scope == OFFLINE_ACCESS:
        return client.check_grant_type("refresh_token") and (api is None or api.allows_offline_access)
    if scope in OPENID_SCOPES:
        return True
    return api is not None and scope in api.scopes
