"""RFC 7591: client metadata, who may register, and the errors."""

import pytest

from idp.domain.clients.initial_access import create_initial_token
from idp.infra.db import unit_of_work
from tests.support.factories import CALLBACK, make_client
from tests.support.protocol import assert_error, later
from tests.support.registering import JWKS

RFC = "RFC 7591"
HYBRID = ["authorization_code", "implicit"]


def hand_out(app, uses=1, days=1):
    with app.app_context(), unit_of_work():
        return create_initial_token(uses, days)


@pytest.mark.spec(RFC, "3", "an initial access token may be required, and is taken as a bearer token")
def test_a_token_registers_as_many_apps_as_it_is_for(registrar):
    registrar.change(registration="token")
    token = hand_out(registrar.app, uses=2)
    assert [registrar.register(token).status_code for _ in range(4)] == [201, 201, 401, 401]


@pytest.mark.spec(RFC, "3", "of two that come at once with one use left, one gets it")
def test_a_use_is_claimed_in_one_statement(app, monkeypatch, registrar):
    registrar.change(registration="token")
    token = hand_out(app)
    monkeypatch.setattr("idp.oauth.endpoints.register.is_initial_token", lambda _: True)  # both looked before
    assert [registrar.register(token).status_code for _ in range(2)] == [201, 401]


@pytest.mark.spec(RFC, "3", "a refused registration spends nothing")
def test_a_refusal_spends_no_use(registrar):
    registrar.change(registration="token")
    token = hand_out(registrar.app)
    assert_error(registrar.register(token, redirect_uris=["x"]), "invalid_redirect_uri")
    assert registrar.register(token).status_code == 201


@pytest.mark.spec(RFC, "3", "without a good token nobody registers")
def test_who_has_no_token_is_refused(registrar):
    registrar.change(registration="token")
    token = hand_out(registrar.app)
    response = registrar.register()
    assert_error(response, "invalid_token", 401)
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert_error(registrar.register("iat1_unknown"), "invalid_token", 401)
    assert registrar.send("POST", f"/oidc/register?access_token={token}", json={}).status_code == 400
    with later(86400 + 1):
        assert_error(registrar.register(token), "invalid_token", 401)
    assert registrar.register(token).status_code == 201


@pytest.mark.spec(RFC, "3", "where registration is off it says so")
def test_registration_can_be_off(registrar):
    token = hand_out(registrar.app)
    registrar.change(registration="off")
    assert_error(registrar.register(token), "access_denied", 403)


@pytest.mark.spec(RFC, "2.1", "response types and grant types go together: the one tells the other")
@pytest.mark.parametrize(
    ("sent", "response_types", "grant_types"),
    [
        ({"response_types": ["code"]}, ["code"], ["authorization_code"]),
        ({"response_types": ["id_token"]}, ["id_token"], ["implicit"]),
        ({"response_types": ["token id_token"]}, ["id_token token"], ["implicit"]),
        ({"response_types": ["code id_token"]}, ["code id_token"], HYBRID),
        ({"response_types": ["id_token", "code"]}, ["id_token", "code"], HYBRID),
        ({"grant_types": ["authorization_code", "refresh_token"]}, ["code"], ["authorization_code", "refresh_token"]),
        ({"grant_types": HYBRID}, ["code"], HYBRID),
        ({"grant_types": ["client_credentials"], "redirect_uris": None}, None, ["client_credentials"]),
    ],
)
def test_types_follow_from_one_another(registrar, sent, response_types, grant_types):
    told = registrar.made(**sent).body
    assert (told.get("response_types"), told["grant_types"]) == (response_types, grant_types)


@pytest.mark.spec(RFC, "2.1", "a client cannot be registered in an inconsistent state")
@pytest.mark.parametrize(
    "sent",
    [
        {"response_types": ["id_token"], "grant_types": ["authorization_code"]},
        {"response_types": ["code id_token"], "grant_types": ["authorization_code"]},
        {"response_types": ["code id_token"], "grant_types": ["implicit"]},
        {"response_types": ["code"], "grant_types": ["implicit"]},
        {"response_types": ["code"], "grant_types": []},
        {"grant_types": ["implicit"]},
        {"grant_types": ["password"]},
        {"grant_types": ["client_credentials"], "token_endpoint_auth_method": "none"},
        {"response_types": ["none"]},
        {"response_types": ["code code"]},
        {"token_endpoint_auth_method": "private_key_jwt"},
        {"token_endpoint_auth_method": "client_secret_jwt", "token_endpoint_auth_signing_alg": "RS256"},
        {"token_endpoint_auth_method": "private_key_jwt", "jwks": JWKS, "token_endpoint_auth_signing_alg": "HS256"},
        {"token_endpoint_auth_method": "tls_client_auth"},
        {"id_token_signed_response_alg": "none"},
        {"id_token_signed_response_alg": "HS256"},
        {"id_token_encrypted_response_alg": "RSA1_5", "jwks": JWKS},
        {"id_token_encrypted_response_alg": "RSA-OAEP"},
        {"id_token_encrypted_response_alg": "RSA-OAEP", "jwks": JWKS},
        {"userinfo_encrypted_response_alg": "ECDH-ES", "jwks": JWKS},
        {"userinfo_encrypted_response_enc": "A128GCM"},
        {"jwks": JWKS, "jwks_uri": "https://app.example.com/jwks"},
        {"subject_type": "private"},
        {"application_type": "desktop"},
    ],
)
def test_what_does_not_go_together_is_refused(registrar, sent):
    assert_error(registrar.register(**sent), "invalid_client_metadata")


