"""/oidc/logout and /v2/logout, and what can be sent to them."""

import pytest

from tests.support.factories import LOGGED_OUT, make_client
from tests.support.protocol import ISSUER, SESSION_COOKIE, assert_error, assert_page, form_of, later, parameters_of


@pytest.fixture
def client(app, protocol):
    protocol.sign_in()
    return make_client(app)


def get(protocol, path, **sent):
    return protocol.http.get(path, base_url=ISSUER, query_string=sent)


def is_signed_in(protocol, client):
    return "code" in protocol.answer(client, prompt="none")


@pytest.mark.parametrize("path", ["/oidc/logout", "/v2/logout"])
@pytest.mark.parametrize("named", [True, False])
def test_a_look_at_the_logout_page_ends_nothing(protocol, client, path, named):
    assert_page(get(protocol, path, **({"client_id": client.id} if named else {})), 200)
    assert is_signed_in(protocol, client)


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "DELETE"])
@pytest.mark.parametrize("path", ["/oidc/logout", "/v2/logout"])
def test_other_methods_end_nothing(protocol, client, path, method):
    hint = protocol.tokens(client)["id_token"]
    sent = {"client_id": client.id, "returnTo": LOGGED_OUT, "id_token_hint": hint}
    protocol.http.open(path, method=method, base_url=ISSUER, query_string=sent)
    assert is_signed_in(protocol, client)


def test_the_answer_of_the_page_comes_from_the_page(protocol, client):
    fields = form_of(get(protocol, "/oidc/logout"))
    cases = [
        ({"decision": "logout"}, {}),
        ({**fields, "decision": "logout", "csrf_token": "x"}, {}),
        ({**fields, "decision": "logout"}, {"Origin": "https://evil.example"}),
        ({**fields, "decision": "logout"}, {"Origin": "null"}),
        ({**fields, "decision": "logout"}, {"Sec-Fetch-Site": "cross-site"}),
    ]
    for data, headers in cases:
        response = protocol.http.post("/oidc/logout", base_url=ISSUER, data=data, headers=headers)
        assert response.status_code == 403
    assert is_signed_in(protocol, client)


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "https://app.example.com/",
        LOGGED_OUT + "/..",
        LOGGED_OUT + "?next=https://evil.example",
        LOGGED_OUT.upper(),
        LOGGED_OUT.replace("app.", "app.evil."),
        "https://app.example.com@evil.example/logged-out",
        "javascript:alert(1)",
        "data:text/html,x",
        "//evil.example",
        "/\\evil.example",
        "/",
        "\x00",
        "é",
    ],
)
@pytest.mark.parametrize("path", ["/oidc/logout", "/v2/logout"])
def test_a_place_that_is_not_registered_is_not_gone_to(protocol, client, path, target):
    hint = protocol.tokens(client)["id_token"]
    name = "returnTo" if path == "/v2/logout" else "post_logout_redirect_uri"
    response = get(protocol, path, client_id=client.id, id_token_hint=hint, **{name: target})
    assert_page(response)
    assert "<script>alert" not in response.text
    assert is_signed_in(protocol, client)


def test_a_place_needs_a_client_that_it_is_registered_for(app, protocol, client):
    other = make_client(app, logout_uris=["https://other.example.com/bye"])
    for sent in ({}, {"client_id": "nobody"}, {"client_id": other.id}):
        assert_page(get(protocol, "/oidc/logout", post_logout_redirect_uri=LOGGED_OUT, **sent))
        assert_page(get(protocol, "/v2/logout", returnTo=LOGGED_OUT, **sent))


def test_v2_logout_goes_back_to_a_registered_place(protocol, client):
    response = get(protocol, "/v2/logout", client_id=client.id, returnTo=LOGGED_OUT)
    assert (response.status_code, response.headers["Location"]) == (303, LOGGED_OUT)
    assert not is_signed_in(protocol, client)


def test_after_logging_out_the_old_cookie_is_dead(protocol, client):
    old = protocol.cookie
    hint = protocol.tokens(client)["id_token"]
    response = get(protocol, "/oidc/logout", id_token_hint=hint, post_logout_redirect_uri=LOGGED_OUT)
    assert f"{SESSION_COOKIE}=;" in response.headers["Set-Cookie"]
    protocol.forget_cookies()
    protocol.http.set_cookie(SESSION_COOKIE, old, domain="localhost")
    assert protocol.answer(client, prompt="none")["error"] == "login_required"


def test_a_code_of_the_login_that_ended_is_dead(protocol, client):
    hint = protocol.tokens(client)["id_token"]
    code = protocol.code(client)
    get(protocol, "/oidc/logout", id_token_hint=hint, post_logout_redirect_uri=LOGGED_OUT)
    assert_error(protocol.redeem(client, code), "invalid_grant")


def test_offline_access_outlives_the_login_and_nothing_else_does(protocol, client):
    tokens = protocol.tokens(client)
    get(protocol, "/oidc/logout", id_token_hint=tokens["id_token"], post_logout_redirect_uri=LOGGED_OUT)
    assert protocol.userinfo(tokens["access_token"]).status_code == 401
    again = protocol.refresh(client, tokens["refresh_token"])
    assert again.status_code == 200
    assert protocol.userinfo(again.get_json()["access_token"]).status_code == 200


@pytest.mark.parametrize("state", ["a b&c=d", "é", "<script>", "x" * 4000])
def test_the_state_comes_back_as_it_was(protocol, client, state):
    hint = protocol.tokens(client)["id_token"]
    sent = {"id_token_hint": hint, "post_logout_redirect_uri": LOGGED_OUT, "state": state}
    assert parameters_of(get(protocol, "/oidc/logout", **sent).headers["Location"]) == {"state": state}


def test_a_hint_about_an_older_login_of_the_same_user_asks(protocol, client):
    hint = protocol.tokens(client)["id_token"]
    with later(60):
        protocol.sign_in()
    assert_page(get(protocol, "/oidc/logout", id_token_hint=hint, post_logout_redirect_uri=LOGGED_OUT), 200)
    assert is_signed_in(protocol, client)


@pytest.mark.parametrize("raw", ["client_id=%ff", "id_token_hint=\xff", "state=%ed%a0%80", "a=%00", "client_id=%00"])
@pytest.mark.parametrize("path", ["/oidc/logout", "/v2/logout"])
def test_bytes_that_are_no_text_do_no_harm(protocol, client, path, raw):
    response = protocol.http.open(path, base_url=ISSUER, environ_overrides={"QUERY_STRING": raw})
    assert response.status_code in {200, 400}


@pytest.mark.parametrize("path", ["/oidc/logout", "/v2/logout"])
def test_a_link_that_does_not_work_says_who_is_signed_in(protocol, client, path):
    wrong = {"returnTo": "https://evil.example/", "post_logout_redirect_uri": "https://evil.example/"}
    page = get(protocol, path, client_id=client.id, **wrong).get_data(as_text=True)
    assert "still signed in here" in page
    assert 'href="/oidc/logout"' in page
    protocol.forget_cookies()
    page = get(protocol, path, client_id=client.id, **wrong).get_data(as_text=True)
    assert "not signed in here" in page
    assert 'href="/oidc/logout"' not in page
