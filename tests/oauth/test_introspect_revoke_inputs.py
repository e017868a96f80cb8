"""/oauth/introspect and /oauth/revoke, and what can be sent to them."""

import pytest

from tests.support.factories import AUDIENCE, App, give_access, make_api, make_client
from tests.support.protocol import assert_error

OTHER = "https://other.example.com/"
INACTIVE = {"active": False}


@pytest.fixture
def client(app):
    return make_client(app)


def test_nobody_introspects_without_proof(app, protocol, client):
    token = protocol.tokens(client)["access_token"]
    for asker in (None, App("nobody", "x"), App(client.id, None), make_client(app, "spa"), make_client(app, "native")):
        assert_error(protocol.post("/oauth/introspect", asker, token=token), "invalid_client", 401)


def test_an_api_learns_nothing_of_tokens_for_another(app, protocol, client):
    make_api(app)
    make_api(app, OTHER)
    mine, theirs = make_client(app, "machine"), make_client(app, "machine")
    give_access(app, mine, AUDIENCE)
    give_access(app, theirs, OTHER)
    token = protocol.tokens(client, audience=AUDIENCE, scope="openid read")["access_token"]
    assert protocol.is_active(mine, token)
    assert protocol.introspect(theirs, token).get_json() == INACTIVE
    # A token of userinfo's alone is no API's business
    assert protocol.introspect(mine, protocol.tokens(client)["access_token"]).get_json() == INACTIVE


def test_a_refresh_token_is_told_to_its_own_client_alone(app, protocol, client):
    make_api(app)
    resource_server = make_client(app, "machine")
    give_access(app, resource_server)
    token = protocol.tokens(client, audience=AUDIENCE)["refresh_token"]
    assert protocol.introspect(resource_server, token).get_json() == INACTIVE


def test_a_spent_refresh_token_is_inactive_and_asking_does_no_harm(protocol, client):
    first = protocol.tokens(client)["refresh_token"]
    second = protocol.refresh(client, first).get_json()["refresh_token"]
    assert protocol.introspect(client, first).get_json() == INACTIVE
    assert protocol.is_active(client, second)
    assert protocol.refresh(client, second).status_code == 200


@pytest.mark.parametrize("path", ["/oauth/introspect", "/oauth/revoke"])
@pytest.mark.parametrize("hint", ["refresh_token", "access_token", "id_token", "x" * 1000, "é", "\x01"])
def test_a_hint_never_changes_the_answer(protocol, client, path, hint):
    tokens = protocol.tokens(client)
    for token in (tokens["access_token"], tokens["refresh_token"], tokens["id_token"], "rt1_x", "x"):
        fresh = protocol.post(path, client, token=token, token_type_hint=hint)
        assert fresh.status_code == 200
        if path == "/oauth/introspect":
            assert fresh.get_json() == protocol.introspect(client, token).get_json()


UNKNOWN = ["x", "rt1_", "rt1_" + "x" * 43, "ac1_" + "x" * 43, "a.b.c", "..", "é", "\x01", "x" * 16_384, "' OR 1=1 --"]


@pytest.mark.parametrize("token", UNKNOWN, ids=range(len(UNKNOWN)))
def test_an_unknown_token_is_neither_known_nor_an_error(protocol, client, token):
    assert protocol.introspect(client, token).get_json() == INACTIVE
    assert protocol.revoke(client, token).status_code == 200


@pytest.mark.parametrize("path", ["/oauth/introspect", "/oauth/revoke"])
@pytest.mark.parametrize("size", [16_385, 1024 * 1024])
def test_a_token_too_long_to_be_one_is_refused(protocol, client, path, size):
    assert protocol.post(path, client, token="x" * size).status_code in {400, 413}


def test_the_token_of_another_client_lives(app, protocol, client):
    tokens = protocol.tokens(client)
    for other in (make_client(app), make_client(app, "spa")):
        for kind in ("access_token", "refresh_token"):
            assert protocol.revoke(other, tokens[kind]).status_code == 200
    assert protocol.userinfo(tokens["access_token"]).status_code == 200
    assert protocol.refresh(client, tokens["refresh_token"]).status_code == 200


def test_revoking_touches_no_login_and_no_other_app(app, protocol, client):
    other = make_client(app)
    mine, theirs = protocol.tokens(client), protocol.tokens(other)
    protocol.revoke(client, mine["refresh_token"])
    assert not protocol.is_active(client, mine["access_token"])
    assert protocol.is_active(other, theirs["access_token"])
    assert "code" in protocol.answer(client, prompt="none")


def test_revoking_twice_is_as_good_as_once(protocol, client):
    tokens = protocol.tokens(client)
    for kind in ("access_token", "refresh_token"):
        for _ in range(2):
            assert protocol.revoke(client, tokens[kind]).status_code == 200


def test_a_machine_takes_its_own_token_back(app, protocol):
    machine = make_client(app, "machine")
    give_access(app, machine, make_api(app))
    token = protocol.machine_token(machine).get_json()["access_token"]
    assert protocol.is_active(machine, token)
    assert protocol.revoke(machine, token).status_code == 200
    assert not protocol.is_active(machine, token)
