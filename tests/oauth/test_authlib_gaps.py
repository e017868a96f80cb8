"""Inputs that make Authlib 1.9.9 answer 500, or wrongly: what ours answers. One test a known gap."""

import re

import pytest

from idp.infra import jwt
from tests.support.browser import Browser
from tests.support.factories import LOGGED_OUT, App, give_access, make_api, make_client
from tests.support.protocol import (
    ISSUER,
    PAIR,
    assert_error,
    assert_page,
    basic,
    claims_of,
    later,
    parameters_of,
)


@pytest.fixture
def client(app, protocol):
    protocol.sign_in()
    return make_client(app)


# Answers of 500


@pytest.mark.parametrize("sent", ['x"', "x\\", "é", "\u202e", "x\n"])
def test_a_quote_in_the_response_type(protocol, client, sent):
    assert protocol.answer(client, response_type=sent)["error"] == "unsupported_response_type"


@pytest.mark.parametrize(
    "uri", ['https://app.example.com/"', "https://app.example.com/é", "https://app.example.com/\\"]
)
def test_a_redirect_uri_that_is_not_plain_ascii(protocol, client, uri):
    assert_page(protocol.authorize(client, redirect_uri=uri))


def test_a_basic_header_that_is_not_utf8(protocol):
    response = protocol.raw("/oauth/token", data={"grant_type": "x"}, headers={"Authorization": "Basic /////w=="})
    assert_error(response, "unsupported_grant_type")
    data = {"grant_type": "refresh_token", "refresh_token": "x"}
    response = protocol.raw("/oauth/token", data=data, headers={"Authorization": "Basic /////w=="})
    assert_error(response, "invalid_client", 401)


@pytest.mark.parametrize("secret", ["é", "\U0001f600" * 50, "\u0430bc"])
def test_a_secret_that_is_not_ascii(protocol, client, secret):
    assert_error(protocol.refresh(App(client.id, secret), "x"), "invalid_client", 401)
    response = protocol.post("/oauth/token", grant_type="refresh_token", client_id=client.id, client_secret=secret)
    assert_error(response, "invalid_client", 401)


@pytest.mark.parametrize("response_type", ["code", "code id_token"])
def test_a_response_mode_that_does_not_exist(protocol, client, response_type):
    answer = protocol.answer(client, response_type=response_type, response_mode='"x')
    assert answer["error"] == "invalid_request"


def test_a_request_object_with_claims_of_the_wrong_type(protocol, client):
    # {"alg":"none"}.{"prompt":5}
    assert protocol.answer(client, request="eyJhbGciOiJub25lIn0.eyJwcm9tcHQiOjV9.")["error"] == "request_not_supported"


@pytest.mark.parametrize("path", ["/oauth/introspect", "/oauth/revoke"])
@pytest.mark.parametrize("token", ["opaque", "rt1_unknown", "a.b.c"])
def test_a_token_that_no_endpoint_knows(protocol, client, path, token):
    assert protocol.post(path, client, token=token).status_code == 200


@pytest.mark.parametrize("host", ["http://login.example.com", "http://10.0.0.1", "https://x.example:8443"])
def test_a_host_that_is_not_loopback(protocol, host):
    client = protocol.app.test_client()
    response = client.post("/oauth/token", base_url=host, data={"grant_type": "x"})
    assert_error(response, "unsupported_grant_type")
    assert client.get("/authorize", base_url=host).status_code == 400


@pytest.mark.parametrize("body", [b"[1]", b'{"grant_type":5}', b'{"grant_type":["x"]}', b"{"])
def test_a_json_body_of_the_wrong_shape(protocol, body):
    assert_error(protocol.raw("/oauth/token", data=body, content_type="application/json"), "invalid_request")


# Answers that do not conform


def test_pkce_is_asked_for_at_the_authorization_endpoint(protocol, client):
    answer = protocol.answer(client, code_challenge=None, code_challenge_method=None)
    assert (answer["error"], "code" in answer) == ("invalid_request", False)


def test_plain_pkce_is_not_the_default(protocol, client):
    assert protocol.answer(client, code_challenge_method=None)["error"] == "invalid_request"
    assert protocol.answer(client, code_challenge_method="plain")["error"] == "invalid_request"