@pytest.mark.spec(RFC, "2", "token_endpoint_auth_method: each gets what it needs")
@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", "client_secret_jwt", "none"])
def test_a_secret_is_given_to_who_needs_one(registrar, method):
    told = registrar.made(token_endpoint_auth_method=method).body
    assert told["token_endpoint_auth_method"] == method
    assert ("client_secret" in told) == ("client_secret_expires_at" in told) == (method != "none")


@pytest.mark.spec(RFC, "5", "secrets and tokens are kept as hashes, but for client_secret_jwt, which is wrapped")
@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_jwt"])
def test_nothing_that_was_handed_out_stands_in_the_database(registrar, settings, method):
    told = registrar.made(token_endpoint_auth_method=method).body
    folder = settings.data_dir
    stored = b"".join(path.read_bytes() for path in folder.glob("idp.sqlite3*"))
    assert told["client_id"].encode() in stored
    assert told["client_secret"].encode() not in stored
    assert told["registration_access_token"].encode() not in stored


@pytest.mark.spec(RFC, "2", "a public client needs PKCE, one with a secret need not send it")
@pytest.mark.parametrize(("method", "needs"), [("none", True), ("client_secret_basic", False)])
def test_pkce_is_for_public_clients(registrar, protocol, method, needs):
    made = registrar.made(token_endpoint_auth_method=method)
    protocol.sign_in()
    location = protocol.authorize(made.app, code_challenge=None, code_challenge_method=None).headers["Location"]
    assert ("error=invalid_request" in location) == needs


@pytest.mark.spec(RFC, "2", "scope limits what the client may ask for; what does not exist is not registered")
def test_scope_limits(registrar, protocol):
    made = registrar.made(scope="openid email nonsense", grant_types=["authorization_code", "refresh_token"])
    assert made.body["scope"] == "openid email"
    protocol.sign_in()
    protocol.http.get(protocol.authorize(made.app).headers["Location"], base_url="http://localhost:8000")
    asked = protocol.authorize(made.app, scope="openid profile email offline_access")
    page = protocol.http.get(asked.headers["Location"], base_url="http://localhost:8000").text
    assert "See your e-mail address" in page
    assert "See your profile" not in page
    assert "Stay signed in" not in page


@pytest.mark.spec(RFC, "2.3", "a software statement that is none is refused; one that is not trusted is ignored")
def test_software_statements(registrar):
    assert_error(registrar.register(software_statement=5), "invalid_software_statement")
    assert_error(registrar.register(software_statement="no JWT"), "invalid_software_statement")
    told = registrar.made(software_statement="eyJhbGciOiJSUzI1NiJ9.eyJjbGllbnRfbmFtZSI6IngifQ.c2ln").body
    assert "software_statement" not in told
    assert told["client_name"] == "app.example.com"


@pytest.mark.spec(RFC, "3.1", "the request is a JSON object")
@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"[1]", "application/json"),
        (b"null", "application/json"),
        (b"", "application/json"),
        (b"{", "application/json"),
        (b'{"redirect_uris":' + b"[" * 5000, "application/json"),
        (b'{"client_name":"' + b"x" * 70_000 + b'"}', "application/json"),
        (b"\xff", "application/json"),
        (b'{"redirect_uris":["https://a.example/"]}', "text/plain"),
        (b"redirect_uris=https://a.example/", "application/x-www-form-urlencoded"),
    ],
)
def test_what_is_no_json_object_is_refused(registrar, body, content_type):
    response = registrar.send("POST", "/oidc/register", data=body, content_type=content_type)
    assert_error(response, "invalid_client_metadata")


@pytest.mark.spec(RFC, "3", "the endpoint takes POST")
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_other_methods_are_refused_in_json(registrar, method):
    response = registrar.send(method, "/oidc/register")
    assert (response.status_code, response.get_json()["error"]) == (405, "invalid_request")


@pytest.mark.spec(RFC, "5", "no browser of another site may register")
def test_there_is_no_cors(registrar, app):
    make_client(app, "spa")
    response = registrar.send("POST", "/oidc/register", json={}, headers={"Origin": "https://app.example.com"})
    assert not [name for name, _ in response.headers if name.lower().startswith("access-control")]


@pytest.mark.spec(RFC, "3.2.2", "the operator reads what was expected and what came")
def test_a_refusal_is_in_the_audit_log(registrar, protocol):
    registrar.register(redirect_uris=["javascript:alert(1)", CALLBACK])
    [refused] = protocol.events("client.registration_refused")
    assert (refused["error"], refused["check"]) == ("invalid_redirect_uri", "redirect_uris")
    assert "javascript" in refused["received"]
