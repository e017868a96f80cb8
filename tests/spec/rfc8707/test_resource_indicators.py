"""RFC 8707: the token is for the API that was asked for, and no other."""

import pytest

from tests.support.factories import AUDIENCE, CALLBACK, give_access, make_api, make_client
from tests.support.protocol import ISSUER, assert_error, claims_of, parameters_of

RFC = "RFC 8707"
OTHER = "https://other.example.com/"


@pytest.fixture
def client(app, protocol):
    protocol.sign_in()
    make_api(app)
    return make_client(app)


@pytest.mark.spec(RFC, "2.1", "resource at the authorization endpoint restricts the audience")
@pytest.mark.parametrize("name", ["resource", "audience"])
def test_the_api_asked_for_at_authorize_is_the_audience(protocol, client, name):
    tokens = protocol.tokens(client, scope="read offline_access", **{name: AUDIENCE})
    assert claims_of(tokens["access_token"])["aud"] == AUDIENCE
    again = protocol.refresh(client, tokens["refresh_token"], **{name: AUDIENCE}).get_json()
    assert claims_of(again["access_token"])["aud"] == AUDIENCE


@pytest.mark.spec(RFC, "2.1", "with openid the token is good for /userinfo as well")
def test_a_token_for_an_api_and_openid_has_both_audiences(protocol, client):
    tokens = protocol.tokens(client, resource=AUDIENCE, scope="openid read write unknown")
    claims = claims_of(tokens["access_token"])
    assert (claims["aud"], claims["scope"]) == ([AUDIENCE, f"{ISSUER}userinfo"], "openid read write")
    assert protocol.userinfo(tokens["access_token"]).status_code == 200


@pytest.mark.spec(RFC, "2", "invalid_target: unknown, malformed or several resources")
@pytest.mark.parametrize(
    "resource",
    [OTHER, "relative", "/relative", f"{AUDIENCE}#fragment", f"{AUDIENCE}#", AUDIENCE.rstrip("/"), "http://[", "é:"],
)
def test_a_resource_that_is_none_is_an_invalid_target(protocol, client, resource):
    answer = protocol.answer(client, resource=resource)
    assert (answer["error"], "code" in answer) == ("invalid_target", False)


@pytest.mark.spec(RFC, "2", "several resources may be refused")
def test_two_resources_are_an_invalid_target(app, protocol, client):
    make_api(app, OTHER)
    sent = f"client_id={client.id}&redirect_uri={CALLBACK}&response_type=code&resource={AUDIENCE}&resource={OTHER}"
    location = protocol.http.get(f"/authorize?{sent}", base_url=ISSUER).headers["Location"]
    assert parameters_of(location)["error"] == "invalid_target"


def test_audience_and_resource_have_to_agree(app, protocol, client):
    make_api(app, OTHER)
    assert protocol.answer(client, audience=OTHER, resource=AUDIENCE)["error"] == "invalid_target"
    assert "code" in protocol.answer(client, audience=AUDIENCE, resource=AUDIENCE)


@pytest.mark.spec(RFC, "2", "a client may be kept from an API")
def test_a_client_with_a_list_of_apis_gets_no_other(app, protocol):
    protocol.sign_in()
    make_api(app)
    client = make_client(app, changes={"audiences": [OTHER]})
    assert protocol.answer(client, resource=AUDIENCE)["error"] == "invalid_target"


@pytest.mark.spec(RFC, "2.2", "a token request cannot widen the grant")
def test_a_refresh_for_another_api_is_refused_and_costs_nothing(app, protocol, client):
    make_api(app, OTHER)
    tokens = protocol.tokens(client, resource=AUDIENCE)
    assert_error(protocol.refresh(client, tokens["refresh_token"], resource=OTHER), "invalid_target")
    assert protocol.refresh(client, tokens["refresh_token"]).status_code == 200


@pytest.mark.spec(RFC, "2.2", "resource at the token endpoint, for a client on its own behalf")
def test_a_machine_names_its_resource(app, protocol):
    machine = make_client(app, "machine")
    for audience in (make_api(app), make_api(app, OTHER)):
        give_access(app, machine, audience)
    token = protocol.machine_token(machine, resource=OTHER).get_json()["access_token"]
    assert claims_of(token)["aud"] == OTHER
    assert_error(protocol.machine_token(machine), "invalid_target")
    assert_error(protocol.machine_token(machine, resource="https://nowhere.example/"), "access_denied")
