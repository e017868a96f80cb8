"""RFC 9207: every authorization response says who gives it."""

import pytest

from tests.support.factories import make_client
from tests.support.protocol import ISSUER, form_of, parameters_of

RFC = "RFC 9207"


@pytest.fixture
def client(app, protocol):
    protocol.sign_in()
    return make_client(app)


@pytest.mark.spec(RFC, "2", "iss is in every answer")
@pytest.mark.spec(RFC, "2.2", "iss is in errors too")
@pytest.mark.parametrize(
    "wrong", [{}, {"response_type": "code none"}, {"scope": '"'}, {"prompt": "none login"}], ids=repr
)
@pytest.mark.parametrize("mode", ["query", "fragment"])
def test_iss_is_the_issuer_in_codes_and_errors(protocol, client, wrong, mode):
    location = protocol.authorize(client, response_mode=mode, **wrong).headers["Location"]
    assert ("?" if mode == "query" else "#") in location
    assert parameters_of(location)["iss"] == ISSUER


@pytest.mark.spec(RFC, "2", "iss is in every answer")
@pytest.mark.parametrize("response_type", ["id_token", "id_token token", "code id_token", "code token", "token"])
@pytest.mark.parametrize("is_registered", [True, False])
def test_iss_stands_beside_tokens_and_their_errors(app, protocol, client, response_type, is_registered):
    registered = make_client(app, changes={"response_types": [response_type]}) if is_registered else client
    location = protocol.authorize(registered, response_type=response_type).headers["Location"]
    answer = parameters_of(location)
    assert "#" in location
    assert answer["iss"] == ISSUER
    assert ("error" in answer) == (not is_registered or response_type == "token")


@pytest.mark.spec(RFC, "2", "iss is in posted answers")
def test_iss_is_posted_too(protocol, client):
    assert form_of(protocol.authorize(client, response_mode="form_post"))["iss"] == ISSUER


@pytest.mark.spec(RFC, "2.4", "iss equals the issuer of the metadata and of the ID token")
def test_every_issuer_is_the_same(protocol, client):
    document = protocol.document("/.well-known/oauth-authorization-server")
    assert document["issuer"] == protocol.answer(client)["iss"]
    assert protocol.verify(protocol.tokens(client)["id_token"])["iss"] == document["issuer"]


@pytest.mark.spec(RFC, "3", "the metadata says so")
def test_the_metadata_says_that_iss_is_sent(protocol):
    document = protocol.document("/.well-known/oauth-authorization-server")
    assert document["authorization_response_iss_parameter_supported"] is True


@pytest.mark.spec(RFC, "2.4", "the issuer comes from the configuration, never from a header")
def test_the_host_header_changes_nothing(protocol, client):
    headers = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "Forwarded": "host=evil.example"}
    response = protocol.app.test_client().get(
        "/.well-known/openid-configuration", base_url="http://evil.example", headers=headers
    )
    assert response.get_json()["issuer"] == ISSUER
    assert "evil" not in response.text
