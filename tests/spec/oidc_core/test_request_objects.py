"""OIDC Core §6 and RFC 9101: request objects by value."""

import base64
import json

import pytest
from joserfc import jwt

from tests.support.factories import CALLBACK, make_client
from tests.support.protocol import assert_page
from tests.support.relying_party import JWKS, RSA, request_object

SPEC = "OIDC Core 1.0"
EVIL = "https://evil.example.com/"


@pytest.fixture
def client(app):
    return make_client(app, jwks=JWKS)


@pytest.mark.spec(SPEC, "6.1", "a signed request object is taken, by each algorithm that is advertised")
@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256"])
def test_a_signed_request_object_is_taken(protocol, client, alg):
    protocol.sign_in()
    token = request_object(client, alg, state="inside", nonce="inside")
    answer = protocol.answer(client, request=token, state=None, nonce=None)
    assert (answer["state"], "code" in answer) == ("inside", True)


@pytest.mark.spec(SPEC, "6.1", "what the object says supersedes what stands beside it")
def test_what_is_inside_supersedes_what_is_beside(protocol, client):
    protocol.sign_in()
    answer = protocol.answer(client, request=request_object(client, state="inside", max_age=9999), state="outside")
    assert answer["state"] == "inside"
    location = protocol.authorize(client, request=request_object(client), redirect_uri=EVIL).headers["Location"]
    assert location.startswith(CALLBACK)


@pytest.mark.spec(SPEC, "6.3.2", "a request object whose signature is not the client's is refused")
@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "another"},
        {"iss": "another"},
        {"aud": "https://other.example.com/"},
        {"response_type": "id_token"},
    ],
)
def test_an_object_of_others_is_refused(protocol, client, changes):
    protocol.sign_in()
    assert protocol.answer(client, request=request_object(client, **changes))["error"] == "invalid_request_object"


@pytest.mark.parametrize("value", [5, ["openid"], {"a": 1}, True])
def test_members_of_the_wrong_type_are_refused(protocol, client, value):
    token = request_object(client, prompt=value)
    assert protocol.answer(client, request=token)["error"] == "invalid_request_object"


@pytest.mark.spec(SPEC, "6.1", "parameters that are not known are passed over inside a request object too")
@pytest.mark.parametrize("value", [5, 1.5, ["x"], {"a": 1}, True, "text"])
def test_what_is_not_known_is_passed_over_whatever_its_type(protocol, client, value):
    protocol.sign_in()
    answer = protocol.answer(client, request=request_object(client, state="inside", org_example_risk=value))
    assert (answer["state"], "code" in answer) == ("inside", True)


@pytest.mark.spec(SPEC, "6.1", "the response_type inside is the one beside, whatever the order of its words")
def test_the_response_type_may_be_in_another_order(app, protocol):
    hybrid = make_client(app, jwks=JWKS, changes={"response_types": ["code id_token"]})
    protocol.sign_in()
    token = request_object(hybrid, response_type="code id_token", response_mode="form_post")
    page = protocol.authorize(hybrid, request=token, response_type="id_token code").get_data(as_text=True)
    assert 'name="code"' in page
    assert 'name="id_token"' in page


@pytest.mark.spec(SPEC, "7.2.1", "registration in a request object is refused by its own error, as beside it")
def test_registration_inside_is_refused_by_its_name(protocol, client):
    token = request_object(client, registration={"client_name": "x"})
    assert protocol.answer(client, request=token)["error"] == "registration_not_supported"


@pytest.mark.spec("RFC 9101", "10.8", "an assertion of the client is no request object")
def test_an_assertion_is_no_request_object(protocol, client):
    assert protocol.answer(client, request=request_object(client, sub=client.id))["error"] == "invalid_request_object"


@pytest.mark.spec(SPEC, "6.1", "request and request_uri never stand inside a request object")
def test_an_object_holds_no_other(protocol, client):
    token = request_object(client, request_uri="https://app.example.com/r")
    assert protocol.answer(client, request=token)["error"] == "invalid_request_object"


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.e30.x", "\u00e9.\u00e9.\u00e9", "." * 5000])
def test_garbage_is_refused(protocol, client, token):
    answer = protocol.answer(client, request=token or None, request_uri=None if token else "file:///etc/passwd")
    assert answer["error"] in {"invalid_request_object", "invalid_request_uri", "request_not_supported"}


def unsigned(claims):
    parts = ({"alg": "none"}, claims)
    return ".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=").decode() for p in parts) + "."


@pytest.mark.spec(SPEC, "6.1", "unsigned request objects only where the client is registered for them")
def test_unsigned_objects_only_where_registered(app, protocol, client):
    protocol.sign_in()
    assert protocol.answer(client, request=unsigned({"state": "inside"}))["error"] == "request_not_supported"
    lax = make_client(app, changes={"registration": {"request_object_signing_alg": "none"}})
    assert protocol.answer(lax, request=unsigned({"state": "inside"}))["state"] == "inside"


def test_the_registered_algorithm_is_the_only_one(app, protocol):
    strict = make_client(app, jwks=JWKS, changes={"registration": {"request_object_signing_alg": "ES256"}})
    protocol.sign_in()
    assert protocol.answer(strict, request=request_object(strict, "RS256"))["error"] == "invalid_request_object"
    assert "code" in protocol.answer(strict, request=request_object(strict, "ES256"))


def test_a_bad_object_never_leads_to_an_unregistered_place(protocol, client):
    token = jwt.encode({"alg": "RS256"}, {"redirect_uri": EVIL, "client_id": client.id}, RSA)
    assert_page(protocol.authorize(client, request=token))
    assert_page(protocol.authorize(client, request="x.y.z", redirect_uri=EVIL))


@pytest.mark.spec("RFC 9101", "5.2", "a request_uri that is not registered is never fetched")
@pytest.mark.parametrize(
    "uri", ["http://127.0.0.1:1/r", "file:///etc/passwd", "gopher://x/", "https://app.example.com/r"]
)
def test_an_unregistered_request_uri_is_refused(protocol, client, uri):
    assert protocol.answer(client, request_uri=uri)["error"] == "invalid_request_uri"
