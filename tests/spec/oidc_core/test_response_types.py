"""OIDC Core §3.2 and §3.3, OAuth 2.0 Multiple Response Types."""

import base64
import hashlib

import pytest

from tests.support.factories import CALLBACK, make_api, make_client
from tests.support.protocol import parameters_of

TYPES = ["code", "id_token", "id_token token", "code id_token", "code token", "code id_token token"]
FRONT = TYPES[1:]
SPEC = "OIDC Core 1.0"


@pytest.fixture
def client(app):
    return make_client(app, changes={"response_types": TYPES}, web_origins=["https://app.example.com"])


def half(value):
    return base64.urlsafe_b64encode(hashlib.sha256(value.encode()).digest()[:16]).rstrip(b"=").decode()


@pytest.mark.spec(
    "OAuth Multiple Response Types 1.0", "5", "each response type sends back what it names, and nothing else"
)
@pytest.mark.parametrize("response_type", TYPES)
def test_each_response_type_sends_what_it_names(protocol, client, response_type):
    protocol.sign_in()
    answer = protocol.answer(client, response_type=response_type)
    named = {{"token": "access_token"}.get(word, word) for word in response_type.split()}
    assert {"code", "id_token", "access_token"} & set(answer) == named
    assert ("expires_in" in answer) == ("token_type" in answer) == ("access_token" in named)
    assert answer["state"] == "the state"


@pytest.mark.spec(
    "OAuth Multiple Response Types 1.0", "5", "tokens go in the fragment unless another mode is asked for"
)
@pytest.mark.parametrize("response_type", FRONT)
def test_tokens_go_in_the_fragment(protocol, client, response_type):
    protocol.sign_in()
    location = protocol.authorize(client, response_type=response_type).headers["Location"]
    assert location.startswith(f"{CALLBACK}#")


@pytest.mark.spec("OAuth Multiple Response Types 1.0", "3", "tokens never go in the query")
@pytest.mark.parametrize("response_type", FRONT)
def test_tokens_never_go_in_the_query(protocol, client, response_type):
    protocol.sign_in()
    location = protocol.authorize(client, response_type=response_type, response_mode="query").headers["Location"]
    assert location.startswith(f"{CALLBACK}#error=invalid_request&")


@pytest.mark.spec("OAuth Multiple Response Types 1.0", "3", "the order of the words does not matter")
def test_the_order_of_the_words_does_not_matter(protocol, client):
    protocol.sign_in()
    assert {"code", "id_token"} <= set(protocol.answer(client, response_type="id_token code"))


@pytest.mark.spec(SPEC, "3.3.2.11", "at_hash and c_hash bind the ID token to what comes with it")
@pytest.mark.parametrize("response_type", [each for each in FRONT if "id_token" in each])
def test_hashes_bind_the_id_token(protocol, client, response_type):
    protocol.sign_in()
    answer = protocol.answer(client, response_type=response_type)
    claims = protocol.verify(answer["id_token"])
    assert claims["nonce"] == "the nonce"
    assert claims.get("at_hash") == (half(answer["access_token"]) if "access_token" in answer else None)
    assert claims.get("c_hash") == (half(answer["code"]) if "code" in answer else None)


@pytest.mark.spec(SPEC, "3.2.2.1", "a nonce is needed where the browser carries an ID token")
@pytest.mark.parametrize("response_type", TYPES)
def test_a_nonce_is_needed_where_the_browser_carries_an_id_token(protocol, client, response_type):
    protocol.sign_in()
    answer = protocol.answer(client, response_type=response_type, nonce=None)
    assert (answer.get("error") == "invalid_request") == ("id_token" in response_type)


@pytest.mark.spec(SPEC, "3.3.3.8", "the subject is the same in the front and in the back channel")
def test_hybrid_gives_one_subject_in_both_channels(protocol, client):
    protocol.sign_in()
    answer = protocol.answer(client, response_type="code id_token token")
    tokens = protocol.redeem(client, answer["code"]).get_json()
    front, back = protocol.verify(answer["id_token"]), protocol.verify(tokens["id_token"])
    assert (front["sub"], front["auth_time"], front["sid"]) == (back["sub"], back["auth_time"], back["sid"])
    assert protocol.userinfo(answer["access_token"]).get_json()["sub"] == front["sub"]


@pytest.mark.spec(SPEC, "5.4", "without an access token the claims of the scopes are in the ID token")
def test_claims_are_in_the_id_token_where_there_is_no_access_token(app, protocol):
    plain = make_client(app, changes={"response_types": TYPES, "has_profile_in_id_token": False})
    protocol.sign_in()
    alone = protocol.verify(protocol.answer(plain, response_type="id_token")["id_token"])
    assert alone["name"] == "Ada Lovelace"
    accompanied = protocol.verify(protocol.answer(plain, response_type="id_token token")["id_token"])
    assert "name" not in accompanied


@pytest.mark.spec("RFC 6749", "3.1.1", "a client gets the response types that it is registered for")
@pytest.mark.parametrize("response_type", FRONT)
def test_a_client_gets_only_what_it_is_registered_for(app, protocol, response_type):
    protocol.sign_in()
    location = protocol.authorize(make_client(app), response_type=response_type).headers["Location"]
    assert parameters_of(location)["error"] == "unauthorized_client"
    assert location.startswith(f"{CALLBACK}#")


def test_a_replayed_code_kills_the_token_of_the_front_channel(protocol, client):
    protocol.sign_in()
    answer = protocol.answer(client, response_type="code token")
    protocol.redeem(client, answer["code"])
    assert protocol.userinfo(answer["access_token"]).status_code == 200
    protocol.redeem(client, answer["code"])
    assert protocol.userinfo(answer["access_token"]).status_code == 401


def test_no_refresh_token_and_no_offline_access_in_the_front_channel(app, protocol, client):
    make_api(app)
    protocol.sign_in()
    answer = protocol.answer(client, response_type="id_token token")
    assert "refresh_token" not in answer
    assert "offline_access" not in answer["scope"].split()


@pytest.mark.spec("Web Message Response Mode", "2", "the answer is a message to the origin of the redirect URI")
def test_a_web_message_is_sent_to_the_registered_origin(protocol, client):
    protocol.sign_in()
    page = protocol.authorize(client, response_mode="web_message", prompt="none")
    assert page.status_code == 200
    assert 'data-origin="https://app.example.com"' in page.text
    assert "&#34;code&#34;" in page.text
    assert "frame-ancestors https://app.example.com" in page.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in page.headers


def test_a_web_message_tells_an_error_too(protocol, client):
    page = protocol.authorize(client, response_mode="web_message", prompt="none")
    assert "login_required" in page.text
    assert page.status_code == 200


def test_a_web_message_goes_to_web_origins_alone(app, protocol):
    protocol.sign_in()
    answer = protocol.answer(make_client(app), response_mode="web_message")
    assert answer["error"] == "invalid_request"
