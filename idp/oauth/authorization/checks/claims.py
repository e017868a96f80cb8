"""OIDC Core §5.5: `claims` may be ignored by a provider that does not support it, but not if it is malformed."""

import orjson

from idp.oauth.authorization.draft import Draft
from idp.oauth.errors import invalid_request


def check_claims(draft: Draft) -> None:
    """Refuse what is no JSON object."""
    sent = draft.sent.get("claims")
    if sent is None:
        return
    try:
        parsed = orjson.loads(sent)
    except orjson.JSONDecodeError:
        parsed = None
    if not isinstance(parsed, dict):
        raise invalid_request("The claims parameter is not a JSON object.", "claims", "a JSON object")
