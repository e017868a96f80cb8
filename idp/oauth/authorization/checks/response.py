"""RFC 6749 §3.1.1 and OAuth 2.0 Multiple Response Types §2.1: `response_type` and `response_mode`."""

from idp.oauth.authorization.draft import Draft
from idp.oauth.authorization.response_types import RESPONSE_TYPES, canonical, default_mode
from idp.oauth.errors import invalid_request, refusal
from idp.oauth.response_modes import MODES


def check_response_mode(draft: Draft) -> None:
    """Know first how to answer, so that every later error goes out as the app asked."""
    draft.response_mode = default_mode(draft.sent.get("response_type", ""))
    mode = draft.sent.get("response_mode")
    if mode is None:
        return
    if mode not in MODES:
        raise invalid_request("The response_mode is not supported.", "response_mode", " or ".join(MODES), mode)
    if mode == "query" and draft.response_mode == "fragment":
        # Multiple Response Types §3: tokens would land in logs and histories.
        raise invalid_request("This response_type cannot be sent in the query.", "response_mode", "fragment", mode)
    if mode == "web_message" and not _may_receive_messages(draft):
        expected = "a redirect_uri at one of the client's web origins"
        raise invalid_request("web_message goes to registered web origins only.", "response_mode", expected, mode)
    draft.response_mode = mode


def check_response_type(draft: Draft) -> None:
    """Take a response type that exists and that the client is registered for."""
    sent = draft.sent.get("response_type")
    if sent is None:
        raise invalid_request("The parameter response_type is missing.", "response_type", "code", "nothing")
    response_type = canonical(sent)
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


def check_nonce(draft: Draft) -> None:
    """OIDC Core §3.2.2.1: an ID token that the browser carries is bound to the app's own session by a nonce."""
    response_type = RESPONSE_TYPES[draft.values["response_type"]]
    if response_type.id_token and "nonce" not in draft.sent:
        raise invalid_request("The parameter nonce is missing.", "nonce", "a value", "nothing")
    if response_type.id_token and "openid" not in draft.values["scopes"]:
        received = " ".join(draft.values["scopes"])
        raise refusal("invalid_scope", "An ID token needs the scope openid.", "scope", "openid", received)


def _may_receive_messages(draft: Draft) -> bool:
    return origin_of(draft.redirect_uri or "") in draft.app.web_origins


def origin_of(uri: str) -> str:
    """Scheme and host of a URI, as browsers name an origin (RFC 6454 §6.1)."""
    scheme, _, rest = uri.partition("://")
    return f"{scheme}://{rest.split('/', 1)[0].split('?', 1)[0]}".lower()
