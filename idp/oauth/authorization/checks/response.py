"""RFC 6749 §3.1.1 and OAuth 2.0 Multiple Response Types §2.1: `response_type` and `response_mode`."""

from idp.oauth.authorization.draft import Draft
from idp.oauth.errors import invalid_request, refusal
from idp.oauth.response_modes import MODES

RESPONSE_TYPES = ("code",)


def check_response_mode(draft: Draft) -> None:
    """Know first how to answer, so that every later error goes out as the app asked."""
    mode = draft.sent.get("response_mode")
    if mode is None:
        return
    if mode not in MODES:
        raise invalid_request("The response_mode is not supported.", "response_mode", " or ".join(MODES), mode)
    draft.response_mode = mode


def check_response_type(draft: Draft) -> None:
    """Take a response type that exists and that the client is registered for."""
    sent = draft.sent.get("response_type")
    if sent is None:
        raise invalid_request("The parameter response_type is missing.", "response_type", "code", "nothing")
    # The order of several values does not matter (Multiple Response Types §3).
    response_type = " ".join(sorted(sent.split(" ")))
    if response_type not in RESPONSE_TYPES:
        expected = " or ".join(RESPONSE_TYPES)
        raise refusal(
            "unsupported_response_type", "The response_type is not supported.", "response_type", expected, sent
        )
    if not draft.app.check_response_type(response_type):
        expected = " or ".join(sorted(draft.app.response_types)) or "none: this client signs nobody in"
        description = "The client may not use this response_type."
        raise refusal("unauthorized_client", description, "response_type", expected, sent)
    draft.values["response_type"] = response_type
