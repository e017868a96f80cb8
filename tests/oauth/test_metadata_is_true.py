"""R17: whatever the metadata advertises works, and what it does not advertise is refused."""

import secrets
import time

import pytest

from idp.infra import jwt
from idp.oauth.authorization.checks.prompt import PROMPTS
from tests.support.factories import App, give_access, make_api, make_client
from tests.support.protocol import ASSERTION, ISSUER, assert_error, form_of, header_of, parameters_of

KEYS = {alg: jwt.new_key(alg) for alg in ("RS256", "PS256", "ES256", "EdDSA")}


@pytest.fixture
def document(protocol):
    return protocol.document("/.well-known/openid-configuration")


@pytest.fixture
def client(app, protocol):
    protocol.sign_in()
    return make_client(app)


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
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert (
        protocol.http.get(path_of(document["userinfo_endpoint"]), base_url=ISSUER, headers=headers).status_code == 200
    )


def test_the_advertised_endpoints_are_the_ones_there_are(document):
    names = {name for name in document if name.endswith("_endpoint")}
    assert names == {
        "authorization_endpoint",
        "token_endpoint",
        "userinfo_endpoint",
        "introspection_endpoint",
        "revocation_endpoint",
        "end_session_endpoint",
    }


def test_advertised_response_types_work_and_others_are_refused(protocol, client, document):
    for response_type in document["response_types_supported"]:
        assert "code" in protocol.answer(client, response_type=response_type)
    for other in {"token", "id_token", "code id_token", "code token", "none"} - set(
        document["response_types_supported"]
    ):
        assert protocol.answer(client, response_type=other)["error"] == "unsupported_response_type"


def test_advertised_response_modes_work_and_others_are_refused(protocol, client, document):
    for mode in document["response_modes_supported"]:
        response = protocol.authorize(client, response_mode=mode)
        sent = form_of(response) if mode == "form_post" else parameters_of(response.headers["Location"])
        assert "code" in sent
    for other in {"web_message", "jwt", "query.jwt", "form_post.jwt"} - set(document["response_modes_supported"]):
        assert protocol.answer(client, response_mode=other)["error"] == "invalid_request"


def test_advertised_grants_work_and_others_are_refused(app, protocol, client, document):
    give_access(app, client, make_api(app))
    tokens = protocol.tokens(client)
    works = {
        "authorization_code": lambda: protocol.redeem(client, protocol.code(client)),
        "refresh_token": lambda: protocol.refresh(client, tokens["refresh_token"]),
        "client_credentials": lambda: protocol.machine_token(client),
    }
    assert set(document["grant_types_supported"]) == set(works)
    for send in works.values():
        assert send().status_code == 200
    for other in ("password", "implicit", "urn:ietf:params:oauth:grant-type:device_code"):
        assert_error(protocol.post("/oauth/token", client, grant_type=other), "unsupported_grant_type")


def test_advertised_scopes_are_granted_and_others_are_not(protocol, client, document):
    everything = " ".join(document["scopes_supported"])
    granted = protocol.tokens(client, scope=f"{everything} something_else")["scope"]
    assert granted == everything


def test_advertised_prompts_are_known_and_others_are_refused(protocol, client, document):
    assert document["prompt_values_supported"] == list(PROMPTS)
    for prompt in document["prompt_values_supported"]:
        assert protocol.authorize(client, prompt=prompt).status_code == 303
    assert protocol.answer(client, prompt="something")["error"] == "invalid_request"


def test_advertised_challenge_methods_work_and_others_are_refused(protocol, client, document):
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert "code" in protocol.answer(client, code_challenge_method="S256")
    assert protocol.answer(client, code_challenge_method="plain")["error"] == "invalid_request"


@pytest.mark.parametrize("alg", list(KEYS))
def test_advertised_algorithms_of_id_tokens_are_used(app, protocol, document, alg):
    assert set(document["id_token_signing_alg_values_supported"]) == set(KEYS)
    make_api(app, signing_alg=alg)  # its key is made with it
    token = protocol.tokens(make_client(app, changes={"id_token_alg": alg}))["id_token"]
    assert header_of(token)["alg"] == alg
    assert protocol.verify(token)["iss"] == document["issuer"]


ENDPOINTS = {"token": "/oauth/token", "introspection": "/oauth/introspect", "revocation": "/oauth/revoke"}


def prove(protocol, method, path, client, signing):
    data = {"grant_type": "refresh_token", "refresh_token": "x", "token": "x"}
    if method == "client_secret_basic":
        return protocol.post(path, client, **data)
    if method == "client_secret_post":
        return protocol.post(path, client_id=client.id, client_secret=client.secret, **data)
    if method == "none":
        return protocol.post(path, App(signing["public"].id, None), **data)
    assertion = make_assertion(signing["client"], "ES256")
    return protocol.post(path, client_assertion=assertion, client_assertion_type=ASSERTION, **data)


def make_assertion(client, alg, key=None):
    claims = {"iss": client.id, "sub": client.id, "aud": ISSUER, "exp": int(time.time()) + 60}
    return jwt.sign(claims | {"jti": secrets.token_urlsafe()}, key or KEYS[alg], "JWT")


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"])
def test_advertised_ways_to_authenticate_work_and_others_are_refused(app, protocol, document, endpoint, method):
    client = make_client(app)
    keys = {"keys": [jwt.public_jwk(key) for key in KEYS.values()]}
    signing = {"client": make_client(app, jwks=keys), "public": make_client(app, "spa")}
    response = prove(protocol, method, ENDPOINTS[endpoint], client, signing)
    is_in = response.status_code != 401
    assert is_in == (method in document[f"{endpoint}_endpoint_auth_methods_supported"])


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("alg", list(KEYS))
def test_advertised_algorithms_of_assertions_work(app, protocol, document, endpoint, alg):
    assert alg in document[f"{endpoint}_endpoint_auth_signing_alg_values_supported"]
    client = make_client(app, jwks={"keys": [jwt.public_jwk(key) for key in KEYS.values()]})
    proof = {"client_assertion": make_assertion(client, alg), "client_assertion_type": ASSERTION}
    response = protocol.post(ENDPOINTS[endpoint], grant_type="refresh_token", refresh_token="x", token="x", **proof)
    assert response.status_code != 401


def test_what_is_said_to_be_unsupported_is_refused_or_ignored(protocol, client, document):
    assert document["request_parameter_supported"] is False
    assert protocol.answer(client, request="x")["error"] == "request_not_supported"
    assert document["request_uri_parameter_supported"] is False
    assert protocol.answer(client, request_uri="https://x.example/")["error"] == "request_uri_not_supported"
    assert document["claims_parameter_supported"] is False
    tokens = protocol.tokens(client, scope="openid", claims='{"id_token":{"email":null},"userinfo":{"email":null}}')
    assert "email" not in protocol.userinfo(tokens["access_token"]).get_json()


def test_the_subject_type_is_the_one_advertised(app, protocol, client, document):
    assert document["subject_types_supported"] == ["public"]
    subjects = {protocol.verify(protocol.tokens(each)["id_token"])["sub"] for each in (client, make_client(app))}
    assert len(subjects) == 1
