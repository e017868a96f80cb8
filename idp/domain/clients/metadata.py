"""What an app may be registered with beside its columns, by its registered name (OIDC Registration §2, RFC 7591 §2)."""

from collections.abc import Mapping
from typing import Any

#: Name → the default of the specification. Only what stands here is ever stored.
DEFAULTS: Mapping[str, Any] = {
    "application_type": "web",
    "contacts": None,
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
