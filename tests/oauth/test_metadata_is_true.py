"""Whatever the metadata advertises works for a client registered for it, and what it does not is refused.

Here is what OAuth needs; what OpenID Connect adds is in test_openid_metadata_is_true.py.
"""

import secrets
import time

import pytest
from joserfc.jwk import OctKey, RSAKey

from idp.infra import jwt
from tests.support.factories import App, give_access, make_api, make_client
from tests.support.protocol import ASSERTION, ISSUER, assert_error, form_of, parameters_of
from tests.support.relying_party import client_assertion

KEYS = {alg: jwt.new_key(alg) for alg in ("RS256", "PS256", "ES256", "EdDSA")}
JWKS = {"keys": [jwt.public_jwk(key) for key in KEYS.values()]}
PATH = "/.well-known/openid-configuration"
CARRIED = {"code": "code", "id_token": "id_token", "token": "access_token"}


@pytest.fixture
def document(protocol):
    return protocol.document(PATH)


@pytest.fixture
def client(app, protocol):
    protocol.sign_in()
    return make_client(app)


@pytest.fixture
def register(registrar):
    """Register an app by its metadata; nobody is asked for consent."""
    return registrar.adopted


def path_of(url):
    assert url.startswith(ISSUER)
    return "/" + url.removeprefix(ISSUER)


def test_every_advertised_endpoint_answers_at_its_place(protocol, client, document):
    tokens = protocol.tokens(client)
    assert protocol.http.get(path_of(document["jwks_uri"]), base_url=ISSUER).get_json()["keys"]
    assert protocol.post(path_of(document["token_endpoint"]), client, grant_type="x").status_code == 400
    assert protocol.post(path_of(document["introspection_endpoint"]), client, token="x").status_code == 200
    assert protocol.post(path_of(document["revocation_endpoint"]), client, token="x").status_code == 200
    assert protocol.http.get(path_of(document["authorization_endpoint"]), base_url=ISSUER).status_code == 400
    assert protocol.http.get(path_of(document["end_session_endpoint"]), base_url=ISSUER).status_code == 200
    assert "<script" in protocol.http.get(path_of(document["check_session_iframe"]), base_url=ISSUER).text
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert (
        protocol.http.get(path_of(document["userinfo_endpoint"]), base_url=ISSUER, headers=headers).status_code == 200
    )


def test_the_advertised_endpoints_are_the_ones_there_are(document):
    names = {name for name in document if name.endswith(("_endpoint", "_iframe"))}
    assert names == {
        "authorization_endpoint",
        "token_endpoint",
        "userinfo_endpoint",
        "introspection_endpoint",
        "revocation_endpoint",
        "end_session_endpoint",
        "check_session_iframe",
    }


def test_advertised_response_types_work(protocol, register, document):
    protocol.sign_in()
    for response_type in document["response_types_supported"]:
        answer = protocol.answer(register(response_types=[response_type]), response_type=response_type, scope="openid")
        assert CARRIED.values() & answer.keys() == {CARRIED[word] for word in response_type.split()}


@pytest.mark.parametrize("other", ["token", "none", "code none", "device", "CODE", "code code", "vp_token"])
def test_other_response_types_are_refused(registrar, protocol, client, document, other):
    assert other not in document["response_types_supported"]
    assert protocol.answer(client, response_type=other)["error"] == "unsupported_response_type"
    assert_error(registrar.register(response_types=[other]), "invalid_client_metadata")


def code_in(response, mode):
    """The code, from where the mode has it."""
    if mode == "form_post":
        return form_of(response).get("code")
    if mode == "web_message":
        return "a code" if "&#34;code&#34;" in response.text else None
    location = response.headers["Location"]
    assert {"query": "?", "fragment": "#"}[mode] in location
    return parameters_of(location).get("code")


def test_advertised_response_modes_work(app, protocol, document):
    protocol.sign_in()
    client = make_client(app, web_origins=["https://app.example.com"])
    for mode in document["response_modes_supported"]:
        assert code_in(protocol.authorize(client, response_mode=mode), mode)


@pytest.mark.parametrize("other", ["jwt", "query.jwt", "fragment.jwt", "form_post.jwt", "QUERY", "web-message"])
def test_other_response_modes_are_refused(protocol, client, document, other):
    assert other not in document["response_modes_supported"]
    assert protocol.answer(client, response_mode=other)["error"] == "invalid_request"


def test_advertised_grants_work(app, protocol, client, register, document):
    give_access(app, client, make_api(app))
    tokens = protocol.tokens(client)
    works = {
        "authorization_code": lambda: protocol.redeem(client, protocol.code(client)),
        "refresh_token": lambda: protocol.refresh(client, tokens["refresh_token"]),
        "client_credentials": lambda: protocol.machine_token(client),
    }
    assert set(document["grant_types_supported"]) == {*works, "implicit"}
    for send in works.values():
        assert send().status_code == 200
    implicit = register(grant_types=["implicit"], response_types=["id_token token"])
    assert "access_token" in protocol.answer(implicit, response_type="id_token token")


