"""MEMBERS: each member of client metadata that is known, and how its value is read."""

from collections.abc import Mapping

from idp.domain.apis.registration import SIGNING_ALGS
from idp.domain.clients.redirect_uris import MAXIMUM_COUNT, parse_redirect_uri
from idp.domain.clients.registration import parse_name
from idp.domain.clients.web_uris import parse_called_uri, parse_fetched_uri, parse_framed_uri, parse_shown_uri
from idp.domain.tokens.subjects import SUBJECT_TYPES
from idp.infra.jwt import encryption
from idp.oauth.authorization.checks.request_object import SIGNING_ALGS as REQUEST_OBJECT_ALGS
from idp.oauth.authorization.checks.scope import OPENID_SCOPES, parse_scope
from idp.oauth.authorization.response_types import RESPONSE_TYPES, canonical
from idp.oauth.client_auth import METHOD_NAMES
from idp.oauth.client_auth import SIGNING_ALGS as ASSERTION_ALGS
from idp.oauth.grants import GRANT_TYPES, IMPLICIT
from idp.oauth.registration.keys import parse_jwks
from idp.oauth.registration.values import Parser, flag, one_of, seconds, several, text, uri

_MOST = 20
#: OIDC Core §6.2: a request_uri has at most 512 characters, but for its fragment.
_REQUEST_URI_LENGTH = 512


def _post_logout_uri(value: str) -> str:
    return parse_redirect_uri(value, "post_logout_redirect_uris")


def _response_type(value: str) -> str:
    found: str = one_of(tuple(RESPONSE_TYPES))(canonical(value))
    return found


def _request_uri(value: str) -> str:
    before, _, _ = value.partition("#")
    text(_REQUEST_URI_LENGTH)(before)
    parse_fetched_uri(value)
    return value


def _scope(value: str) -> str:
    """What of it exists: the rest would be granted to nobody."""
    return " ".join(scope for scope in parse_scope(value) if scope in OPENID_SCOPES)


#: Of a member that is not here, nothing is kept. `software_statement` and localized names: see document.py.
MEMBERS: Mapping[str, Parser] = {
    "redirect_uris": several(uri(parse_redirect_uri), MAXIMUM_COUNT),
    "post_logout_redirect_uris": several(uri(_post_logout_uri), MAXIMUM_COUNT),
    "response_types": several(uri(_response_type), len(RESPONSE_TYPES)),
    "grant_types": several(one_of((*GRANT_TYPES, IMPLICIT)), _MOST),
    "application_type": one_of(("web", "native")),
    "scope": uri(_scope),
    "contacts": several(text(320), _MOST),
    "software_id": text(256),
    "software_version": text(256),
    # What users see
    "client_name": uri(parse_name),
    "client_uri": uri(parse_shown_uri),
    "logo_uri": uri(parse_shown_uri),
    "policy_uri": uri(parse_shown_uri),
    "tos_uri": uri(parse_shown_uri),
    # How it proves who it is
    "token_endpoint_auth_method": one_of(METHOD_NAMES),
    "token_endpoint_auth_signing_alg": one_of(ASSERTION_ALGS),
    "jwks": parse_jwks,
    "jwks_uri": uri(parse_fetched_uri),
    # What it is told, and how that is sealed
    "subject_type": one_of(SUBJECT_TYPES),
    "sector_identifier_uri": uri(parse_fetched_uri),
    "id_token_signed_response_alg": one_of(SIGNING_ALGS),
    "id_token_encrypted_response_alg": one_of(encryption.ALGS),
    "id_token_encrypted_response_enc": one_of(encryption.ENCS),
    "userinfo_signed_response_alg": one_of(SIGNING_ALGS),
    "userinfo_encrypted_response_alg": one_of(encryption.ALGS),
    "userinfo_encrypted_response_enc": one_of(encryption.ENCS),
    # What it asks
    "request_object_signing_alg": one_of(REQUEST_OBJECT_ALGS),
    "request_uris": several(uri(_request_uri), MAXIMUM_COUNT),
    "default_max_age": seconds,
    "require_auth_time": flag,
    "default_acr_values": several(text(256), _MOST),
    "initiate_login_uri": uri(parse_shown_uri),
    # How it is signed out
    "frontchannel_logout_uri": uri(parse_framed_uri),
    "frontchannel_logout_session_required": flag,
    "backchannel_logout_uri": uri(parse_called_uri),
    "backchannel_logout_session_required": flag,
}
