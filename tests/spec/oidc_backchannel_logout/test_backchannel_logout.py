"""OpenID Connect Back-Channel Logout 1.0: however a login ends, its apps hear of it, and nobody waits for them."""

import pytest

from idp.domain.clients.queries import find_client_now
from idp.domain.keys import rotation
from idp.domain.lifecycle.clients import delete_client
from idp.domain.lifecycle.sweeping import sweep_all
from idp.domain.lifecycle.users import block_user, end_everything
from idp.domain.sessions.browser_sessions import end_session
from idp.domain.tenant import settings as tenant_settings
from idp.domain.tenant.config_version import cache
from idp.domain.tokens.logout_tokens import mint_logout_token
from idp.domain.users.queries import get_user
from idp.infra import jobs
from idp.infra.db import db, unit_of_work
from tests.support.browser import Browser
from tests.support.factories import CALLBACK, EMAIL, LOGGED_OUT, make_client, make_user
from tests.support.protocol import ISSUER, claims_of, header_of, later, sign_in_by_form

SPEC = "OIDC Back-Channel Logout 1.0"
EVENT = "http://schemas.openid.net/event/backchannel-logout"
pytestmark = pytest.mark.usefixtures("private_hosts")


@pytest.fixture
def make_app(app, receiver):
    """Register an app that wants to know; its requests arrive at /told, or at the path given."""

    def make(path="/told", **registration):
        changes = {"registration": {"backchannel_logout_uri": receiver.url(path), **registration}}
        alg = changes["registration"].pop("id_token_alg", None)
        return make_client(app, changes=changes | ({"id_token_alg": alg} if alg else {}))

    return make


@pytest.fixture
def client(make_app):
    return make_app()


def log_out(protocol, tokens):
    return protocol.http.get("/oidc/logout", base_url=ISSUER, query_string={"id_token_hint": tokens["id_token"]})


@pytest.mark.spec(SPEC, "2.5", "the logout token is sent in a form, by POST")
@pytest.mark.spec(SPEC, "2.4", "iss, aud, iat, exp, jti, events; sub and sid; no nonce")
@pytest.mark.spec(SPEC, "2.4", "typ is logout+jwt, and it is signed as ID tokens are")
def test_an_app_is_sent_a_logout_token(protocol, client, receiver, tell_apps):
    tokens = protocol.tokens(client)
    assert log_out(protocol, tokens).status_code == 200
    assert receiver.requests == []  # the user has been answered already
    assert tell_apps() == 1
    (told,) = receiver.requests
    assert (told.method, told.path) == ("POST", "/told")
    assert told.headers["content-type"] == "application/x-www-form-urlencoded"
    assert "cookie" not in told.headers
    assert set(told.form) == {"logout_token"}
    token = told.form["logout_token"]
    assert (header_of(token)["typ"], header_of(token)["alg"]) == ("logout+jwt", "RS256")
    claims = protocol.verify(token)
    assert set(claims) == {"iss", "aud", "iat", "exp", "jti", "events", "sub", "sid"}
    assert (claims["iss"], claims["aud"], claims["events"]) == (ISSUER, client.id, {EVENT: {}})
    identity = claims_of(tokens["id_token"])
    assert (claims["sub"], claims["sid"]) == (identity["sub"], identity["sid"])
    assert 0 < claims["exp"] - claims["iat"] <= 120


@pytest.mark.spec(SPEC, "2.4", "sub is what the app knows the user by")
def test_a_pairwise_app_is_told_of_its_own_subject(protocol, make_app, receiver, tell_apps):
    tokens = protocol.tokens(make_app(subject_type="pairwise"))
    log_out(protocol, tokens)
    tell_apps()
    claims = claims_of(receiver.requests[0].form["logout_token"])
    assert claims["sub"] == claims_of(tokens["id_token"])["sub"] != protocol.user_id


@pytest.mark.spec(SPEC, "2.4", "the algorithm is that of the app's ID tokens")
def test_the_token_is_signed_as_the_app_is_registered(app, protocol, make_app, receiver, tell_apps):
    with app.app_context(), unit_of_work():
        rotation.ensure("ES256")
    cache.clear()
    log_out(protocol, protocol.tokens(make_app(id_token_alg="ES256")))
    tell_apps()
    token = receiver.requests[0].form["logout_token"]
    assert header_of(token)["alg"] == "ES256"
    assert protocol.verify(token)["events"] == {EVENT: {}}


