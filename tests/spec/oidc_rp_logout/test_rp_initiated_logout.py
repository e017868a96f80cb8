"""OpenID Connect RP-Initiated Logout 1.0: an app ends the login."""

import pytest

from tests.support.factories import LOGGED_OUT, make_client
from tests.support.protocol import ISSUER, assert_page, form_of, later, make_person, parameters_of

SPEC = "OIDC RP-Initiated Logout 1.0"


@pytest.fixture
def client(app):
    return make_client(app)


@pytest.fixture
def hint(protocol, client):
    return protocol.tokens(client)["id_token"]


def log_out(protocol, method="GET", **sent):
    if method == "POST":
        response = protocol.http.post("/oidc/logout", base_url=ISSUER, data=sent)
        onward = response.headers.get("Location", "")
        return protocol.http.get(onward, base_url=ISSUER) if onward.startswith("/") else response
    return protocol.http.get("/oidc/logout", base_url=ISSUER, query_string=sent)


def is_signed_in(protocol, client):
    return "code" in protocol.answer(client, prompt="none")


@pytest.mark.spec(SPEC, "2", "id_token_hint and a registered URI: logged out and sent back")
@pytest.mark.spec(SPEC, "3", "state comes back")
@pytest.mark.spec(SPEC, "2", "GET and POST")
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_app_with_a_hint_logs_out_at_once(protocol, client, hint, method):
    response = log_out(
        protocol, method, id_token_hint=hint, post_logout_redirect_uri=LOGGED_OUT, state="a b&c", client_id=client.id
    )
    assert response.status_code == 303
    assert response.headers["Location"].partition("?")[0] == LOGGED_OUT
    assert parameters_of(response.headers["Location"]) == {"state": "a b&c"}
    assert not is_signed_in(protocol, client)


@pytest.mark.spec(SPEC, "2", "state only if it was sent")
def test_without_a_state_the_uri_is_left_alone(protocol, hint):
    assert log_out(protocol, id_token_hint=hint, post_logout_redirect_uri=LOGGED_OUT).headers["Location"] == LOGGED_OUT


@pytest.mark.spec(SPEC, "2", "an expired id_token_hint is accepted")
def test_an_expired_hint_is_good(protocol, hint):
    with later(86400):
        assert log_out(protocol, id_token_hint=hint, post_logout_redirect_uri=LOGGED_OUT).status_code == 303


@pytest.mark.spec(SPEC, "2", "without a hint the user is asked")
@pytest.mark.parametrize("named", [True, False], ids=["client_id", "nothing"])
def test_without_a_hint_the_user_is_asked(protocol, client, named):
    protocol.sign_in()
    assert_page(log_out(protocol, **({"client_id": client.id} if named else {})), 200)
    assert is_signed_in(protocol, client)


@pytest.mark.spec(SPEC, "2", "a hint about another login is not enough")
def test_a_hint_about_another_login_asks(app, protocol, client, hint):
    protocol.sign_in(make_person(app, "grace@example.com"))
    assert_page(log_out(protocol, id_token_hint=hint, post_logout_redirect_uri=LOGGED_OUT), 200)
    assert is_signed_in(protocol, client)


@pytest.mark.spec(SPEC, "3", "only registered URIs are gone to")
@pytest.mark.parametrize(
    "uri",
    [LOGGED_OUT + "/", LOGGED_OUT + "?x", LOGGED_OUT + "#f", "https://evil.example/", "javascript:alert(1)", "//evil"],
)
def test_a_place_that_is_not_registered_is_not_gone_to(protocol, client, hint, uri):
    assert_page(log_out(protocol, id_token_hint=hint, post_logout_redirect_uri=uri))
    assert is_signed_in(protocol, client)


@pytest.mark.spec(SPEC, "3", "no redirect without knowing the client")
def test_a_place_to_return_to_needs_a_client(protocol):
    protocol.sign_in()
    assert_page(log_out(protocol, post_logout_redirect_uri=LOGGED_OUT))


@pytest.mark.spec(SPEC, "2", "client_id and id_token_hint have to agree")
def test_a_client_id_that_contradicts_the_hint_is_refused(app, protocol, hint):
    other = make_client(app)
    assert_page(log_out(protocol, id_token_hint=hint, client_id=other.id, post_logout_redirect_uri=LOGGED_OUT))


@pytest.mark.spec(SPEC, "2", "only ID tokens are hints")
def test_an_access_token_is_no_hint(protocol, client):
    token = protocol.tokens(client)["access_token"]
    assert_page(log_out(protocol, id_token_hint=token, post_logout_redirect_uri=LOGGED_OUT))
    assert is_signed_in(protocol, client)


@pytest.mark.spec(SPEC, "2", "the user's answer ends the login")
@pytest.mark.parametrize(("decision", "stays"), [("logout", False), ("stay", True)])
def test_the_user_decides(protocol, client, decision, stays):
    protocol.sign_in()
    page = log_out(protocol, client_id=client.id, post_logout_redirect_uri=LOGGED_OUT)
    response = log_out(protocol, "POST", **form_of(page), decision=decision)
    assert response.status_code == (200 if stays else 303)
    assert is_signed_in(protocol, client) == stays


@pytest.mark.spec(SPEC, "2", "logging out twice does no harm")
def test_who_is_signed_out_already_is_sent_back_all_the_same(protocol, hint):
    for _ in range(2):
        assert log_out(protocol, id_token_hint=hint, post_logout_redirect_uri=LOGGED_OUT).status_code == 303


@pytest.mark.spec(SPEC, "4", "the tokens of the login end with it")
def test_access_tokens_of_the_login_are_refused_by_us(protocol, client):
    tokens = protocol.tokens(client)
    log_out(protocol, id_token_hint=tokens["id_token"])
    assert protocol.userinfo(tokens["access_token"]).status_code == 401
    assert not protocol.is_active(client, tokens["access_token"])
