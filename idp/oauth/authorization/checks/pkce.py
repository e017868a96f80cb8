"""RFC 7636 §4.3 and RFC 9700 §2.1.1: PKCE, by S256 alone."""

import re

from idp.oauth.authorization.draft import Draft
from idp.oauth.authorization.response_types import RESPONSE_TYPES
from idp.oauth.errors import invalid_request

METHOD = "S256"
#: What SHA-256 gives in base64url (RFC 7636 §4.2).
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


def check_pkce(draft: Draft) -> None:
    """Ask for a challenge, unless the client is marked exempt; refuse any other method."""
    challenge = draft.sent.get("code_challenge")
    method = draft.sent.get("code_challenge_method")
    if not RESPONSE_TYPES[draft.values["response_type"]].code:
        return
    if challenge is None:
        if method is not None or draft.app.requires_pkce or draft.app.is_public:
            raise invalid_request(
                "The parameter code_challenge is missing.", "code_challenge", "a challenge", "nothing"
            )
        return
    # RFC 7636 §4.3: no method means plain.
    if method != METHOD:
        expected, received = METHOD, method or "none, which means plain"
        raise invalid_request("The code_challenge_method must be S256.", "code_challenge_method", expected, received)
    if not _CHALLENGE.fullmatch(challenge):
        expected = "43 characters of base64url"
        raise invalid_request(
            "The code_challenge is malformed.", "code_challenge", expected, f"{len(challenge)} characters"
        )
    draft.values["code_challenge"] = challenge
