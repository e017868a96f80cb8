"""RFC 6749 §3.2: the token endpoint."""

from flask import Response

from idp.oauth.server import server


def token() -> Response:
    """Hand over to the grant that is asked for."""
    return server().create_token_response()