def test_a_wrong_verifier_spends_the_code(protocol, client):
    code = protocol.code(client)
    assert_error(protocol.redeem(client, code, code_verifier="w" * 43), "invalid_grant")
    assert_error(protocol.redeem(client, code), "invalid_grant")


def test_a_missing_response_type_is_an_invalid_request(protocol, client):
    assert protocol.answer(client, response_type=None)["error"] == "invalid_request"


@pytest.mark.parametrize(
    "wrong",
    [{"response_type": "code none"}, {"scope": '"'}, {"prompt": "none login"}, {"code_challenge": None}],
    ids=repr,
)
@pytest.mark.parametrize(("mode", "mark"), [("query", "?"), ("fragment", "#")])
def test_errors_carry_iss_and_state_in_the_mode_asked_for(protocol, client, wrong, mode, mark):
    location = protocol.authorize(client, response_mode=mode, **wrong).headers["Location"]
    assert location.count("?") + location.count("#") == 1
    assert location.partition(mark)[1] == mark
    answer = parameters_of(location)
    assert (answer["iss"], answer["state"]) == (ISSUER, "the state")


def test_the_response_mode_counts_for_a_code(protocol, client):
    location = protocol.authorize(client, response_mode="fragment").headers["Location"]
    assert "#" in location
    assert "?" not in location


def test_a_posted_answer_is_escaped_for_html(app, protocol, client):
    browser = Browser(app)
    browser.page = protocol.authorize(client, response_mode="form_post", state='a b"c&amp;')
    assert browser.forms[0].fields["state"] == 'a b"c&amp;'


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_an_unknown_hint_is_ignored_and_a_jwt_can_be_revoked(protocol, client, kind):
    token = protocol.tokens(client)[kind]
    assert protocol.revoke(client, token, token_type_hint="saml").status_code == 200
    assert not protocol.is_active(client, token)


def test_a_missing_token_is_a_bare_challenge_with_a_realm(protocol):
    response = protocol.userinfo(None)
    assert (response.status_code, response.headers["WWW-Authenticate"]) == (401, 'Bearer realm="idp"')


def test_a_basic_challenge_has_a_realm(protocol, client):
    response = protocol.refresh(App(client.id, "wrong"), "x")
    assert re.match(r'Basic realm="[^"]+"', response.headers["WWW-Authenticate"])


def test_insufficient_scope_is_challenged(protocol, client):
    response = protocol.userinfo(protocol.tokens(client, scope="email")["access_token"])
    assert response.status_code == 403
    assert 'error="insufficient_scope"' in response.headers["WWW-Authenticate"]


@pytest.mark.parametrize(
    ("name", "error"), [("request", "invalid_request_object"), ("request_uri", "invalid_request_uri")]
)
def test_a_request_object_is_never_ignored(protocol, client, name, error):
    answer = protocol.answer(client, **{name: "x"})
    assert (answer["error"], "code" in answer) == (error, False)


@pytest.mark.parametrize("mode", ["query", "fragment"])
def test_an_error_about_tokens_never_stands_in_the_query(protocol, client, mode):
    location = protocol.authorize(client, response_mode=mode, response_type="id_token token").headers["Location"]
    assert "?" not in location
    assert (parameters_of(location)["iss"], parameters_of(location)["state"]) == (ISSUER, "the state")


def test_a_refreshed_id_token_keeps_auth_time_and_sid(protocol, client):
    before = protocol.tokens(client)
    with later(300):
        after = protocol.refresh(client, before["refresh_token"]).get_json()
    old, new = claims_of(before["id_token"]), claims_of(after["id_token"])
    assert (old["auth_time"], old["sid"]) == (new["auth_time"], new["sid"])


def test_redirects_are_303(protocol, client):
    assert protocol.authorize(client).status_code == 303
    assert protocol.authorize(client, method="POST").status_code == 303


def test_a_refresh_token_needs_offline_access(protocol, client):
    assert "refresh_token" not in protocol.tokens(client, scope="openid profile")


def test_max_age_is_looked_at(protocol, client):
    with later(61):
        assert protocol.answer(client, prompt="none", max_age="60")["error"] == "login_required"


def test_silence_cannot_get_round_a_consent(app, protocol, client):
    third_party = make_client(app, is_third_party=True)
    assert protocol.answer(third_party, prompt="none")["error"] == "consent_required"


