"""OpenID Connect Core §3.1.2: what an app may ask of the login."""

import pytest

from idp.domain.consents.remembering import remember_consent
from idp.infra.db import unit_of_work
from tests.support.factories import CALLBACK, EMAIL, make_client, make_user
from tests.support.protocol import ISSUER, PAIR, SCOPE, claims_of, later, make_person, sign_in_by_form

SPEC = "OIDC Core 1.0"


@pytest.fixture
def client(app):
    return make_client(app)


def page_of(response):
    """The page of ours that the browser is sent to."""
    assert response.status_code == 303
    return response.headers["Location"].partition("?")[0]


@pytest.mark.spec(SPEC, "3.1.2.1", "prompt=none answers at once where nothing has to be shown")
def test_silence_is_possible_with_a_login(protocol, client):
    protocol.sign_in()
    assert "code" in protocol.answer(client, prompt="none")


@pytest.mark.spec(SPEC, "3.1.2.6", "login_required")
def test_silence_without_a_login_is_login_required(protocol, client):
    assert protocol.answer(client, prompt="none")["error"] == "login_required"


@pytest.mark.spec(SPEC, "3.1.2.6", "consent_required")
def test_silence_without_a_consent_is_consent_required(app, protocol):
    protocol.sign_in()
    client = make_client(app, is_third_party=True)
    assert protocol.answer(client, prompt="none")["error"] == "consent_required"


@pytest.mark.spec(SPEC, "3.1.2.4", "consent is remembered, and asked for what is new")
def test_a_remembered_consent_is_not_asked_again(app, protocol):
    protocol.sign_in()
    client = make_client(app, is_third_party=True)
    with app.app_context(), unit_of_work():
        remember_consent(protocol.user_id, client.id, None, SCOPE.split())
    assert "code" in protocol.answer(client, prompt="none")
    assert "code" in protocol.answer(client, prompt="none", scope="openid")
    assert protocol.answer(client, prompt="none", scope="openid phone")["error"] == "consent_required"


@pytest.mark.spec(SPEC, "3.1.2.1", "prompt=none alone")
@pytest.mark.parametrize("prompt", ["none login", "consent none", "bogus", "login bogus", "NONE", "é"])
def test_a_prompt_that_makes_no_sense_is_refused(protocol, client, prompt):
    assert protocol.answer(client, prompt=prompt)["error"] == "invalid_request"


@pytest.mark.spec(SPEC, "3.1.2.1", "prompt=login, select_account and consent are shown")
@pytest.mark.parametrize(
    ("prompt", "page"),
    [
        ("login", "/u/login"),
        ("select_account", "/u/select-account"),
        ("select_account login", "/u/select-account"),
        ("consent", "/u/consent"),
        ("login consent", "/u/login"),
    ],
)
def test_a_prompt_is_shown_in_spite_of_a_login(protocol, client, prompt, page):
    protocol.sign_in()
    assert page_of(protocol.authorize(client, prompt=prompt)) == page


@pytest.mark.spec("Initiating User Registration 1.0", "4.1", "prompt=create")
@pytest.mark.parametrize("asked", [{"prompt": "create"}, {"screen_hint": "signup"}], ids=repr)
def test_the_sign_up_page_can_be_asked_for(protocol, client, asked):
    assert page_of(protocol.authorize(client, **asked)) == "/u/signup"


@pytest.mark.spec(SPEC, "3.1.2.1", "max_age")
@pytest.mark.parametrize(("age", "max_age", "answered"), [(50, "60", True), (61, "60", False), (0, "0", False)])
def test_a_login_older_than_max_age_does_not_do(protocol, client, age, max_age, answered):
    protocol.sign_in()
    with later(age):
        answer = protocol.answer(client, prompt="none", max_age=max_age)
    assert ("code" in answer) == answered
    assert answered or answer["error"] == "login_required"


@pytest.mark.spec(SPEC, "3.1.2.1", "max_age is a number")
@pytest.mark.parametrize("max_age", ["-1", "abc", "1.5", "1e3", str(2**63), "٣", " 1", "0x10"])
def test_a_max_age_that_is_no_number_is_refused(protocol, client, max_age):
    assert protocol.answer(client, max_age=max_age)["error"] == "invalid_request"


