"""How long everything lives, with the clock moved: each just before its end and just after."""

import pytest

from tests.support.factories import AUDIENCE, make_api, make_client
from tests.support.protocol import assert_error, claims_of, later


@pytest.fixture
def client(app, protocol):
    protocol.sign_in()
    return make_client(app)


@pytest.mark.parametrize(("age", "status"), [(57, 200), (61, 400)])
def test_a_code_lives_a_minute(protocol, client, age, status):
    code = protocol.code(client)
    with later(age):
        assert protocol.redeem(client, code).status_code == status


@pytest.mark.parametrize(("age", "status"), [(595, 200), (601, 401)])
def test_an_access_token_lives_ten_minutes(protocol, client, age, status):
    token = protocol.tokens(client)["access_token"]
    with later(age):
        assert protocol.userinfo(token).status_code == status


def test_an_api_chooses_how_long_its_tokens_live(app, protocol, client):
    make_api(app, token_lifetime=60)
    tokens = protocol.tokens(client, audience=AUDIENCE)
    claims = claims_of(tokens["access_token"])
    assert tokens["expires_in"] == claims["exp"] - claims["iat"] == 60


def test_an_id_token_lives_as_long_as_is_set(protocol, client, settings):
    claims = claims_of(protocol.tokens(client)["id_token"])
    assert claims["exp"] - claims["iat"] == settings.id_token_lifetime


def test_a_refresh_token_that_is_used_lives_on(protocol, client, settings):
    token = protocol.tokens(client)["refresh_token"]
    nearly = settings.refresh_token_idle_lifetime - 60
    with later(nearly):
        token = protocol.refresh(client, token).get_json()["refresh_token"]
    with later(2 * nearly - 60):
        assert protocol.refresh(client, token).status_code == 200


def test_a_refresh_token_that_is_not_used_ends(protocol, client, settings):
    token = protocol.tokens(client)["refresh_token"]
    with later(settings.refresh_token_idle_lifetime + 1):
        assert not protocol.is_active(client, token)
        assert_error(protocol.refresh(client, token), "invalid_grant")


def test_no_use_prolongs_a_family_past_its_end(protocol, client, settings):
    token = protocol.tokens(client)["refresh_token"]
    step = settings.refresh_token_idle_lifetime - 3600
    age = 0
    while age + step < settings.refresh_token_lifetime:
        age += step
        with later(age):
            token = protocol.refresh(client, token).get_json()["refresh_token"]
    with later(settings.refresh_token_lifetime + 1):
        assert_error(protocol.refresh(client, token), "invalid_grant")


def test_a_token_that_is_not_rotated_has_the_same_ends(app, protocol, settings):
    client = make_client(app, changes={"rotates_refresh_tokens": False})
    token = protocol.tokens(client)["refresh_token"]
    for _ in range(3):
        assert protocol.refresh(client, token).get_json()["refresh_token"] == token
    with later(settings.refresh_token_lifetime + 1):
        assert_error(protocol.refresh(client, token), "invalid_grant")


# The grace


def test_inside_the_grace_the_same_successor_comes_again(protocol, client, settings):
    first = protocol.tokens(client)["refresh_token"]
    successors = {protocol.refresh(client, first).get_json()["refresh_token"] for _ in range(3)}
    with later(settings.refresh_token_grace - 2):
        successors.add(protocol.refresh(client, first).get_json()["refresh_token"])
    assert len(successors) == 1
    assert protocol.refresh(client, successors.pop()).status_code == 200
    assert protocol.events("refresh_token.reused") == []


def test_outside_the_grace_the_family_ends(protocol, client, settings):
    first = protocol.tokens(client)
    second = protocol.refresh(client, first["refresh_token"]).get_json()
    with later(settings.refresh_token_grace + 1):
        assert_error(protocol.refresh(client, first["refresh_token"]), "invalid_grant")
        assert_error(protocol.refresh(client, second["refresh_token"]), "invalid_grant")
        assert protocol.userinfo(second["access_token"]).status_code == 401


def test_the_grace_is_for_the_immediate_predecessor_alone(protocol, client):
    first = protocol.tokens(client)["refresh_token"]
    second = protocol.refresh(client, first).get_json()["refresh_token"]
    third = protocol.refresh(client, second).get_json()["refresh_token"]
    # Inside the grace in time, but its successor was used: two parties hold the family
    assert_error(protocol.refresh(client, first), "invalid_grant")
    assert_error(protocol.refresh(client, third), "invalid_grant")
    assert len(protocol.events("refresh_token.reused")) == 1


def test_the_grace_gives_nothing_to_another_client(app, protocol, client):
    first = protocol.tokens(client)["refresh_token"]
    second = protocol.refresh(client, first).get_json()["refresh_token"]
    assert_error(protocol.refresh(make_client(app), first), "invalid_grant")
    assert protocol.refresh(client, second).status_code == 200


def test_the_grace_gives_nothing_after_a_revocation(protocol, client):
    first = protocol.tokens(client)["refresh_token"]
    second = protocol.refresh(client, first).get_json()["refresh_token"]
    protocol.revoke(client, second)
    assert_error(protocol.refresh(client, first), "invalid_grant")


# The login


def silent(protocol, client):
    return protocol.answer(client, prompt="none").get("error", "code")


def test_a_login_that_is_not_used_ends(protocol, client, settings):
    with later(settings.session_idle_lifetime - 60):
        assert silent(protocol, client) == "code"
    with later(2 * settings.session_idle_lifetime):
        assert silent(protocol, client) == "login_required"


def test_no_use_prolongs_a_login_past_its_end(protocol, client, settings):
    step = settings.session_idle_lifetime - 3600
    age = 0
    while age + step < settings.session_lifetime:
        age += step
        with later(age):
            assert silent(protocol, client) == "code"
    with later(settings.session_lifetime + 1):
        assert silent(protocol, client) == "login_required"


def test_auth_time_stays_through_refreshes_and_silent_logins(protocol, client):
    tokens = protocol.tokens(client)
    auth_time = claims_of(tokens["id_token"])["auth_time"]
    token = tokens["refresh_token"]
    for age in (1000, 2000, 3000):
        with later(age):
            body = protocol.refresh(client, token).get_json()
            token = body["refresh_token"]
            assert claims_of(body["id_token"])["auth_time"] == auth_time
            assert claims_of(protocol.tokens(client, prompt="none")["id_token"])["auth_time"] == auth_time


@pytest.mark.parametrize(("max_age", "age", "outcome"), [("600", 590, "code"), ("600", 602, "login_required")])
def test_max_age_counts_from_the_login(protocol, client, max_age, age, outcome):
    with later(age):
        assert protocol.answer(client, prompt="none", max_age=max_age).get("error", "code") == outcome


def test_a_clock_that_steps_back_gives_nothing_away(protocol, client):
    code = protocol.code(client)
    with later(61):
        assert_error(protocol.redeem(client, code), "invalid_grant")
    tokens = protocol.tokens(client)
    with later(-20):
        # Another node's clock a little behind
        assert protocol.userinfo(tokens["access_token"]).status_code == 200
    with later(-3600):
        assert protocol.userinfo(tokens["access_token"]).status_code == 401