# Reading a request


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/introspect", "/oauth/revoke"])
def test_parameters_are_not_read_from_the_url(protocol, client, path):
    assert_error(protocol.post(f"{path}?grant_type=client_credentials&token=x", client), "invalid_request")


@pytest.mark.parametrize("name", ["grant_type", "code", "redirect_uri", "code_verifier", "audience", "client_id"])
def test_any_parameter_sent_twice_is_refused(protocol, name):
    body = f"grant_type=authorization_code&{name}=a&{name}=a"
    response = protocol.raw("/oauth/token", data=body, content_type="application/x-www-form-urlencoded")
    assert response.get_json()["error"] == "invalid_request"


def test_two_methods_of_authentication_at_once_are_refused(protocol, client):
    assert_error(protocol.refresh(client, "x", client_secret=client.secret), "invalid_request")


def test_another_client_id_in_the_body_is_refused(app, protocol, client):
    assert_error(protocol.refresh(client, "x", client_id=make_client(app).id), "invalid_request")


def test_basic_credentials_are_form_decoded(app, protocol, client):
    plus = basic(client.id.replace("a", "%61"), client.secret)
    data = {"grant_type": "refresh_token", "refresh_token": "x"}
    assert_error(protocol.raw("/oauth/token", data=data, headers={"Authorization": plus}), "invalid_grant")
    blank = basic("no+body", "x")
    response = protocol.raw("/oauth/token", data=data, headers={"Authorization": blank})
    assert_error(response, "invalid_client", 401)
    assert any(event.get("received") == "no body" for event in protocol.events("client.authentication_failed"))


# Logout, tokens, keys


def test_a_hint_alone_names_the_client_of_a_logout(protocol, client):
    hint = protocol.tokens(client)["id_token"]
    sent = {"id_token_hint": hint, "post_logout_redirect_uri": LOGGED_OUT}
    response = protocol.http.get("/oidc/logout", base_url=ISSUER, query_string=sent)
    assert (response.status_code, response.headers["Location"]) == (303, LOGGED_OUT)


def test_an_access_token_is_no_logout_hint(protocol, client):
    sent = {"id_token_hint": protocol.tokens(client)["access_token"], "post_logout_redirect_uri": LOGGED_OUT}
    assert_page(protocol.http.get("/oidc/logout", base_url=ISSUER, query_string=sent))


@pytest.mark.parametrize("registered", ["https://app.example.com/cb?a=x%20y", "https://app.example.com/cb?flag"])
def test_the_registered_query_is_not_encoded_anew(app, protocol, client, registered):
    app_with_query = make_client(app, redirect_uris=[registered])
    location = protocol.authorize(app_with_query, redirect_uri=registered).headers["Location"]
    assert location.startswith(f"{registered}&")


def test_any_loopback_port_is_good(app, protocol, client):
    native = make_client(app, "native", redirect_uris=["http://127.0.0.1/cb"])
    assert "code" in protocol.answer(native, redirect_uri="http://127.0.0.1:50123/cb")


@pytest.mark.parametrize("kind", ["access_token", "id_token"])
def test_every_token_names_one_published_key(protocol, client, kind):
    kids = {jwt.parse(protocol.tokens(client)[kind]).kid for _ in range(3)}
    assert len(kids) == 1
    assert kids <= {key["kid"] for key in protocol.document("/.well-known/jwks.json")["keys"]}


@pytest.mark.parametrize("alg", ["PS256", "ES256", "EdDSA"])
def test_access_tokens_are_signed_by_any_algorithm_of_an_api(app, protocol, alg):
    machine = make_client(app, "machine")
    give_access(app, machine, make_api(app, signing_alg=alg))
    assert protocol.verify(protocol.machine_token(machine).get_json()["access_token"])["sub"] == machine.id


def test_access_tokens_are_short_lived(protocol, client):
    assert protocol.tokens(client)["expires_in"] == 600


def test_the_audience_of_an_access_token_is_not_the_client(protocol, client):
    assert claims_of(protocol.tokens(client)["access_token"])["aud"] == f"{ISSUER}userinfo"


def test_a_public_client_cannot_be_forced_past_its_verifier(app, protocol, client):
    spa = make_client(app, "spa")
    response = protocol.redeem(spa, protocol.code(spa), code_verifier=PAIR.challenge)
    assert_error(response, "invalid_grant")
