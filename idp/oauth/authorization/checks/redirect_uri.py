"""RFC 9700 §4.1.3: `redirect_uri` is a registered one, byte for byte."""

from idp.oauth.authorization.draft import Draft
from idp.oauth.errors import invalid_request


def check_redirect_uri(draft: Draft) -> None:
    """Take the URI sent, or the only registered one where none was (RFC 6749 §3.1.2.3)."""
    registered = draft.app.redirect_uris
    if "redirect_uri" in draft.doubled:
        raise invalid_request("The parameter redirect_uri was sent more than once.", "redirect_uri", "one", "several")
    sent = draft.sent.get("redirect_uri")
    if sent is None and len(registered) != 1:
        raise invalid_request(
            "The parameter redirect_uri is missing.", "redirect_uri", " or ".join(registered), "nothing"
        )
    uri = registered[0] if sent is None else sent
    if not draft.app.check_redirect_uri(uri):
        expected = " or ".join(registered) or "none is registered"
        raise invalid_request("The redirect_uri is not registered for this client.", "redirect_uri", expected, uri)
    draft.redirect_uri = uri
