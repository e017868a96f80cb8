"""RULES: what has to hold between members of client metadata, and the defaults that follow from others.

Each rule may fill in values; it raises InvalidInputError, whose field is the member at fault.
"""

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from idp.domain.clients.redirect_uris import LOOPBACK_HOSTS
from idp.domain.errors import InvalidInputError
from idp.domain.tenant import settings
from idp.domain.tokens.subjects import PAIRWISE
from idp.infra.jwt import encryption
from idp.oauth.authorization.response_types import RESPONSE_TYPES
from idp.oauth.client_auth import client_secret_jwt, private_key_jwt
from idp.oauth.grants import IMPLICIT

CODE_GRANT = "authorization_code"
_WEB_SCHEMES = frozenset({"http", "https"})
Values = dict[str, Any]

_ASSERTION_ALGS = {
    "private_key_jwt": private_key_jwt.SIGNING_ALGS,
    "client_secret_jwt": client_secret_jwt.SIGNING_ALGS,
}


def grant_types_for(response_types: Iterable[str]) -> list[str]:
    """The grant types that these response types make use of (RFC 7591 §2.1)."""
    kinds = [RESPONSE_TYPES[name] for name in response_types]
    needed = {CODE_GRANT: any(kind.code for kind in kinds), IMPLICIT: any(kind.is_front_channel for kind in kinds)}
    return [name for name, is_needed in needed.items() if is_needed]


def settle_defaults(values: Values) -> None:
    """OIDC Registration §2: what holds where nothing was said."""
    values.setdefault("application_type", "web")
    values.setdefault("subject_type", "public")
    values.setdefault("id_token_signed_response_alg", "RS256")
    values.setdefault("token_endpoint_auth_method", "client_secret_basic")


def settle_types(values: Values) -> None:
    """RFC 7591 §2.1: response types and grant types go together; where one list is missing, the other tells."""
    grants = values.get("grant_types")
    if "response_types" not in values:
        values["response_types"] = ["code"] if grants is None or CODE_GRANT in grants else []
        if grants is not None and IMPLICIT in grants and CODE_GRANT not in grants:
            raise InvalidInputError("Say which response types the implicit grant is for.", "response_types")
    needed = grant_types_for(values["response_types"])
    grants = values.setdefault("grant_types", needed)
    missing = [name for name in needed if name not in grants]
    if missing:
        raise InvalidInputError(f"The response types need {' and '.join(missing)} too.", "grant_types")
    if not grants:
        raise InvalidInputError("Send at least one.", "grant_types")


def check_grants(values: Values) -> None:
    """RFC 6749 §4.4: a client without a proof of its own gets nothing on its own behalf."""
    if values["token_endpoint_auth_method"] == "none" and "client_credentials" in values["grant_types"]:
        raise InvalidInputError("client_credentials needs a client that authenticates.", "grant_types")


def check_redirect_uris(values: Values) -> None:
    """OIDC Registration §2, `application_type`: the web has https; private schemes are for native apps."""
    uris = values.setdefault("redirect_uris", [])
    if values["response_types"] and not uris:
        raise InvalidInputError("Send at least one.", "redirect_uris")
    if values["application_type"] != "web":
        return
    for uri in uris:
        scheme = urlsplit(uri).scheme
        if scheme not in _WEB_SCHEMES:
            raise InvalidInputError(f"{uri!r}: this scheme is for application_type native.", "redirect_uris")
        if scheme == "http" and not settings.current().is_local and IMPLICIT in values["grant_types"]:
            raise InvalidInputError(f"{uri!r}: tokens in the browser need https.", "redirect_uris")


def check_keys(values: Values) -> None:
    """OIDC Registration §2: keys by value or by reference; and there, where something is done with them."""
    if "jwks" in values and "jwks_uri" in values:
        raise InvalidInputError("Send jwks or jwks_uri, not both.", "jwks")
    has_keys = "jwks" in values or "jwks_uri" in values
    if values["token_endpoint_auth_method"] == "private_key_jwt" and not has_keys:
        raise InvalidInputError("private_key_jwt needs jwks or jwks_uri.", "jwks")
    for kind in ("id_token", "userinfo"):
        alg, enc = f"{kind}_encrypted_response_alg", f"{kind}_encrypted_response_enc"
        if enc in values and alg not in values:
            raise InvalidInputError(f"It says nothing without {alg}.", enc)
        if alg in values and not has_keys:
            raise InvalidInputError("Encryption needs jwks or jwks_uri.", alg)
        if alg in values and "jwks" in values and not encryption.has_key(values["jwks"], values[alg]):
            raise InvalidInputError(f"None of the keys is for {values[alg]}.", alg)


def check_assertion_alg(values: Values) -> None:
    """An algorithm for assertions fits the method that sends them."""
    alg, method = values.get("token_endpoint_auth_signing_alg"), values["token_endpoint_auth_method"]
    algs = _ASSERTION_ALGS.get(method)
    if alg is not None and algs is not None and alg not in algs:
        raise InvalidInputError(f"{method} is signed by one of: {', '.join(algs)}.", "token_endpoint_auth_signing_alg")


def check_framed_uri(values: Values) -> None:
    """Front-Channel Logout §2: scheme, host and port are those of a redirect URI; nobody else's page is ever framed."""
    uri = values.get("frontchannel_logout_uri")
    if uri is not None and _place(uri) not in {_place(other) for other in values["redirect_uris"]}:
        raise InvalidInputError("Its scheme, host and port must be those of a redirect URI.", "frontchannel_logout_uri")


def check_sector(values: Values) -> None:
    """OIDC Core §8.1: apps at several hosts say by a document that they are one."""
    hosts = {urlsplit(uri).hostname for uri in values["redirect_uris"]}
    if values["subject_type"] == PAIRWISE and len(hosts) != 1 and "sector_identifier_uri" not in values:
        raise InvalidInputError("Redirect URIs at several hosts need a sector_identifier_uri.", "sector_identifier_uri")


def _place(uri: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(uri)
    is_loopback = parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS
    default = {"https": 443, "http": 80}.get(parts.scheme)
    return parts.scheme, parts.hostname, None if is_loopback else parts.port or default


#: (the member that is named where a rule names none, the rule), in order.
RULES: tuple[tuple[str, Callable[[Values], None]], ...] = (
    ("application_type", settle_defaults),
    ("response_types", settle_types),
    ("grant_types", check_grants),
    ("redirect_uris", check_redirect_uris),
    ("jwks", check_keys),
    ("token_endpoint_auth_signing_alg", check_assertion_alg),
    ("frontchannel_logout_uri", check_framed_uri),
    ("subject_type", check_sector),
)
