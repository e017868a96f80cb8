"""OIDC Core §6: request objects are not supported, and an app that sends one is told (never ignored)."""

from idp.oauth.authorization.draft import Draft
from idp.oauth.errors import refusal

_ERRORS = {
    "request": "request_not_supported",
    "request_uri": "request_uri_not_supported",
    "registration": "registration_not_supported",
}


def check_request_object(draft: Draft) -> None:
    """Refuse a request by value or by reference; nothing is ever fetched."""
    for name, error in _ERRORS.items():
        if name in draft.sent:
            raise refusal(error, f"The parameter {name} is not supported.", name, "absent", "present")
