"""RFC 7523 §2.2, OIDC Core §9: the client signs an assertion with its private key."""

from typing import Any

from idp.domain.clients.client import Client
from idp.domain.clients.jwks import verify_by_keys_of
from idp.infra import jwt
from idp.oauth.client_auth import assertion
from idp.oauth.client_auth.attempt import Attempt

SIGNING_ALGS = ("RS256", "PS256", "ES256", "EdDSA")


def is_tried(attempt: Attempt) -> bool:
    """Whether an assertion is in the body that is not signed with a secret."""
    return assertion.is_in(attempt) and not assertion.alg_of(attempt).startswith("HS")


def authenticate(attempt: Attempt) -> Client:
    """The client whose key signed the assertion.

    Raises:
        Refusal: invalid_client.
    """
    return assertion.authenticate(attempt, SIGNING_ALGS, _verify)


def _verify(client: Client, parsed: jwt.ParsedToken, expected: jwt.Expected) -> dict[str, Any]:
    return verify_by_keys_of(client, parsed, expected)
