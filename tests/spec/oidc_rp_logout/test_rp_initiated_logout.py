"""OpenID Connect RP-Initiated Logout 1.0: an app ends the login."""

import base64
import json

import pytest
from joserfc import jwt as joserfc_jwt
from joserfc.jwk import RSAKey

from tests.support.factories import LOGGED_OUT, make_client
from tests.support.protocol import ISSUER, assert_page, claims_of, form_of, later, make_person, parameters_of

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


# Certification: hints that were tampered with, and requests that lack this or that


def unsigned(token):
    header = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT"}).encode()).rstrip(b"=").decode()
    return f"{header}.{token.split('.')[1]}."


def signed_by_the_app(token, **changes):
    return joserfc_jwt.encode(
        {"alg": "RS256", "typ": "JWT"}, {**claims_of(token), **changes}, RSAKey.generate_key(2048)
    )


FORGERIES = {
    "alg none": unsigned,
    "stripped": lambda token: token.rpartition(".")[0] + ".",
    "no signature": lambda token: token.rpartition(".")[0],
    "of another": lambda token: token.rpartition(".")[0] + "." + "A" * 342,
    "by the app": signed_by_the_app,
    "turned round": lambda token: signed_by_the_app(token, iss=claims_of(token)["aud"], aud=ISSUER),
    "not a token": lambda token: token[:1],
    "long": lambda token: token + "A" * 100_000,
}


@pytest.mark.spec(SPEC, "4", "a hint that we did not issue never leads back to the app")
@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
@pytest.mark.parametrize("named", [True, False], ids=["with client_id", "hint alone"])
def test_a_forged_hint_never_redirects(protocol, client, hint, forge, named):
    sent = {"id_token_hint": forge(hint), "post_logout_redirect_uri": LOGGED_OUT, "state": "s"}
    assert_page(log_out(protocol, **sent, **({"client_id": client.id} if named else {})))
    assert is_signed_in(protocol, client)


@pytest.mark.spec(SPEC, "4", "nor does it log out unasked")
@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
def test_a_forged_hint_alone_asks(protocol, client, hint, forge):
    assert_page(log_out(protocol, id_token_hint=forge(hint)), 200)
    assert is_signed_in(protocol, client)


@pytest.mark.spec(SPEC, "4", "a forged hint does not lead back after the user's answer either")
def test_an_answer_does_not_make_a_forged_hint_good(protocol, client, hint):
    protocol.sign_in()
    fields = form_of(log_out(protocol, client_id=client.id, post_logout_redirect_uri=LOGGED_OUT))
    data = {**fields, "id_token_hint": unsigned(hint), "decision": "logout"}
    assert_page(protocol.http.post("/oidc/logout", base_url=ISSUER, data=data))
    assert is_signed_in(protocol, client)


@pytest.mark.spec(SPEC, "2", "nothing is required; without a place to go to the user is told")
@pytest.mark.parametrize("sent", [{}, {"state": "s" * 128}], ids=["no parameters", "state alone"])
def test_without_a_place_to_go_to_the_browser_stays(protocol, client, sent):
    protocol.sign_in()
    asking = log_out(protocol, **sent)
    assert_page(asking, 200)
    assert is_signed_in(protocol, client)
    done = log_out(protocol, "POST", **form_of(asking), decision="logout")
    assert_page(done, 200)
    assert "You are signed out" in done.text
    assert "s" * 128 not in done.text
    assert not is_signed_in(protocol, client)
    assert_page(log_out(protocol, **sent), 200)


@pytest.mark.spec(SPEC, "2", "a hint without a place to go to logs out at once")
def test_a_hint_alone_logs_out(protocol, client, hint):
    done = log_out(protocol, id_token_hint=hint)
    assert_page(done, 200)
    assert not is_signed_in(protocol, client)


@pytest.mark.spec(SPEC, "2", "a pairwise subject is as good")
def test_a_pairwise_app_logs_out_at_once(app, protocol):
    client = make_client(app, changes={"registration": {"subject_type": "pairwise"}})
    hint = protocol.tokens(client)["id_token"]
    assert claims_of(hint)["sub"] != protocol.user_id
    assert log_out(protocol, id_token_hint=hint, post_logout_redirect_uri=LOGGED_OUT).headers["Location"] == LOGGED_OUT
    assert not is_signed_in(protocol, client)


@pytest.mark.spec(SPEC, "2", "logout_hint proves nothing")
def test_a_logout_hint_does_not_stand_for_the_users_answer(protocol, client):
    sid = protocol.sign_in()
    assert_page(log_out(protocol, client_id=client.id, logout_hint=sid, post_logout_redirect_uri=LOGGED_OUT), 200)
    assert is_signed_in(protocol, client)


@pytest.mark.spec(SPEC, "2", "a form of another site: our cookie comes with the request that follows")
def test_a_posted_request_is_done_by_the_get_that_follows(protocol, client, hint):
    sent = {"id_token_hint": hint, "post_logout_redirect_uri": LOGGED_OUT}
    cross_site = protocol.app.test_client().post("/oidc/logout", base_url=ISSUER, data=sent)
    assert cross_site.status_code == 303
    assert not any("idp_session" in each for each in cross_site.headers.getlist("Set-Cookie"))
    assert is_signed_in(protocol, client)
    assert protocol.http.get(cross_site.headers["Location"], base_url=ISSUER).headers["Location"] == LOGGED_OUT
    assert not is_signed_in(protocol, client)


@pytest.mark.spec(SPEC, "6", "a picture on another page ends nothing")
@pytest.mark.parametrize("path", ["/oidc/logout", "/v2/logout"])
def test_a_picture_on_another_site_ends_nothing(protocol, client, path):
    protocol.sign_in()
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "image"}
    picture = protocol.app.test_client().get(path, base_url=ISSUER, headers=headers)
    assert not picture.headers.getlist("Set-Cookie")
    assert is_signed_in(protocol, client)
