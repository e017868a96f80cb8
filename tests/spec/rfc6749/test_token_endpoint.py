"""RFC 6749 §2.3, §3.2, §4.1.3, §4.4, §5, §6: client authentication and the grants."""

import pytest

from tests.support.factories import AUDIENCE, CALLBACK, App, give_access, make_api, make_client
from tests.support.protocol import assert_error, claims_of, later

RFC = "RFC 6749"


@pytest.fixture
def client(app):
    return make_client(app)


@pytest.mark.spec(RFC, "2.3.1", "HTTP Basic is supported")
def test_a_client_authenticates_by_basic(protocol, client):
    protocol.sign_in()
    assert protocol.redeem(client, protocol.code(client)).status_code == 200


@pytest.mark.spec(RFC, "2.3.1", "id and secret are form-encoded before they go into the header")
def test_basic_credentials_are_form_decoded(protocol, client):
    encoded = App(client.id, "".join(f"%{ord(character):02X}" for character in client.secret))
    assert_error(protocol.refresh(encoded, "rt1_x"), "invalid_grant")


@pytest.mark.spec(RFC, "2.3.1", "credentials may be in the body")
def test_a_client_authenticates_by_post(protocol, client):
    response = protocol.post(
        "/oauth/token", grant_type="refresh_token", refresh_token="rt1_x", client_id=client.id,
        client_secret=client.secret,
    )  # fmt: skip
    assert_error(response, "invalid_grant")


@pytest.mark.spec(RFC, "2.3", "a client uses one method of authentication in a request")
def test_two_proofs_at_once_are_refused(protocol, client):
    response = protocol.refresh(client, "rt1_x", client_id=client.id, client_secret=client.secret)
    assert_error(response, "invalid_request")


@pytest.mark.spec(RFC, "3.2.1", "the same client_id beside Basic does no harm")
def test_the_client_id_may_stand_in_the_body_too(protocol, client):
    assert_error(protocol.refresh(client, "rt1_x", client_id=client.id), "invalid_grant")


@pytest.mark.spec(RFC, "3.2.1", "a confidential client authenticates")
def test_the_id_of_a_confidential_client_proves_nothing(protocol, client):
    assert_error(protocol.refresh(App(client.id, None), "rt1_x"), "invalid_client", 401)


@pytest.mark.spec(RFC, "3.2", "POST is the only method")
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_the_token_endpoint_takes_post_alone(protocol, method):
    response = protocol.http.open("/oauth/token", method=method, base_url="http://localhost:8000")
    assert (response.status_code, "POST" in response.headers["Allow"]) == (405, True)


@pytest.mark.spec(RFC, "3.2", "parameters without a value are treated as if omitted")
def test_an_empty_parameter_counts_as_absent(protocol, client):
    assert_error(protocol.post("/oauth/token", client, grant_type=""), "invalid_request")


@pytest.mark.spec(RFC, "3.2", "parameters are not included more than once")
@pytest.mark.parametrize("name", ["grant_type", "code", "client_id", "unknown"])
def test_a_doubled_parameter_is_refused(protocol, client, name):
    body = f"grant_type=authorization_code&code=ac1_x&client_id={client.id}&unknown=1&{name}=2"
    response = protocol.raw("/oauth/token", data=body, content_type="application/x-www-form-urlencoded")
    assert_error(response, "invalid_request")


@pytest.mark.spec(RFC, "4.1.3", "a code is used once")
def test_a_code_is_good_once(protocol, client):
    protocol.sign_in()
    code = protocol.code(client)
    assert protocol.redeem(client, code).status_code == 200
    assert_error(protocol.redeem(client, code), "invalid_grant")


@pytest.mark.spec(RFC, "4.1.2", "tokens of a code used twice are revoked")
def test_a_replayed_code_ends_what_it_gave(protocol, client):
    protocol.sign_in()
    code = protocol.code(client)
    tokens = protocol.redeem(client, code).get_json()
    assert_error(protocol.redeem(client, code), "invalid_grant")
    assert protocol.userinfo(tokens["access_token"]).status_code == 401
    assert_error(protocol.refresh(client, tokens["refresh_token"]), "invalid_grant")
    assert len(protocol.events("code.replayed")) == 1


@pytest.mark.spec(RFC, "4.1.2", "a code lives at most ten minutes, ours one")
@pytest.mark.parametrize(("age", "status"), [(58, 200), (61, 400)])
def test_a_code_lives_a_minute(protocol, client, age, status):
    protocol.sign_in()
    code = protocol.code(client)
    with later(age):
        assert protocol.redeem(client, code).status_code == status


@pytest.mark.spec(RFC, "4.1.3", "a code is bound to its client")
@pytest.mark.parametrize("kind", ["web", "spa"])
def test_another_client_gets_nothing_for_a_code(app, protocol, client, kind):
    protocol.sign_in()
    code = protocol.code(client)
    assert_error(protocol.redeem(make_client(app, kind), code), "invalid_grant")
    assert protocol.redeem(client, code).status_code == 200


