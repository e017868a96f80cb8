"""RFC 7009: an app takes back its own tokens."""

import pytest

from tests.support.factories import App, make_client
from tests.support.protocol import assert_error

RFC = "RFC 7009"


@pytest.fixture
def client(app):
    return make_client(app)


@pytest.mark.spec(RFC, "2.1", "revoking a refresh token ends the access tokens of the same grant")
def test_a_revoked_refresh_token_takes_its_access_tokens_along(protocol, client):
    tokens = protocol.tokens(client)
    assert protocol.revoke(client, tokens["refresh_token"]).status_code == 200
    assert_error(protocol.refresh(client, tokens["refresh_token"]), "invalid_grant")
    assert protocol.userinfo(tokens["access_token"]).status_code == 401


@pytest.mark.spec(RFC, "2.1", "a rotated refresh token names the same grant")
def test_an_older_refresh_token_revokes_the_family_too(protocol, client):
    first = protocol.tokens(client)
    second = protocol.refresh(client, first["refresh_token"]).get_json()
    assert protocol.revoke(client, first["refresh_token"]).status_code == 200
    assert_error(protocol.refresh(client, second["refresh_token"]), "invalid_grant")


@pytest.mark.spec(RFC, "2.1", "revoking an access token leaves the refresh token alone")
def test_a_revoked_access_token_is_dead_and_nothing_else(protocol, client):
    tokens = protocol.tokens(client)
    assert protocol.revoke(client, tokens["access_token"]).status_code == 200
    assert protocol.userinfo(tokens["access_token"]).status_code == 401
    assert not protocol.is_active(client, tokens["access_token"])
    assert protocol.refresh(client, tokens["refresh_token"]).status_code == 200
    assert "code" in protocol.answer(client)


@pytest.mark.spec(RFC, "2.1", "a token of another client is not revoked")
@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_the_token_of_another_client_lives(app, protocol, client, kind):
    tokens = protocol.tokens(client)
    assert protocol.revoke(make_client(app), tokens[kind]).status_code == 200
    assert protocol.is_active(client, tokens[kind])


@pytest.mark.spec(RFC, "2.1", "token_type_hint may be wrong or unknown")
@pytest.mark.parametrize("hint", ["refresh_token", "access_token", "nonsense", 'é"'])
@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_the_hint_changes_nothing(protocol, client, kind, hint):
    tokens = protocol.tokens(client)
    assert protocol.revoke(client, tokens[kind], token_type_hint=hint).status_code == 200
    assert not protocol.is_active(client, tokens[kind])


@pytest.mark.spec(RFC, "2.2", "200 for a token that is not known")
@pytest.mark.parametrize("token", ["x", "rt1_unknown", "a.b.c", "é", "rt1_" + "x" * 10_000])
def test_an_unknown_token_is_as_good_as_revoked(protocol, client, token):
    response = protocol.revoke(client, token)
    assert (response.status_code, response.data) == (200, b"")


@pytest.mark.spec(RFC, "2.1", "token is required")
def test_without_a_token_the_request_is_invalid(protocol, client):
    assert_error(protocol.post("/oauth/revoke", client), "invalid_request")


@pytest.mark.spec(RFC, "2.1", "the client is authenticated first")
def test_who_cannot_prove_who_they_are_revokes_nothing(protocol, client):
    tokens = protocol.tokens(client)
    assert_error(protocol.revoke(App(client.id, "wrong"), tokens["refresh_token"]), "invalid_client", 401)
    assert_error(protocol.revoke(App(client.id, None), tokens["refresh_token"]), "invalid_client", 401)
    assert protocol.is_active(client, tokens["refresh_token"])


@pytest.mark.spec(RFC, "2.1", "a public client revokes its own")
def test_a_public_client_revokes_by_its_id(app, protocol):
    spa = make_client(app, "spa")
    tokens = protocol.tokens(spa)
    assert protocol.revoke(spa, tokens["refresh_token"]).status_code == 200
    assert_error(protocol.refresh(spa, tokens["refresh_token"]), "invalid_grant")