@pytest.mark.spec(SPEC, "3.1.2.1", "after prompt=login the auth_time is new")
@pytest.mark.parametrize("asked", [{"prompt": "login"}, {"max_age": "0"}], ids=repr)
def test_a_forced_login_gives_a_new_auth_time(app, protocol, client, browser, asked):
    make_user(app)
    request = {
        "client_id": client.id,
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "openid",
        "code_challenge": PAIR.challenge,
        "code_challenge_method": "S256",
    }
    browser.get("/authorize", **request)
    sign_in_by_form(browser)
    first = claims_of(protocol.redeem(client, browser.answer["code"]).get_json()["id_token"])
    with later(100):
        browser.get("/authorize", **request, **asked)
        assert browser.page.status_code == 200
        sign_in_by_form(browser)
        second = claims_of(protocol.redeem(client, browser.answer["code"]).get_json()["id_token"])
    assert second["auth_time"] >= first["auth_time"] + 99
    # The same person goes on in the same login: the other apps keep theirs.
    assert second["sid"] == first["sid"]


@pytest.mark.spec(SPEC, "3.1.2.1", "id_token_hint: the answer is about that user or none")
def test_a_hint_of_the_user_who_is_signed_in_is_fine(protocol, client):
    hint = protocol.tokens(client)["id_token"]
    assert "code" in protocol.answer(client, prompt="none", id_token_hint=hint)
    with later(7200):
        assert "code" in protocol.answer(client, prompt="none", id_token_hint=hint)


@pytest.mark.spec(SPEC, "3.1.2.2", "another user than the hint names is never answered with")
def test_a_hint_of_another_user_is_login_required(app, protocol, client):
    hint = protocol.tokens(client)["id_token"]
    protocol.sign_in(make_person(app, "grace@example.com"))
    assert protocol.answer(client, prompt="none", id_token_hint=hint)["error"] == "login_required"


@pytest.mark.spec(SPEC, "3.1.2.1", "login_hint is written into the form")
def test_a_login_hint_stands_in_the_form(protocol, client, browser):
    browser.page = protocol.http.get(protocol.authorize(client, login_hint=EMAIL).headers["Location"], base_url=ISSUER)
    assert browser.forms[0].fields["username"] == EMAIL


@pytest.mark.spec(SPEC, "3.1.2.1", "display, ui_locales, claims_locales and acr_values cause no error")
def test_parameters_that_only_suggest_cause_no_error(protocol, client):
    protocol.sign_in()
    suggestions = {"display": "popup", "ui_locales": "fr-CA xx ../../x", "claims_locales": "de", "acr_values": "mfa"}
    assert "code" in protocol.answer(client, **suggestions)


@pytest.mark.spec(SPEC, "5.5", "claims may be unsupported, but not malformed")
@pytest.mark.parametrize("claims", ["[]", "x", "{", '{"a":' * 3000, "null"], ids=["list", "x", "open", "deep", "null"])
def test_a_malformed_claims_parameter_is_refused(protocol, client, claims):
    protocol.sign_in()
    assert protocol.answer(client, claims=claims)["error"] == "invalid_request"
    assert "code" in protocol.answer(client, claims='{"userinfo":{"name":{"essential":true}}}')


@pytest.mark.spec(SPEC, "3.1.2.6", "what is not supported, or not good, is refused by an error of its own")
@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("request", "eyJhbGciOiJub25lIn0.e30.", "request_not_supported"),
        ("request", "x", "invalid_request_object"),
        ("request_uri", "http://127.0.0.1:1/", "invalid_request_uri"),
        ("registration", "{}", "registration_not_supported"),
    ],
)
def test_a_request_object_is_refused_by_its_own_error(protocol, client, name, value, error):
    answer = protocol.answer(client, **{name: value})
    assert (answer["error"], "code" in answer) == (error, False)


@pytest.mark.spec(SPEC, "3.1.2.1", "without openid it is plain OAuth: no ID token")
def test_without_openid_there_is_no_id_token(protocol, client):
    tokens = protocol.tokens(client, scope="profile offline_access")
    assert "id_token" not in tokens
    assert "refresh_token" in tokens


@pytest.mark.spec(SPEC, "11", "no refresh token without offline_access")
def test_without_offline_access_there_is_no_refresh_token(app, protocol, client):
    assert "refresh_token" not in protocol.tokens(client, scope="openid")
    stays_online = make_client(app, changes={"grant_types": ["authorization_code"]})
    tokens = protocol.tokens(stays_online)
    assert "refresh_token" not in tokens
    assert "offline_access" not in tokens["scope"]


@pytest.mark.spec(SPEC, "3.1.2.1", "nonce is passed through unmodified")
@pytest.mark.parametrize("nonce", ["n-0S6_WzA2Mj", 'é"\\ &+%', "x" * 500])
def test_the_nonce_comes_back_as_it_was(protocol, client, nonce):
    assert claims_of(protocol.tokens(client, nonce=nonce)["id_token"])["nonce"] == nonce