@pytest.mark.spec(RFC, "4.1.3", "the redirect URI of the request is sent again, the same")
@pytest.mark.parametrize("sent", [None, "https://app.example.com/other", CALLBACK + "/", "https://evil.example/"])
def test_a_code_is_bound_to_its_redirect_uri(protocol, client, sent):
    protocol.sign_in()
    assert_error(protocol.redeem(client, protocol.code(client), redirect_uri=sent), "invalid_grant")


@pytest.mark.spec(RFC, "5.1", "access_token, token_type, expires_in and scope; nobody keeps the answer")
def test_the_answer_has_every_member_and_is_not_stored(protocol, client):
    protocol.sign_in()
    response = protocol.redeem(client, protocol.code(client))
    body = response.get_json()
    assert set(body) == {"access_token", "token_type", "expires_in", "scope", "id_token", "refresh_token"}
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 600)
    assert response.content_type == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Pragma"] == "no-cache"


@pytest.mark.spec(RFC, "5.2", "invalid_client is 401, with a challenge for those who came by Basic")
def test_wrong_basic_credentials_are_challenged(protocol, client):
    response = protocol.refresh(App(client.id, "wrong"), "rt1_x")
    assert_error(response, "invalid_client", 401)
    assert response.headers["WWW-Authenticate"].startswith("Basic realm=")


@pytest.mark.spec(RFC, "5.2", "no challenge for those who did not come by the header")
def test_wrong_credentials_in_the_body_are_not_challenged(protocol, client):
    response = protocol.post("/oauth/token", grant_type="refresh_token", client_id=client.id, client_secret="wrong")
    assert_error(response, "invalid_client", 401)
    assert "WWW-Authenticate" not in response.headers


@pytest.mark.spec(RFC, "5.2", "unsupported_grant_type")
@pytest.mark.parametrize("grant", ["password", "implicit", "urn:ietf:params:oauth:grant-type:token-exchange", 'é"\\'])
def test_a_grant_that_does_not_exist_is_refused(protocol, client, grant):
    response = protocol.post("/oauth/token", client, grant_type=grant, username="a", password="b")
    assert_error(response, "unsupported_grant_type")


@pytest.mark.spec(RFC, "5.2", "unauthorized_client: the client may not use this grant")
def test_a_client_may_use_only_the_grants_it_is_registered_for(app, protocol):
    assert_error(protocol.redeem(make_client(app, "machine"), "ac1_x"), "unauthorized_client")
    spa = make_client(app, "spa")
    assert_error(protocol.machine_token(spa), "unauthorized_client")


@pytest.mark.spec(RFC, "4.4.2", "a client on its own behalf")
@pytest.mark.spec(RFC, "4.4.3", "no refresh token for a client on its own behalf")
def test_a_machine_gets_an_access_token_and_nothing_else(app, protocol):
    machine = make_client(app, "machine")
    give_access(app, machine, make_api(app))
    body = protocol.machine_token(machine, audience=AUDIENCE, scope="read").get_json()
    assert set(body) == {"access_token", "token_type", "expires_in", "scope"}
    assert body["scope"] == "read"
    claims = protocol.verify(body["access_token"])
    assert (claims["sub"], claims["client_id"], claims["aud"]) == (machine.id, machine.id, AUDIENCE)


@pytest.mark.spec(RFC, "6", "a refresh token is exchanged for tokens")
@pytest.mark.spec(RFC, "6", "a new refresh token replaces the one before")
def test_a_refresh_token_is_rotated(protocol, client):
    before = protocol.tokens(client)
    after = protocol.refresh(client, before["refresh_token"]).get_json()
    assert after["refresh_token"] != before["refresh_token"]
    assert after["scope"] == before["scope"]
    assert protocol.userinfo(after["access_token"]).status_code == 200


@pytest.mark.spec(RFC, "6", "a refresh token is bound to its client")
@pytest.mark.parametrize("kind", ["web", "spa"])
def test_another_client_cannot_refresh(app, protocol, client, kind):
    tokens = protocol.tokens(client)
    assert_error(protocol.refresh(make_client(app, kind), tokens["refresh_token"]), "invalid_grant")
    assert protocol.refresh(client, tokens["refresh_token"]).status_code == 200


@pytest.mark.spec(RFC, "6", "the scope never exceeds what was granted")
def test_a_wider_scope_is_refused_and_costs_nothing(protocol, client):
    tokens = protocol.tokens(client, scope="openid offline_access")
    assert_error(protocol.refresh(client, tokens["refresh_token"], scope="openid email"), "invalid_scope")
    assert protocol.refresh(client, tokens["refresh_token"]).status_code == 200


@pytest.mark.spec(RFC, "6", "a narrower scope narrows this answer alone")
def test_a_narrower_scope_now_and_the_full_one_later(protocol, client):
    tokens = protocol.tokens(client)
    narrow = protocol.refresh(client, tokens["refresh_token"], scope="email").get_json()
    assert narrow["scope"] == "email"
    assert claims_of(narrow["access_token"])["scope"] == "email"
    assert "id_token" not in narrow
    full = protocol.refresh(client, narrow["refresh_token"]).get_json()
    assert full["scope"] == tokens["scope"]
