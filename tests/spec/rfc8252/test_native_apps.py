"""RFC 8252: native apps come back to loopback on any port, or by a scheme of their own."""

import pytest

from tests.support.factories import make_client
from tests.support.protocol import assert_error, assert_page

RFC = "RFC 8252"
IPV4, IPV6 = "http://127.0.0.1/cb", "http://[::1]:4000/cb"
SCHEME = "com.example.app:/cb"


@pytest.fixture
def client(app, protocol):
    protocol.sign_in()
    return make_client(app, "native", redirect_uris=[IPV4, IPV6, SCHEME, "http://localhost:3000/cb"])


@pytest.mark.spec(RFC, "7.3", "any port of a loopback address")
@pytest.mark.parametrize("uri", [IPV4, "http://127.0.0.1:1/cb", "http://127.0.0.1:65535/cb", "http://[::1]:51004/cb"])
def test_any_port_of_a_registered_loopback_address(protocol, client, uri):
    code = protocol.code(client, redirect_uri=uri)
    assert protocol.redeem(client, code, redirect_uri=uri).status_code == 200


@pytest.mark.spec(RFC, "7.3", "the port of the request is the port of the token request")
def test_a_code_is_bound_to_the_port_that_it_was_asked_for(protocol, client):
    code = protocol.code(client, redirect_uri="http://127.0.0.1:5001/cb")
    assert_error(protocol.redeem(client, code, redirect_uri="http://127.0.0.1:5002/cb"), "invalid_grant")


@pytest.mark.spec(RFC, "7.3", "nothing but the port may differ")
@pytest.mark.spec(RFC, "8.3", "localhost is a name, not an address")
@pytest.mark.parametrize(
    "uri",
    [
        "http://127.0.0.1:5000/other",
        "http://127.0.0.1:5000/cb/",
        "http://127.0.0.1:5000/cb?x=1",
        "http://127.0.0.1:5000/cb#f",
        "http://127.0.0.1:/cb",
        "http://127.0.0.1:65536/cb",
        "http://127.0.0.1:5000x/cb",
        "http://user@127.0.0.1:5000/cb",
        "https://127.0.0.1:5000/cb",
        "http://127.0.0.1.evil.example:5000/cb",
        "http://127.0.0.1@evil.example/cb",
        "http://127.1:5000/cb",
        "http://0x7f.1/cb",
        "http://2130706433/cb",
        "http://[::ffff:127.0.0.1]:5000/cb",
        "http://[0:0:0:0:0:0:0:1]:5000/cb",
        "http://localhost:3001/cb",
        "http://localhost/cb",
    ],
)
def test_what_only_looks_like_the_loopback_address_is_refused(protocol, client, uri):
    assert_page(protocol.authorize(client, redirect_uri=uri))


@pytest.mark.spec(RFC, "7.1", "private-use schemes")
def test_an_app_comes_back_by_its_own_scheme(protocol, client):
    location = protocol.authorize(client, redirect_uri=SCHEME).headers["Location"]
    assert location.startswith("com.example.app:/cb?code=ac1_")


@pytest.mark.spec(RFC, "8.4", "schemes of others are refused")
@pytest.mark.parametrize(
    "uri", ["com.example.app:/other", "com.example.app://cb", "COM.example.app:/cb", "com.evil:/cb"]
)
def test_another_scheme_or_path_is_refused(protocol, client, uri):
    assert_page(protocol.authorize(client, redirect_uri=uri))


@pytest.mark.spec(RFC, "6", "native apps use PKCE")
def test_a_native_app_needs_pkce(protocol, client):
    answer = protocol.answer(client, redirect_uri=SCHEME, code_challenge=None, code_challenge_method=None)
    assert answer["error"] == "invalid_request"


@pytest.mark.spec(RFC, "8.5", "native apps are public clients")
def test_a_native_app_has_no_secret(client):
    assert client.secret is None
