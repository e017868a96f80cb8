"""RFC 7523 §2.2, OIDC Core §9: the client signs an assertion with its secret, which is then kept wrapped."""

from typing import Any

from idp.domain.clients.client import Client
from idp.infra import jwt
from idp.oauth.client_auth import assertion
from idp.oauth.client_auth.attempt import Attempt

SIGNING_ALGS = ("HS256",)


def is_tried(attempt: Attempt) -> bool:
    """Whether an assertion is in the body that is signed with a secret."""
    return assertion.is_in(attempt) and assertion.alg_of(attempt).startswith("HS")


def authenticate(attempt: Attempt) -> Client:
    """The client whose secret signed the assertion.

    Raises:
        Refusal: invalid_client.
    """
    return assertion.authenticate(attempt, SIGNING_ALGS, _verify)


def _verify(client: Client, parsed: jwt.ParsedToken, expected: jwt.Expected) -> dict[str, Any]:
    return jwt.verify_with_secrets(parsed, client.readable_secrets(), expected)
