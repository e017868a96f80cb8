"""RFC 9470: an API asks for a login that is stronger, or fresher, and the app gets it one."""

import re

import pytest

from idp.domain.tenant.login_policy import change_login_policy
from idp.infra import clock
from idp.infra.db import unit_of_work
from idp.infra.jobs import list_kept
from tests.support.browser import Browser
from tests.support.factories import AUDIENCE, CALLBACK, EMAIL, PASSWORD, give_access, make_api, make_client, make_user
from tests.support.protocol import PAIR, claims_of, later

RFC = "RFC 9470"
SECOND = ("passkey", "totp", "recovery_code")


@pytest.fixture
def client(app):
    make_user(app)
    make_api(app)
    with app.app_context(), unit_of_work():
        change_login_policy(second=(*SECOND, "email_code"))
    yield make_client(app)
    with app.app_context(), unit_of_work():
        change_login_policy(second=SECOND)


def api(protocol, token, acr=None, max_age=None):
    """What the API answers to a token: None if it serves, else its challenge (§3), with what it wants."""
    claims = protocol.verify(token)
    assert AUDIENCE in claims["aud"]
    wanted = {}
    if acr is not None and claims.get("acr") != acr:
        wanted["acr_values"] = acr
    if max_age is not None and clock.now() - claims["auth_time"] > max_age:
        wanted["max_age"] = str(max_age)
    if not wanted:
        return None
    asked = "".join(f', {name}="{value}"' for name, value in wanted.items())
    return f'Bearer error="insufficient_user_authentication"{asked}'


def what_is_asked(challenge):
    """What the app reads in the challenge and asks at /authorize (§4)."""
    assert 'error="insufficient_user_authentication"' in challenge
    return dict(re.findall(r'(acr_values|max_age)="([^"]+)"', challenge))


def authorize(browser, client, **more):
    browser.get(
        "/authorize",
        client_id=client.id,
        redirect_uri=CALLBACK,
        response_type="code",
        scope="openid offline_access read",
        audience=AUDIENCE,
        state="s",
        code_challenge=PAIR.challenge,
        code_challenge_method="S256",
        **more,
    )


def sign_in(browser):
    browser.submit("login-submit", username=EMAIL, password=PASSWORD)


def redeem(protocol, client, browser):
    return protocol.redeem(client, browser.answer["code"]).get_json()


def code_mailed(app):
    with app.app_context():
        return list_kept("mail")[0].payload["context"]["code"]


@pytest.mark.spec(RFC, "4", "a client asks for what the challenge names by acr_values")
@pytest.mark.spec(RFC, "6.1", "the access token says acr and auth_time")
def test_an_api_that_wants_two_factors_gets_them(app, protocol, client):
    browser = Browser(app)
    authorize(browser, client)
    sign_in(browser)
    first = redeem(protocol, client, browser)
    challenge = api(protocol, first["access_token"], acr="2")
    authorize(browser, client, **what_is_asked(challenge))
    assert browser.elsewhere is None
    browser.submit("code-submit", code=code_mailed(app))
    second = redeem(protocol, client, browser)
    assert api(protocol, second["access_token"], acr="2") is None
    before, after = claims_of(first["access_token"]), claims_of(second["access_token"])
    assert (before["acr"], after["acr"]) == ("1", "2")
    assert after["auth_time"] == before["auth_time"]


@pytest.mark.spec(RFC, "4", "a client asks for what the challenge names by max_age")
def test_an_api_that_wants_a_fresh_login_gets_it(app, protocol, client):
    browser = Browser(app)
    authorize(browser, client)
    sign_in(browser)
    tokens = redeem(protocol, client, browser)
    assert api(protocol, tokens["access_token"], max_age=60) is None
    with later(300):
        challenge = api(protocol, tokens["access_token"], max_age=60)
        authorize(browser, client, **what_is_asked(challenge))
        assert browser.elsewhere is None
        sign_in(browser)
        fresh = redeem(protocol, client, browser)
        assert api(protocol, fresh["access_token"], max_age=60) is None


@pytest.mark.spec(RFC, "6.1", "a refresh makes no login fresher or stronger")
def test_a_refresh_does_not_satisfy_the_api(app, protocol, client):
    browser = Browser(app)
    authorize(browser, client)
    sign_in(browser)
    tokens = redeem(protocol, client, browser)
    with later(300):
        again = protocol.refresh(client, tokens["refresh_token"]).get_json()
        assert api(protocol, again["access_token"], acr="2", max_age=60) is not None
        assert claims_of(again["access_token"])["auth_time"] == claims_of(tokens["access_token"])["auth_time"]


@pytest.mark.spec(RFC, "6.2", "introspection says acr and auth_time")
def test_introspection_tells_the_same(app, protocol, client):
    browser = Browser(app)
    authorize(browser, client)
    sign_in(browser)
    token = redeem(protocol, client, browser)["access_token"]
    told, claims = protocol.introspect(client, token).get_json(), claims_of(token)
    assert (told["acr"], told["auth_time"]) == (claims["acr"], claims["auth_time"])


@pytest.mark.spec(RFC, "7", "the metadata names the classes")
def test_the_metadata_names_the_classes(protocol):
    assert {"1", "2"} <= set(protocol.document("/.well-known/openid-configuration")["acr_values_supported"])


def test_a_machine_has_no_login(app, protocol):
    make_api(app)
    machine = make_client(app, "machine")
    give_access(app, machine)
    claims = claims_of(protocol.machine_token(machine, audience=AUDIENCE).get_json()["access_token"])
    assert not {"acr", "auth_time"} & set(claims)
