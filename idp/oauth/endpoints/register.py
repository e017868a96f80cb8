"""OIDC Registration §3, RFC 7591, RFC 7592: apps register, read, change and remove themselves.

Who may register is a setting: nobody, holders of an initial access token, or all. After that an app is known by the
registration access token that it was given: in the header, for itself alone, and not while it is disabled.
"""

from typing import Any

import orjson
from flask import Response, request

from idp.domain.clients.initial_access import claim_initial_token, is_initial_token
from idp.domain.clients.queries import find_client_now
from idp.domain.clients.self_registration import find_by_registration_token, register_app, replace_metadata
from idp.domain.events.names import EventName
from idp.domain.events.recording import record
from idp.domain.lifecycle.clients import delete_client
from idp.oauth.errors import Refusal, invalid_request, refusal
from idp.oauth.parameters import JSON
from idp.oauth.registration import read
from idp.oauth.registration.response import information
from idp.oauth.server import json_response
from idp.web.bearer import BearerError, challenge, presented_token
from idp.web.rate_limits import limit
from idp.web.request_facts import client_address
from idp.web.settings import settings

#: For each address. A run of all certification plans registers some 500 apps, many at once.
LIMITS = ("600/minute", "20000/day")
_LONGEST = 64 * 1024
#: RFC 7592 §2.2: what we say of a client, and it never to us.
_OURS = ("registration_access_token", "registration_client_uri", "client_secret_expires_at", "client_id_issued_at")


def register() -> Response:
    """A new app: 201 with all that it needs to know."""
    for rule in LIMITS:
        limit(rule, "register", client_address())
    try:
        token = _admitted()
        values = read(_document())
        if token is not None and not claim_initial_token(token):
            raise _bad_token("The token has been used up.")
    except BearerError as error:
        return _refuse_bearer(error)
    except Refusal as error:
        return _refuse(error)
    made = register_app(values)
    return json_response(201, information(made.record, settings().issuer, made.registration_token, made.secret))


def configuration(client_id: str) -> Response:
    """What an app that registered itself does with its registration: GET, PUT, DELETE."""
    limit(LIMITS[0], "registration", client_address())
    try:
        token = presented_token()
        client = find_by_registration_token(client_id[:64], token)
        if client is None:
            raise _bad_token("The token is not that of this client.")
    except BearerError as error:
        return _refuse_bearer(error, client_id[:64])
    if request.method == "DELETE":
        delete_client(client.id)
        return Response(status=204, headers={"Cache-Control": "no-store"})
    if request.method == "GET":
        return json_response(200, information(client, settings().issuer, token))
    return _replace(client.id, token)


def _replace(client_id: str, token: str) -> Response:
    try:
        document = _document()
        _check_identity(client_id, document)
        values = read(document)
    except Refusal as error:
        return _refuse(error, client_id)
    # Again: something may have been fetched, and the world went on meanwhile.
    client = find_by_registration_token(client_id, token)
    if client is None:
        return _refuse_bearer(_bad_token("The token is not that of this client."), client_id)
    replaced = replace_metadata(client, values)
    return json_response(200, information(replaced.record, settings().issuer, token, replaced.secret))


def _check_identity(client_id: str, document: dict[str, Any]) -> None:
    """RFC 7592 §2.2: the client names itself, and can choose neither its id nor its secret."""
    if document.get("client_id") != client_id:
        raise invalid_request("client_id: send that of this client.", "client_id", client_id, document.get("client_id"))
    for name in _OURS:
        if name in document:
            raise invalid_request(f"{name}: leave it out.", name, "nothing", "a value")
    secret = document.get("client_secret")
    client = find_client_now(client_id)
    if secret is not None and (not isinstance(secret, str) or client is None or not client.check_client_secret(secret)):
        raise refusal("invalid_client_metadata", "client_secret: it cannot be chosen.", "client_secret", "the current")


def _admitted() -> str | None:
    """The initial access token to spend, where one is needed.

    Raises:
        BearerError: it is missing or not good.
        Refusal: nobody may register.
    """
    mode = settings().registration
    if mode == "off":
        raise Refusal("access_denied", "Apps cannot register themselves here: ask the operator.", status=403)
    if mode == "open":
        return None
    token = presented_token()
    if not is_initial_token(token):
        raise _bad_token("The token is unknown, expired or used up.")
    return token


def _document() -> dict[str, Any]:
    if request.mimetype != JSON:
        raise refusal("invalid_client_metadata", f"Send {JSON}.", "content type", JSON, request.mimetype)
    body = request.get_data()
    try:
        document = orjson.loads(body) if len(body) <= _LONGEST else None
    except orjson.JSONDecodeError:
        document = None
    if not isinstance(document, dict):
        expected = f"a JSON object of at most {_LONGEST} bytes"
        raise refusal("invalid_client_metadata", f"Send {expected}.", "body", expected, f"{len(body)} bytes")
    return document


def _bad_token(description: str) -> BearerError:
    return BearerError(401, "invalid_token", description)


def _refuse(error: Refusal, client_id: str | None = None) -> Response:
    finding = error.finding
    record(
        EventName.CLIENT_REGISTRATION_REFUSED,
        client_id=client_id,
        outcome="refused",
        error=error.error,
        check=finding.check,
        expected=finding.expected,
        received=finding.received,
    )
    told = {"error": error.error, "error_description": str(error.description)}
    return json_response(error.status_code or 400, told)


def _refuse_bearer(error: BearerError, client_id: str | None = None) -> Response:
    """RFC 6750 §3, with the reason in the body too: who registers an app reads that."""
    description = error.description or "Send a token: Authorization: Bearer …"
    record(
        EventName.CLIENT_REGISTRATION_REFUSED,
        client_id=client_id,
        outcome="refused",
        error=error.error or "missing_token",
        check="token",
        expected="a good token",
        received=description,
    )
    response = json_response(error.status, {"error": error.error or "invalid_token", "error_description": description})
    response.headers["WWW-Authenticate"] = challenge(error).headers["WWW-Authenticate"]
    return response
