"""OIDC Discovery §3 and RFC 8414 §2: the metadata, derived from what is really on."""

from typing import Any

from idp.config import Settings
from idp.domain.apis.registration import SIGNING_ALGS as TOKEN_SIGNING_ALGS
from idp.domain.sessions import acr
from idp.domain.tokens.subjects import SUBJECT_TYPES
from idp.domain.users.claims import CLAIMS_SUPPORTED
from idp.infra.jwt import encryption
from idp.oauth.authorization.checks.pkce import METHOD
from idp.oauth.authorization.checks.prompt import DISPLAYS, PROMPTS
from idp.oauth.authorization.checks.request_object import SIGNING_ALGS as REQUEST_OBJECT_ALGS
from idp.oauth.authorization.checks.scope import OPENID_SCOPES
from idp.oauth.authorization.response_types import RESPONSE_TYPES
from idp.oauth.client_auth import METHOD_NAMES, METHODS, SIGNING_ALGS
from idp.oauth.grants import GRANT_TYPES, IMPLICIT
from idp.oauth.response_modes import MODES


def authorization_server_metadata(settings: Settings) -> dict[str, Any]:
    """What an OAuth client needs to know (RFC 8414 §2)."""
    issuer = settings.issuer
    registration = {} if settings.registration == "off" else {"registration_endpoint": f"{issuer}oidc/register"}
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}authorize",
        "token_endpoint": f"{issuer}oauth/token",
        "jwks_uri": f"{issuer}.well-known/jwks.json",
        **registration,
        "revocation_endpoint": f"{issuer}oauth/revoke",
        "introspection_endpoint": f"{issuer}oauth/introspect",
        "scopes_supported": list(OPENID_SCOPES),
        "response_types_supported": list(RESPONSE_TYPES),
        "response_modes_supported": list(MODES),
        "grant_types_supported": [*GRANT_TYPES, IMPLICIT],
        "token_endpoint_auth_methods_supported": list(METHOD_NAMES),
        "token_endpoint_auth_signing_alg_values_supported": list(SIGNING_ALGS),
        "revocation_endpoint_auth_methods_supported": list(METHOD_NAMES),
        "revocation_endpoint_auth_signing_alg_values_supported": list(SIGNING_ALGS),
        "introspection_endpoint_auth_methods_supported": [method.name for method in METHODS],
        "introspection_endpoint_auth_signing_alg_values_supported": list(SIGNING_ALGS),
        "code_challenge_methods_supported": [METHOD],
        "authorization_response_iss_parameter_supported": True,
    }


def openid_configuration(settings: Settings) -> dict[str, Any]:
    """What an OpenID Connect client needs to know besides (OIDC Discovery §3)."""
    issuer = settings.issuer
    return {
        **authorization_server_metadata(settings),
        "userinfo_endpoint": f"{issuer}userinfo",
        "end_session_endpoint": f"{issuer}oidc/logout",
        "check_session_iframe": f"{issuer}oidc/session",
        "frontchannel_logout_supported": True,
        "frontchannel_logout_session_supported": True,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "subject_types_supported": list(SUBJECT_TYPES),
        "acr_values_supported": list(acr.SUPPORTED),
        "id_token_signing_alg_values_supported": list(TOKEN_SIGNING_ALGS),
        "claims_supported": ["iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", *CLAIMS_SUPPORTED],
        "claim_types_supported": ["normal"],
        "display_values_supported": list(DISPLAYS),
        "prompt_values_supported": list(PROMPTS),
        "claims_parameter_supported": True,
        "userinfo_signing_alg_values_supported": list(TOKEN_SIGNING_ALGS),
        "id_token_encryption_alg_values_supported": list(encryption.ALGS),
        "id_token_encryption_enc_values_supported": list(encryption.ENCS),
        "userinfo_encryption_alg_values_supported": list(encryption.ALGS),
        "userinfo_encryption_enc_values_supported": list(encryption.ENCS),
        "request_parameter_supported": True,
        "request_uri_parameter_supported": True,
        "require_request_uri_registration": True,
        "request_object_signing_alg_values_supported": list(REQUEST_OBJECT_ALGS),
    }
