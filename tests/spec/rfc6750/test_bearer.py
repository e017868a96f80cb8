"""RFC 6750: how a bearer token is presented, and how it is refused."""

import re

import pytest

from tests.support.factories import make_client
from tests.support.protocol import later

RFC = "RFC 6750"


@pytest.fixture
def token(app, protocol):
    return protocol.tokens(make_client(app))["access_token"]


def challenge_of(response):
    header = response.headers["WWW-Authenticate"]
    assert header.startswith("Bearer ")
    return dict(re.findall(r'(\w+)="([^"]*)"', header))


@pytest.mark.spec(RFC, "2.1", "the Authorization header is supported")
@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_token_comes_in_the_header(protocol, token, scheme):
    assert protocol.userinfo(None, Authorization=f"{scheme} {token}").status_code == 200


@pytest.mark.spec(RFC, "2.2", "a token may come in a form, by POST")
def test_a_token_comes_in_a_form(protocol, token):
    assert protocol.raw("/userinfo", data={"access_token": token}).status_code == 200


@pytest.mark.spec(RFC, "2.2", "not in a body of another type")
def test_a_token_in_json_is_not_seen(protocol, token):
    assert protocol.raw("/userinfo", json={"access_token": token}).status_code == 401


@pytest.mark.spec(RFC, "2.3", "a token in the URL is refused")
def test_a_token_in_the_url_is_refused(protocol, token):
    response = protocol.http.get("/userinfo", query_string={"access_token": token}, base_url="http://localhost:8000")
    assert (response.status_code, challenge_of(response)["error"]) == (400, "invalid_request")


@pytest.mark.spec(RFC, "2", "one way of presenting a token at a time")
@pytest.mark.parametrize("other", ["the same", "another"])
def test_a_token_in_two_places_is_refused(protocol, token, other):
    data = {"access_token": token if other == "the same" else "x"}
    response = protocol.raw("/userinfo", data=data, headers={"Authorization": f"Bearer {token}"})
    assert (response.status_code, challenge_of(response)["error"]) == (400, "invalid_request")


@pytest.mark.spec(RFC, "3.1", "without a token, no error code is told")
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic YTpi"}, {"Authorization": "Digest x"}], ids=repr)
def test_no_token_is_a_bare_challenge(protocol, headers):
    response = protocol.userinfo(None, **headers)
    assert response.status_code == 401
    assert set(challenge_of(response)) == {"realm"}


@pytest.mark.spec(RFC, "3.1", "invalid_request is 400")
@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer  x", "Bearer a b", "bearer a,Bearer b"])
def test_a_malformed_header_is_an_invalid_request(protocol, header):
    response = protocol.userinfo(None, Authorization=header)
    assert response.status_code in {400, 401}
    assert challenge_of(response).get("error", "invalid_request") == "invalid_request"


@pytest.mark.spec(RFC, "3.1", "invalid_token is 401, also when expired")
def test_an_expired_token_is_invalid(protocol, token):
    with later(601):
        response = protocol.userinfo(token)
    assert (response.status_code, challenge_of(response)["error"]) == (401, "invalid_token")


@pytest.mark.spec(RFC, "3.1", "insufficient_scope is 403 and names the scope")
def test_a_token_without_openid_lacks_scope(app, protocol):
    token = protocol.tokens(make_client(app), scope="profile")["access_token"]
    response = protocol.userinfo(token)
    assert response.status_code == 403
    found = challenge_of(response)
    assert (found["error"], found["scope"]) == ("insufficient_scope", "openid")


@pytest.mark.spec(RFC, "5.3", "answers with tokens or about users are not stored")
def test_userinfo_is_not_stored(protocol, token):
    assert protocol.userinfo(token).headers["Cache-Control"] == "no-store"
    assert protocol.userinfo("x").headers["Cache-Control"] == "no-store"