@pytest.mark.parametrize("other", ["password", "implicit", "urn:ietf:params:oauth:grant-type:device_code"])
def test_other_grants_are_refused(registrar, protocol, client, document, other):
    # The implicit grant is none of the token endpoint
    assert_error(protocol.post("/oauth/token", client, grant_type=other), "unsupported_grant_type")
    if other not in document["grant_types_supported"]:
        assert_error(registrar.register(grant_types=["authorization_code", other]), "invalid_client_metadata")


def test_advertised_scopes_are_granted_and_others_are_not(protocol, client, document):
    everything = " ".join(document["scopes_supported"])
    granted = protocol.tokens(client, scope=f"{everything} something_else")["scope"]
    assert granted == everything


def test_advertised_challenge_methods_work_and_others_are_refused(protocol, client, document):
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert "code" in protocol.answer(client, code_challenge_method="S256")
    assert protocol.answer(client, code_challenge_method="plain")["error"] == "invalid_request"


ENDPOINTS = {"token": "/oauth/token", "introspection": "/oauth/introspect", "revocation": "/oauth/revoke"}
WAYS = ["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none"]
DATA = {"grant_type": "refresh_token", "refresh_token": "rt1_x", "token": "x"}


def make_assertion(client, alg, key=None):
    claims = {"iss": client.id, "sub": client.id, "aud": ISSUER, "exp": int(time.time()) + 60}
    return jwt.sign(claims | {"jti": secrets.token_urlsafe()}, key or KEYS[alg], "JWT")


def prove(protocol, method, path, client, alg="ES256"):
    if method == "client_secret_basic":
        return protocol.post(path, client, **DATA)
    if method == "client_secret_post":
        return protocol.post(path, client_id=client.id, client_secret=client.secret, **DATA)
    if method == "none":
        return protocol.post(path, App(client.id, None), **DATA)
    if method == "client_secret_jwt":
        assertion = client_assertion(client.id, OctKey.import_key(client.secret), "HS256")
    else:
        assertion = make_assertion(client, alg)
    return protocol.post(path, client_assertion=assertion, client_assertion_type=ASSERTION, **DATA)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("method", WAYS)
def test_advertised_ways_to_authenticate_work_and_others_are_refused(protocol, register, document, endpoint, method):
    client = register(token_endpoint_auth_method=method, jwks=JWKS)
    is_in = prove(protocol, method, ENDPOINTS[endpoint], client).status_code != 401
    assert is_in == (method in document[f"{endpoint}_endpoint_auth_methods_supported"])


@pytest.mark.parametrize("method", ["tls_client_auth", "self_signed_tls_client_auth", "attest_jwt_client_auth", "x"])
def test_other_ways_to_authenticate_are_refused(registrar, document, method):
    assert set(document["token_endpoint_auth_methods_supported"]) == set(WAYS)
    assert_error(registrar.register(token_endpoint_auth_method=method), "invalid_client_metadata")


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("alg", [*KEYS, "HS256"])
def test_advertised_algorithms_of_assertions_work(protocol, register, document, endpoint, alg):
    assert set(document[f"{endpoint}_endpoint_auth_signing_alg_values_supported"]) == {*KEYS, "HS256"}
    method = "client_secret_jwt" if alg == "HS256" else "private_key_jwt"
    client = register(token_endpoint_auth_method=method, token_endpoint_auth_signing_alg=alg, jwks=JWKS)
    assert prove(protocol, method, ENDPOINTS[endpoint], client, alg).status_code != 401


@pytest.mark.parametrize("alg", ["RS384", "RS512", "PS384", "HS384", "HS512"])
def test_other_algorithms_of_assertions_are_refused(registrar, protocol, register, alg):
    method = "client_secret_jwt" if alg.startswith("HS") else "private_key_jwt"
    rsa = RSAKey.generate_key(2048)
    jwks = {"keys": [rsa.as_dict(private=False)]}
    client = register(token_endpoint_auth_method=method, jwks=jwks)
    for each, is_good in ((alg, False), ("HS256" if alg.startswith("HS") else "RS256", True)):
        key = OctKey.import_key(client.secret) if alg.startswith("HS") else rsa
        proof = {"client_assertion": client_assertion(client.id, key, each), "client_assertion_type": ASSERTION}
        assert (protocol.post("/oauth/token", **DATA, **proof).status_code != 401) == is_good
    refused = registrar.register(token_endpoint_auth_method=method, token_endpoint_auth_signing_alg=alg, jwks=jwks)
    assert_error(refused, "invalid_client_metadata")
