"""OAuth 2.0 Multiple Response Types §2.1: the parameters in the query; what is registered there stays."""

from collections.abc import Mapping
from urllib.parse import urlencode

from flask import Response


def respond(redirect_uri: str, parameters: Mapping[str, str]) -> Response:
    """Send the browser back."""
    return see_other(f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{urlencode(parameters)}")


def see_other(location: str) -> Response:
    """303, so that a form's password is never sent on (RFC 9700 §4.12)."""
    response = Response(status=303)
    # As it is: Werkzeug would rewrite what an app registered.
    response.autocorrect_location_header = False
    response.headers["Location"] = location
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
