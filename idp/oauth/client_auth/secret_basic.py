"""RFC 6749 §2.3.1: id and secret in the Authorization header, each form-encoded first."""

import base64
import binascii
from urllib.parse import unquote_plus

from idp.domain.clients.client import Client
from idp.oauth.client_auth.attempt import Attempt, check_secret
from idp.oauth.errors import invalid_client, invalid_request

_SCHEME = "basic "


def is_tried(attempt: Attempt) -> bool:
    """Whether the header is there, in whatever scheme: another one is no proof here."""
    return "Authorization" in attempt.headers


def authenticate(attempt: Attempt) -> Client:
    """The client whose secret this is; the same client_id in the body is fine.

    Raises:
        Refusal: invalid_client; invalid_request when the body names another client.
    """
    attempt.used_basic = True
    client_id, secret = _read(attempt.headers["Authorization"])
    named = attempt.parameters.get("client_id", client_id)
    if named != client_id:
        raise invalid_request("client_id differs from the Authorization header.", "client_id", client_id, named)
    return check_secret(client_id, secret)


def _read(header: str) -> tuple[str, str]:
    try:
        if header[: len(_SCHEME)].lower() != _SCHEME:
            raise ValueError(header[:0])
        user, colon, password = base64.b64decode(header[len(_SCHEME) :], validate=True).decode().partition(":")
        if not (user and colon and password):
            raise ValueError(user[:0])
        return unquote_plus(user, errors="strict"), unquote_plus(password, errors="strict")
    except (ValueError, binascii.Error):
        raise invalid_client("The Authorization header is malformed.", "Authorization", "Basic credentials") from None