@pytest.mark.spec(SPEC, "2.3", "every app of the login is told, once, and no other")
def test_the_apps_of_the_login_are_told_and_no_others(protocol, make_app, receiver, tell_apps):
    app = protocol.app
    first, second, other = make_app("/first"), make_app("/second"), make_app("/other")
    tokens = protocol.tokens(first)
    protocol.tokens(first)
    protocol.answer(second)
    protocol.tokens(make_client(app))
    protocol.forget_cookies()
    protocol.sign_in()
    protocol.tokens(other)
    sid = claims_of(tokens["id_token"])["sid"]
    with app.app_context(), unit_of_work():
        assert end_session(sid, by="a test")
        assert not end_session(sid, by="a test")
    assert tell_apps() == 2
    assert sorted(each.path for each in receiver.requests) == ["/first", "/second"]


# Every way in which a login ends


def by_the_user_in_auth0s_way(protocol, app, client):
    protocol.http.get("/v2/logout", base_url=ISSUER, query_string={"client_id": client.id, "returnTo": LOGGED_OUT})


def by_an_operator_who_blocks_the_user(protocol, app, client):
    with app.app_context(), unit_of_work():
        block_user(get_user(protocol.user_id))


def by_an_operator_who_sets_a_password(protocol, app, client):
    with app.app_context(), unit_of_work():
        end_everything(get_user(protocol.user_id), "the password was set by an operator")


def by_the_user_in_the_account_chooser(protocol, app, client):
    browser = Browser(app)
    browser.client = protocol.http
    browser.get("/authorize", **asked(client), prompt="select_account")
    form = browser.forms[0]
    browser.post(form.action, {**form.fields, "remove": protocol.sid})


def by_a_login_that_was_not_used(protocol, app, client):
    idle = tenant_settings.current().session_idle_lifetime
    sweep_after(app, f"UPDATE sessions SET last_seen_at = last_seen_at - {idle}")


def by_a_login_that_is_too_old(protocol, app, client):
    lifetime = tenant_settings.current().session_lifetime
    sweep_after(app, f"UPDATE sessions SET expires_at = expires_at - {lifetime}")


def sweep_after(app, change):
    with app.app_context(), unit_of_work():
        db.session.execute(db.text(change))
    with app.app_context():
        sweep_all()


def asked(client):
    return {
        "client_id": client.id,
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "openid",
        "code_challenge": "a" * 43,
        "code_challenge_method": "S256",
    }


@pytest.mark.spec(SPEC, "2.7", "however a login ends, its apps are told")
@pytest.mark.parametrize(
    "end",
    [
        by_the_user_in_auth0s_way,
        by_an_operator_who_blocks_the_user,
        by_an_operator_who_sets_a_password,
        by_the_user_in_the_account_chooser,
        by_a_login_that_was_not_used,
        by_a_login_that_is_too_old,
    ],
    ids=lambda each: each.__name__,
)
def test_however_a_login_ends_the_app_is_told(protocol, client, receiver, tell_apps, end):
    tokens = protocol.tokens(client)
    end(protocol, protocol.app, client)
    assert tell_apps() == 1
    assert claims_of(receiver.requests[0].form["logout_token"])["sid"] == claims_of(tokens["id_token"])["sid"]
    with protocol.app.app_context():
        sweep_all()
    assert tell_apps() == 0


@pytest.mark.spec(SPEC, "2.7", "a password chosen anew, with every login ended")
def test_a_new_password_that_ends_every_login_tells_the_apps(protocol, client, receiver, tell_apps):
    app = protocol.app
    protocol.sign_in(make_user(app))
    protocol.tokens(client)
    browser = Browser(app)
    browser.get("/u/reset-password")
    browser.post("/u/reset-password", {**browser.forms[0].fields, "email": EMAIL})
    with app.app_context():
        (mail,) = jobs.list_kept("mail")
        link = mail.payload["context"]["url"]
    browser.get(link)
    browser.submit("reset-submit", password="purple elephants dance slowly", sign_out_everywhere="yes")
    with app.app_context(), unit_of_work():
        db.session.execute(db.text("DELETE FROM outbox WHERE kind = 'mail'"))
    assert tell_apps() == 1
    assert len(receiver.requests) == 1


