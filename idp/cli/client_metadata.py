"""What an operator says of an app by the registered names (`--metadata FILE`), laid over what the app has."""

import json
from typing import IO, Any

from idp.domain.clients.client import NONE
from idp.domain.clients.registration import KINDS, NewClient
from idp.domain.errors import InvalidInputError
from idp.oauth.authorization.checks.request_object import UNSIGNED
from idp.oauth.errors import Refusal
from idp.oauth.registration import read

_REQUEST_ALG = "request_object_signing_alg"


def read_metadata(file: IO[bytes] | None, response_types: tuple[str, ...]) -> dict[str, Any]:
    """The file's document, with the response types of the command line."""
    try:
        document = {} if file is None else json.load(file)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise InvalidInputError("The file of --metadata must hold one JSON object.", "metadata")
    return {**document, **({"response_types": list(response_types)} if response_types else {})}


def lay_over(has: dict[str, Any], document: dict[str, Any]) -> dict[str, Any] | None:
    """The checked values of the whole; None where the document says nothing.

    Raises:
        InvalidInputError: naming the member and what to write.
    """
    if not document:
        return None
    merged = {**has, **document}
    kept = has.get("grant_types", []) if "response_types" in document and "grant_types" not in document else []
    if kept:
        merged.pop("grant_types")  # what the response types need is added to what there is
    if "jwks_uri" in document and "jwks" not in document:
        merged["jwks"] = None
    # Nobody registers for unsigned request objects by themselves; the operator may say so (OIDC Core §6.1).
    is_unsigned = merged.get(_REQUEST_ALG) == UNSIGNED
    if is_unsigned:
        del merged[_REQUEST_ALG]
    try:
        values = read(merged)
    except Refusal as error:
        raise InvalidInputError(f"--metadata: {error.description}", "metadata") from None
    if is_unsigned:
        values[_REQUEST_ALG] = UNSIGNED
    values["grant_types"] = list(dict.fromkeys([*kept, *values["grant_types"]]))
    return values


def metadata_of_new(new: NewClient) -> dict[str, Any]:
    """What an app gets by its kind, by the registered names."""
    kind = KINDS[new.kind]
    method = "none" if kind.auth_method == NONE else "client_secret_basic"
    return {
        "client_name": new.name,
        "redirect_uris": list(new.redirect_uris),
        "post_logout_redirect_uris": list(new.logout_uris),
        "application_type": "native" if new.kind == "native" else "web",
        "grant_types": list(kind.grant_types),
        "token_endpoint_auth_method": method if new.jwks is None else "private_key_jwt",
        "jwks": new.jwks,
    }
