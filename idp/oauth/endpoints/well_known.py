"""Public documents: OIDC Discovery §4, RFC 8414 §3, RFC 7517 §5. None needs the database once the keys are loaded."""

from collections.abc import Callable

import orjson
from flask import Response

from idp.config import Settings
from idp.domain.keys import keyring
from idp.domain.keys.rotation import JWKS_MAX_AGE
from idp.oauth import metadata

_JSON = "application/json"


def document(build: Callable[[Settings], dict[str, object]], settings: Settings) -> Callable[[], Response]:
    """A view of a document that never changes while the app runs."""
    body = orjson.dumps(build(settings))

    def show() -> Response:
        return Response(body, content_type=_JSON, headers={"Cache-Control": "public, max-age=3600"})

    return show


def jwks() -> Response:
    """The public keys: next, active and retired."""
    headers = {"Cache-Control": f"public, max-age={JWKS_MAX_AGE}"}
    return Response(keyring.jwks(), content_type=_JSON, headers=headers)


DOCUMENTS: tuple[tuple[str, Callable[[Settings], dict[str, object]]], ...] = (
    ("/.well-known/openid-configuration", metadata.openid_configuration),
    ("/.well-known/oauth-authorization-server", metadata.authorization_server_metadata),
)
