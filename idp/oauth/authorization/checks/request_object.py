"""OIDC Core §6 and RFC 9101: parameters in a JWT that the client signed, by value (`request`) or by `request_uri`.

What the object says supersedes what stands beside it (§6.1). Nothing is fetched but what the client registered.
"""

from typing import Any

import orjson

from idp.domain.clients.client import Client
from idp.domain.clients.jwks import verify_by_keys_of
from idp.domain.tenant.fetching import fetch
from idp.infra import jwt
from idp.infra.http_client import FetchError
from idp.oauth.authorization.checks.redirect_uri import check_redirect_uri
from idp.oauth.authorization.checks.response import check_response_mode
from idp.oauth.authorization.draft import Draft
from idp.oauth.authorization.response_types import canonical
from idp.oauth.errors import Refusal, invalid_request, refusal
from idp.web.settings import settings

SIGNING_ALGS = ("RS256", "PS256", "ES256", "EdDSA")
UNSIGNED = "none"
_TYPES = frozenset({"", "jwt", "oauth-authz-req+jwt"})
_CLAIMS_OF_THE_JWT = frozenset({"iss", "aud", "exp", "iat", "nbf", "jti", "sub"})
_NEVER_INSIDE = ("request", "request_uri")
#: Parameters that are text wherever they come from (RFC 9101 §4). What is none of ours may be of any type.
_TEXTS = frozenset(
    [
        "response_type",
        "response_mode",
        "client_id",
        "redirect_uri",
        "scope",
        "state",
        "nonce",
        "prompt",
        "display",
        "ui_locales",
        "login_hint",
        "id_token_hint",
        "acr_values",
        "code_challenge",
        "code_challenge_method",
        "audience",
        "resource",
        "screen_hint",
        "claims",
        "max_age",
    ]
)


def check_request_object(draft: Draft) -> None:
    """Take the parameters out of the object, if there is one."""
    if "registration" in draft.sent:
        _settle_where_to_answer(draft)
        raise _registration()
    if not any(name in draft.sent for name in _NEVER_INSIDE):
        return
    try:
        inside = _open(draft)
    except Refusal:
        _settle_where_to_answer(draft)
        raise
    draft.sent = {**{name: value for name, value in draft.sent.items() if name not in _NEVER_INSIDE}, **inside}


def _open(draft: Draft) -> dict[str, str]:
    value, uri = draft.sent.get("request"), draft.sent.get("request_uri")
    if value is not None and uri is not None:
        raise invalid_request("Send request or request_uri, not both.", "request", "one of the two", "both")
    token = value if value is not None else _fetch(draft.app, uri or "")
    claims = _unsigned(draft.app, token, by_value=value is not None) if jwt.is_unsigned(token) else None
    if claims is None:
        claims = _signed(draft.app, token)
    _check_parties(draft, claims)
    return _parameters(claims)


def _fetch(client: Client, uri: str) -> str:
    if uri not in client.registered("request_uris"):
        expected = " or ".join(client.registered("request_uris")) or "none is registered"
        raise refusal("invalid_request_uri", "The request_uri is not registered.", "request_uri", expected, uri)
    try:
        # A fragment is for caches (OIDC Core §6.2); it is never sent.
        answer = fetch(uri.partition("#")[0])
    except FetchError as error:
        raise refusal(
            "invalid_request_uri", "The request_uri cannot be fetched.", "request_uri", "a JWT", error.reason
        ) from None
    if not answer.is_ok:
        raise refusal("invalid_request_uri", "The request_uri cannot be fetched.", "request_uri", "200", answer.status)
    return answer.body.decode("ascii", "replace").strip()


def _unsigned(client: Client, token: str, *, by_value: bool) -> dict[str, Any]:
    if client.registered("request_object_signing_alg") != UNSIGNED:
        error = "request_not_supported" if by_value else "request_uri_not_supported"
        description = "Unsigned request objects are only for clients registered for them."
        raise refusal(error, description, "request object", "signed", "unsigned")
    try:
        return jwt.parse_unsigned(token)
    except jwt.InvalidToken as error:
        raise _invalid("an unsigned JWT", error.reason) from None


def _signed(client: Client, token: str) -> dict[str, Any]:
    registered = client.registered("request_object_signing_alg")
    algs = tuple(alg for alg in SIGNING_ALGS if registered in {None, alg})
    try:
        parsed = jwt.parse(token)
        kind = str(parsed.header.get("typ", "")).lower().removeprefix("application/")
        if kind not in _TYPES:
            raise _invalid("typ is oauth-authz-req+jwt or JWT", kind)
        expected = jwt.Expected(algs=algs, required=())
        return verify_by_keys_of(client, parsed, expected)
    except (jwt.InvalidToken, jwt.InvalidKey) as error:
        raise _invalid("a JWT that the client signed", str(error)) from None


def _check_parties(draft: Draft, claims: dict[str, Any]) -> None:
    """RFC 9101 §4 and §10.8: from this client, for us, and never an assertion of who the client is."""
    client_id = draft.app.id
    if claims.get("client_id", client_id) != client_id or claims.get("iss", client_id) != client_id:
        raise _invalid(f"client_id and iss are {client_id}", "another's")
    audience = claims.get("aud", settings().issuer)
    if settings().issuer not in (audience if isinstance(audience, list) else [audience]):
        raise _invalid(f"aud is {settings().issuer}", str(audience))
    if claims.get("sub") == client_id or any(name in claims for name in _NEVER_INSIDE):
        raise _invalid("no sub, request or request_uri", "one of them")
    if "registration" in claims:
        raise _registration()
    outside, inside = draft.sent.get("response_type"), claims.get("response_type")
    if outside and isinstance(inside, str) and canonical(inside) != canonical(outside):
        raise _invalid(f"response_type is {outside}, as beside the object", inside)


def _parameters(claims: dict[str, Any]) -> dict[str, str]:
    texts = {
        name: _text(name, value)
        for name, value in claims.items()
        if name not in _CLAIMS_OF_THE_JWT and value not in (None, "")
    }
    return {name: text for name, text in texts.items() if text is not None}


def _text(name: str, value: object) -> str | None:
    if isinstance(value, str):
        return value
    if name == "max_age" and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if name == "claims" and isinstance(value, dict):
        return orjson.dumps(value).decode()
    if name not in _TEXTS:
        return None
    raise _invalid(f"{name} is a string", type(value).__name__)


def _registration() -> Refusal:
    description = "The parameter registration is not supported."
    return refusal("registration_not_supported", description, "registration", "absent", "present")


def _invalid(expected: str, received: str) -> Refusal:
    description = "The request object is not valid."
    return refusal("invalid_request_object", description, "request object", expected, received)


def _settle_where_to_answer(draft: Draft) -> None:
    """The app is told if what stands beside the object says where; a fault of that is the greater one."""
    check_redirect_uri(draft)
    check_response_mode(draft)
