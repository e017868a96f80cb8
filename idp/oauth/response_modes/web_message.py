"""OAuth 2.0 Web Message Response Mode §2: the answer as a message to the page that opened or framed this one.

Sent to the origin of the redirect URI, which is a registered web origin; nobody else can read it.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from flask import Response

from idp.oauth.pages import WebMessagePage
from idp.web.headers import allow_framing_by
from idp.web.pages import render


def respond(redirect_uri: str, parameters: Mapping[str, str]) -> Response:
    """A page whose script sends the message."""
    parts = urlsplit(redirect_uri)
    origin = f"{parts.scheme}://{parts.netloc}"
    allow_framing_by(origin)
    return render(WebMessagePage(target_origin=origin, response=parameters))
