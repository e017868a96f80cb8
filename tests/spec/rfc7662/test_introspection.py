"""RFC 7662: whether a token is good, told to those who may know."""

import pytest

from tests.support.factories import AUDIENCE, App, give_access, make_api, make_client
from tests.support.protocol import assert_error, claims_of, later

RFC = "RFC 7662"


@pytest.fixture
def client(app):
    return make_client(app)


@pytest.mark.spec(RFC, "2.2", "what an active access token says")
def test_an_active_access_token_is_told_with_its_claims(protocol, client):
    token = protocol.tokens(client)["access_token"]
    response = protocol.introspect(client, token)
    told = response.get_json()
    claims = claims_of(token)
    assert told.pop("active") is True
    assert told.pop("token_type") == "Bearer"
    assert told == {name: claims[name] for name in told}
    assert {"iss", "sub", "aud", "client_id", "exp", "iat", "jti", "scope"} <= set(told)
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.spec(RFC, "2.2", "what an active refresh token says")
def test_an_active_refresh_token_is_told(protocol, client):
    tokens = protocol.tokens(client)
    told = protocol.introspect(client, tokens["refresh_token"]).get_json()
    assert (told["active"], told["client_id"], told["sub"]) == (True, client.id, protocol.user_id)
    assert told["scope"] == tokens["scope"]
    assert protocol.refresh(client, tokens["refresh_token"]).status_code == 200


@pytest.mark.spec(RFC, "2.2", "of an inactive token nothing else is told")
@pytest.mark.parametrize("token", ["x", "rt1_x", "ac1_x", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "é"])
def test_of_what_is_not_good_only_that_is_told(protocol, client, token):
    response = protocol.introspect(client, token)
    assert (response.status_code, response.get_json()) == (200, {"active": False})


@pytest.mark.spec(RFC, "2.2", "an expired token is not active")
def test_an_expired_token_is_inactive(protocol, client):
    token = protocol.tokens(client)["access_token"]
    with later(601):
        assert protocol.introspect(client, token).get_json() == {"active": False}


@pytest.mark.spec(RFC, "2.1", "token_type_hint may be wrong")
@pytest.mark.parametrize("hint", ["refresh_token", "access_token", "nonsense"])
@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_the_hint_changes_nothing(protocol, client, kind, hint):
    token = protocol.tokens(client)[kind]
    assert protocol.introspect(client, token, token_type_hint=hint).get_json()["active"] is True


@pytest.mark.spec(RFC, "2.1", "the endpoint requires authorization")
def test_nobody_asks_without_proof(app, protocol, client):
    token = protocol.tokens(client)["access_token"]
    for asker in (None, App(client.id, None), App(client.id, "wrong"), make_client(app, "spa")):
        assert_error(protocol.post("/oauth/introspect", asker, token=token), "invalid_client", 401)


@pytest.mark.spec(RFC, "4", "a caller learns nothing of tokens that are not for it")
@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_another_client_learns_nothing(app, protocol, client, kind):
    token = protocol.tokens(client)[kind]
    assert protocol.introspect(make_client(app), token).get_json() == {"active": False}


@pytest.mark.spec(RFC, "2.2", "the API that a token is for may ask")
def test_the_api_of_a_token_may_ask(app, protocol, client):
    make_api(app)
    resource_server = make_client(app, "machine")
    give_access(app, resource_server)
    token = protocol.tokens(client, audience=AUDIENCE, scope="openid read")["access_token"]
    assert protocol.introspect(resource_server, token).get_json()["scope"] == "openid read"


@pytest.mark.spec(RFC, "2.1", "POST, and the token in the body")
def test_a_token_in_the_url_is_refused(protocol, client):
    response = protocol.post("/oauth/introspect?token=x", client, token="x")
    assert_error(response, "invalid_request")
    assert protocol.http.get("/oauth/introspect", base_url="http://localhost:8000").status_code == 405
