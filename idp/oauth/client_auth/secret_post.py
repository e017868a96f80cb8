"""RFC 6749 §2.3.1: id and secret in the body."""

from idp.domain.clients.client import Client
from idp.oauth.client_auth.attempt import Attempt, check_secret
from idp.oauth.parameters import required


def is_tried(attempt: Attempt) -> bool:
    """Whether a secret is in the body."""
    return "client_secret" in attempt.parameters


def authenticate(attempt: Attempt) -> Client:
    """The client whose secret this is.

    Raises:
        Refusal: invalid_client.
    """
    return check_secret(required(attempt.parameters, "client_id"), attempt.parameters["client_secret"])
