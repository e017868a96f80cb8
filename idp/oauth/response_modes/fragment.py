"""OAuth 2.0 Multiple Response Types §2.1: the parameters in the fragment, which no server sees."""

from collections.abc import Mapping
from urllib.parse import urlencode

from flask import Response

from idp.oauth.response_modes.query import see_other


def respond(redirect_uri: str, parameters: Mapping[str, str]) -> Response:
    """Send the browser back."""
    return see_other(f"{redirect_uri}#{urlencode(parameters)}")
