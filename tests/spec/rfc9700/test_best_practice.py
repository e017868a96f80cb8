"""RFC 9700 (BCP 240): what the years have taught."""

import pytest

from tests.support.factories import AUDIENCE, CALLBACK, make_api, make_client
from tests.support.protocol import ISSUER, assert_error, assert_page, later

RFC = "RFC 9700"


@pytest.fixture
def client(app, protocol):
    protocol.sign_in()
    return make_client(app)


@pytest.mark.spec(RFC, "2.1", "redirect URIs are compared exactly")
def test_a_redirect_uri_is_compared_byte_for_byte(protocol, client):
    for uri in (CALLBACK + "/", CALLBACK.upper(), CALLBACK + "?", CALLBACK.replace("callback", "%63allback")):
        assert_page(protocol.authorize(client, redirect_uri=uri))


@pytest.mark.spec(RFC, "2.1.1", "PKCE for confidential clients as well, by S256")
def test_pkce_is_on_for_a_confidential_client(protocol, client):
    assert protocol.answer(client, code_challenge=None, code_challenge_method=None)["error"] == "invalid_request"


@pytest.mark.spec(RFC, "2.1.2", "no implicit grant")
def test_no_token_comes_from_the_authorization_endpoint(protocol, client):
    for response_type in ("token", "id_token token", "code id_token token"):
        answer = protocol.answer(client, response_type=response_type, response_mode="fragment")
        assert not {"access_token", "id_token", "code"} & set(answer)


@pytest.mark.spec(RFC, "2.4", "no password grant")
def test_there_is_no_password_grant(protocol, client):
    response = protocol.post("/oauth/token", client, grant_type="password", username="a", password="b")
    assert_error(response, "unsupported_grant_type")


@pytest.mark.spec(RFC, "4.1.3", "the app is not an open redirector: a fragment is never kept")
def test_a_redirect_uri_with_a_fragment_is_refused(protocol, client):
    assert_page(protocol.authorize(client, redirect_uri=f"{CALLBACK}#https://evil.example/"))


@pytest.mark.spec(RFC, "4.2.4", "no referrer and no store where the code passes")
def test_the_redirect_with_the_code_leaks_nothing(protocol, client):
    response = protocol.authorize(client)
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.spec(RFC, "4.8.2", "PKCE cannot be downgraded")
def test_a_code_with_a_challenge_needs_the_verifier(protocol, client):
    response = protocol.redeem(client, protocol.code(client), code_verifier=None)
    assert (response.status_code, "access_token" in response.get_json()) == (400, False)


@pytest.mark.spec(RFC, "4.11.2", "the server is no open redirector either")
def test_an_error_of_an_unknown_client_redirects_nowhere(protocol, client):
    assert_page(protocol.authorize(client, client_id="x", redirect_uri="https://evil.example/"))


@pytest.mark.spec(RFC, "4.12", "303, so that a form is never sent on")
@pytest.mark.parametrize("changes", [{}, {"response_type": "x"}, {"response_mode": "fragment"}], ids=repr)
def test_every_redirect_is_a_303(protocol, client, changes):
    assert protocol.authorize(client, **changes).status_code == 303


@pytest.mark.spec(RFC, "4.14.2", "refresh tokens of public clients are rotated, and reuse is noticed")
@pytest.mark.parametrize("kind", ["spa", "native", "web"])
def test_a_replayed_refresh_token_ends_its_family(app, protocol, kind):
    client = make_client(app, kind)
    first = protocol.tokens(client)
    second = protocol.refresh(client, first["refresh_token"]).get_json()
    third = protocol.refresh(client, second["refresh_token"]).get_json()
    assert_error(protocol.refresh(client, first["refresh_token"]), "invalid_grant")
    assert_error(protocol.refresh(client, third["refresh_token"]), "invalid_grant")
    for tokens in (first, second, third):
        assert protocol.userinfo(tokens["access_token"]).status_code == 401
    assert len(protocol.events("refresh_token.reused")) == 1


@pytest.mark.spec(RFC, "4.14.2", "refresh tokens expire when they are not used")
def test_an_idle_refresh_token_expires(protocol, client, settings):
    tokens = protocol.tokens(client)
    with later(settings.refresh_token_idle_lifetime + 1):
        assert_error(protocol.refresh(client, tokens["refresh_token"]), "invalid_grant")


@pytest.mark.spec(RFC, "4.13", "the app that a code is for is authenticated at every endpoint")
def test_a_confidential_client_cannot_pose_as_a_public_one(app, protocol, client):
    code = protocol.code(client)
    response = protocol.raw(
        "/oauth/token",
        data={"grant_type": "authorization_code", "code": code, "client_id": client.id, "redirect_uri": CALLBACK},
    )
    assert_error(response, "invalid_client", 401)


@pytest.mark.spec(RFC, "4.16", "pages cannot be framed")
def test_no_page_can_be_framed(app, protocol, client):
    protocol.forget_cookies()
    response = protocol.http.get(protocol.authorize(client).headers["Location"], base_url=ISSUER)
    assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
    assert response.headers["X-Frame-Options"] == "DENY"


@pytest.mark.spec(RFC, "4.10", "a token names whom it is for")
def test_a_token_for_one_api_is_refused_by_another(app, protocol, client):
    make_api(app)
    token = protocol.tokens(client, audience=AUDIENCE, scope="read")["access_token"]
    assert protocol.userinfo(token).status_code == 401
