"""What an app may be registered with, by its registered name (OIDC Registration §2, RFC 7591 §2), and where that is."""

from collections.abc import Mapping
from typing import Any

#: Name → the column that keeps it as it is.
COLUMNS: Mapping[str, str] = {
    "client_name": "name",
    "redirect_uris": "redirect_uris",
    "post_logout_redirect_uris": "logout_uris",
    "grant_types": "grant_types",
    "response_types": "response_types",
    "jwks": "jwks",
    "id_token_signed_response_alg": "id_token_alg",
    "logo_uri": "logo_uri",
    "policy_uri": "policy_uri",
    "tos_uri": "tos_uri",
    "client_uri": "client_uri",
}
#: What people read may be said in several languages: `client_name#ja` (RFC 7591 §2.2).
LOCALIZED = frozenset({"client_name", "logo_uri", "policy_uri", "tos_uri", "client_uri"})
#: Name → the default of the specification: what is kept beside the columns.
DEFAULTS: Mapping[str, Any] = {
    "application_type": "web",
    "contacts": None,
    "token_endpoint_auth_method": None,
    "subject_type": "public",
    "sector_identifier_uri": None,
    "jwks_uri": None,
    "id_token_encrypted_response_alg": None,
    "id_token_encrypted_response_enc": None,
    "userinfo_signed_response_alg": None,
    "userinfo_encrypted_response_alg": None,
    "userinfo_encrypted_response_enc": None,
    "request_object_signing_alg": None,
    "request_uris": (),
    "token_endpoint_auth_signing_alg": None,
    "default_max_age": None,
    "require_auth_time": False,
    "default_acr_values": (),
    "initiate_login_uri": None,
    "frontchannel_logout_uri": None,
    "frontchannel_logout_session_required": False,
    "backchannel_logout_uri": None,
    "backchannel_logout_session_required": False,
    "software_id": None,
    "software_version": None,
}


def is_stored(name: str) -> bool:
    """Whether it is kept beside the columns: nothing else ever is."""
    return name in DEFAULTS or ("#" in name and name.partition("#")[0] in LOCALIZED)