@pytest.mark.spec(SPEC, "2.7", "the same person who signs in again stays signed in to the others")
def test_a_fresh_login_of_the_same_person_tells_nobody(app, protocol, client, tell_apps):
    protocol.sign_in(make_user(app))
    tokens = protocol.tokens(client)
    browser = Browser(app)
    browser.client = protocol.http
    browser.get("/authorize", **asked(client), prompt="login")
    sign_in_by_form(browser)
    assert "code" in browser.answer
    assert tell_apps() == 0
    assert protocol.is_active(client, tokens["access_token"])
    # but the cookie from before is worth nothing
    stale = app.test_client()
    stale.set_cookie("idp_session", protocol.cookie, domain="localhost")
    answer = stale.get("/authorize", base_url=ISSUER, query_string={**asked(client), "prompt": "none"})
    assert "error=login_required" in answer.headers["Location"]


# What apps answer


@pytest.mark.spec(SPEC, "2.8", "an app that cannot take it now is asked again")
@pytest.mark.parametrize("status", [500, 503, 429, 408])
def test_an_app_that_is_down_is_told_later_with_a_fresh_token(protocol, client, receiver, tell_apps, status):
    receiver.answers = [status, status]
    log_out(protocol, protocol.tokens(client))
    assert tell_apps() == 1
    assert tell_apps.jobs() == [("waiting", 1, f"NotToldError: the app answered {status}")]
    for number in (1, 2):
        with later(3600 * number):
            tell_apps()
    assert tell_apps.states() == ["done"]
    tokens = [claims_of(each.form["logout_token"]) for each in receiver.requests]
    assert len({claims["jti"] for claims in tokens}) == 3
    assert tokens[2]["iat"] >= tokens[0]["iat"] + 7199


@pytest.mark.spec(SPEC, "2.8", "an app that refuses is left alone")
@pytest.mark.parametrize("status", [400, 401, 404])
def test_a_refusal_is_final(protocol, client, receiver, tell_apps, status):
    receiver.answers = [status]
    log_out(protocol, protocol.tokens(client))
    tell_apps()
    assert tell_apps.states() == ["dead"]
    assert len(receiver.requests) == 1


@pytest.mark.spec(SPEC, "2.5", "a redirect is not followed")
def test_a_redirect_is_not_followed(protocol, client, receiver, tell_apps):
    receiver.answers = [(307, {"Location": receiver.url("/inward")})]
    log_out(protocol, protocol.tokens(client))
    tell_apps()
    assert [each.path for each in receiver.requests] == ["/told"]
    assert tell_apps.states() == ["dead"]


def test_an_app_that_is_never_there_is_given_up_on(protocol, client, receiver, tell_apps):
    receiver.answers = [500] * 50
    log_out(protocol, protocol.tokens(client))
    for number in range(jobs.MAXIMUM_ATTEMPTS + 1):
        with later(3600 * number):
            tell_apps()
    assert len(receiver.requests) == jobs.MAXIMUM_ATTEMPTS
    assert tell_apps.states() == ["dead"]


def test_a_private_address_is_not_reached_unless_the_operator_allows_it(app, protocol, client, receiver, tell_apps):
    tenant_settings.use(app.config["IDP"])
    log_out(protocol, protocol.tokens(client))
    tell_apps()
    assert receiver.requests == []
    assert tell_apps.jobs() == [("waiting", 1, "FetchError: only https is fetched")]


def test_an_app_that_is_gone_is_not_told(app, protocol, client, receiver, tell_apps):
    log_out(protocol, protocol.tokens(client))
    with app.app_context(), unit_of_work():
        delete_client(client.id)
    tell_apps()
    assert receiver.requests == []
    assert tell_apps.states() == ["done"]


@pytest.mark.spec(SPEC, "2.6", "a logout token passes for no other token")
def test_a_logout_token_opens_nothing(app, protocol, client):
    protocol.sign_in()
    with app.app_context():
        token = mint_logout_token(find_client_now(client.id), protocol.user_id, protocol.sid)
    assert protocol.userinfo(token).status_code == 401
    assert not protocol.is_active(client, token)
    asked_to_return = {"id_token_hint": token, "post_logout_redirect_uri": LOGGED_OUT}
    assert protocol.http.get("/oidc/logout", base_url=ISSUER, query_string=asked_to_return).status_code == 400
