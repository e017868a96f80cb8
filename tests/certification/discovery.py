"""What a discovery document has to look like: OIDC Discovery §3, RFC 8414 §2, and the registry of its members."""

import re
from typing import Any
from urllib.parse import urlsplit

_ALGS = ("signing_alg", "encryption_alg", "encryption_enc")


def _algs(*kinds: str, of: tuple[str, ...] = _ALGS) -> set[str]:
    return {f"{kind}_{alg}_values_supported" for kind in kinds for alg in of}


def _auth(*endpoints: str) -> set[str]:
    names = {f"{endpoint}_auth_methods_supported" for endpoint in endpoints}
    return names | _algs(*(f"{endpoint}_auth" for endpoint in endpoints), of=_ALGS[:1])


#: Members by their type. Whatever stands in none of these sets, nobody has registered.
URLS = {
    *("issuer", "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri", "registration_endpoint"),
    *("revocation_endpoint", "introspection_endpoint", "end_session_endpoint", "check_session_iframe"),
    *("device_authorization_endpoint", "pushed_authorization_request_endpoint", "backchannel_authentication_endpoint"),
    *("service_documentation", "op_policy_uri", "op_tos_uri", "federation_registration_endpoint", "signed_jwks_uri"),
    *("global_token_revocation_endpoint", "challenge_endpoint"),
}
LISTS = {
    *("scopes_supported", "response_types_supported", "response_modes_supported", "grant_types_supported"),
    *("acr_values_supported", "subject_types_supported", "display_values_supported", "claim_types_supported"),
    *("claims_supported", "claims_locales_supported", "ui_locales_supported", "code_challenge_methods_supported"),
    *("dpop_signing_alg_values_supported", "prompt_values_supported", "authorization_details_types_supported"),
    *("backchannel_token_delivery_modes_supported", "client_registration_types_supported", "protected_resources"),
    "backchannel_authentication_request_signing_alg_values_supported",
    *_auth("token_endpoint", "revocation_endpoint", "introspection_endpoint", "global_token_revocation_endpoint"),
    *_auth("request"),
    *_algs("id_token", "userinfo", "request_object", "authorization", "introspection", "nfv_token"),
}
FLAGS = {
    *("claims_parameter_supported", "request_parameter_supported", "request_uri_parameter_supported"),
    *("require_request_uri_registration", "require_signed_request_object", "require_pushed_authorization_requests"),
    *("tls_client_certificate_bound_access_tokens", "authorization_response_iss_parameter_supported"),
    *("frontchannel_logout_supported", "frontchannel_logout_session_supported"),
    *("backchannel_logout_supported", "backchannel_logout_session_supported"),
    *("backchannel_user_code_parameter_supported", "native_sso_supported", "client_id_metadata_document_supported"),
}
OBJECTS = {"mtls_endpoint_aliases", "verified_claims_supported", "jwks"}
TEXTS = {"signed_metadata", "organization_name"}
LOCALES = {"ui_locales_supported", "claims_locales_supported"}
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
REQUIRED = {
    *("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "response_types_supported"),
    *("subject_types_supported", "id_token_signing_alg_values_supported", "userinfo_endpoint"),
    *("claims_supported", "scopes_supported", "grant_types_supported", "registration_endpoint"),
}


def check_discovery(document: dict[str, Any], url: str) -> None:
    """Known members, of the right types; an issuer that fits the address; what every provider has to support."""
    unknown = document.keys() - URLS - LISTS - FLAGS - OBJECTS - TEXTS
    assert not unknown, f"nobody knows {unknown}"
    assert not (missing := REQUIRED - document.keys()), f"missing: {missing}"
    for name, value in document.items():
        _check_type(name, value)
    assert url == document["issuer"].rstrip("/") + "/.well-known/openid-configuration"
    parts = urlsplit(document["issuer"])
    assert (parts.query, parts.fragment) == ("", "")
    assert "RS256" in document["id_token_signing_alg_values_supported"]
    assert "RS256" in document["request_object_signing_alg_values_supported"]
    assert "openid" in document["scopes_supported"]
    assert set(document["subject_types_supported"]) <= {"public", "pairwise"}
    assert "S256" in document["code_challenge_methods_supported"]


def check_dynamic_discovery(document: dict[str, Any]) -> None:
    """What a provider with dynamic registration has to support besides (OIDC Core §15.2)."""
    assert {"code", "id_token", "id_token token"} <= set(document["response_types_supported"])
    assert {"authorization_code", "implicit"} <= set(document["grant_types_supported"])
    assert document["request_uri_parameter_supported"] is True
    assert document["request_parameter_supported"] is True


def _check_type(name: str, value: Any) -> None:
    if name in URLS:
        parts = urlsplit(value)
        assert (parts.scheme, parts.fragment) == ("https", ""), f"{name}: {value!r}"
        assert parts.hostname, f"{name}: {value!r}"
    elif name in LISTS:
        assert isinstance(value, list), f"{name}: {value!r}"
        assert value, f"{name} is empty"
        assert all(isinstance(each, str) and each for each in value), f"{name}: {value!r}"
        assert len(set(value)) == len(value), f"{name} repeats itself"
        assert name not in LOCALES or all(LANGUAGE.fullmatch(each) for each in value), f"{name}: {value!r}"
    elif name in FLAGS:
        assert isinstance(value, bool), f"{name}: {value!r}"
    else:
        assert value, name
