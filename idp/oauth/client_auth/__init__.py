"""Client authentication (RFC 6749 §2.3): a file a method; METHODS is what discovery advertises.

A request proves who sends it in one way. A confidential client's id alone proves nothing, at any endpoint.
"""

from collections.abc import Callable
from dataclasses import dataclass

from idp.domain.clients.client import Client
from idp.oauth.client_auth import client_secret_jwt, none, private_key_jwt, secret_basic, secret_post
from idp.oauth.client_auth.attempt import Attempt
from idp.oauth.errors import invalid_client, invalid_request


@dataclass(frozen=True, slots=True)
class Method:
    """How a client may prove itself: whether a request tries to, and whether it does."""

    name: str
    is_tried: Callable[[Attempt], bool]
    authenticate: Callable[[Attempt], Client]


METHODS: tuple[Method, ...] = (
    Method("client_secret_basic", secret_basic.is_tried, secret_basic.authenticate),
    Method("client_secret_post", secret_post.is_tried, secret_post.authenticate),
    Method("client_secret_jwt", client_secret_jwt.is_tried, client_secret_jwt.authenticate),
    Method("private_key_jwt", private_key_jwt.is_tried, private_key_jwt.authenticate),
)
NONE = Method("none", none.is_tried, none.authenticate)
SIGNING_ALGS = (*private_key_jwt.SIGNING_ALGS, *client_secret_jwt.SIGNING_ALGS)
METHOD_NAMES = (*(method.name for method in METHODS), NONE.name)


def authenticate(attempt: Attempt) -> Client:
    """Who sends the request.

    Raises:
        Refusal: invalid_client (401); invalid_request when it comes with two proofs.
    """
    tried = [method for method in METHODS if method.is_tried(attempt)] or [NONE]
    if len(tried) > 1:
        names = " and ".join(method.name for method in tried)
        raise invalid_request("Authenticate in one way, not in several.", "client authentication", "one method", names)
    method = tried[0]
    client = method.authenticate(attempt)
    if not client.check_endpoint_auth_method(method.name, ""):
        raise invalid_client("Client authentication failed.", "authentication method", client.auth_method, method.name)
    if client.disabled_at is not None:
        raise invalid_client("Client authentication failed.", "client", "enabled", "disabled")
    return client
