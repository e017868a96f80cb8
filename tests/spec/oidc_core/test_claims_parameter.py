"""OIDC Core §5.5: single claims asked for by name, for /userinfo and for the ID token; some with a value."""

import json

import pytest

from tests.support.factories import make_client, make_user
from tests.support.protocol import claims_of, later, make_person, sign_in_by_form

SPEC = "OIDC Core 1.0"
MOST = 100


@pytest.fixture
def client(app):
    """An app whose ID tokens say no more than they have to."""
    return make_client(app, changes={"has_profile_in_id_token": False, "response_types": ["code", "id_token token"]})


def asking(userinfo=None, id_token=None):
    return json.dumps({"userinfo": userinfo, "id_token": id_token})


def known(protocol, tokens):
    """What the app gets to know at either place, beside what is always there."""
    return set(protocol.userinfo(tokens["access_token"]).get_json()), set(claims_of(tokens["id_token"]))


@pytest.mark.spec(SPEC, "5.5", "what is asked for in userinfo is in userinfo alone, and the other way round")
@pytest.mark.parametrize("how", [None, {"essential": True}, {"essential": False}, {"value": "x"}, {"values": ["x"]}])
def test_a_claim_is_where_it_was_asked_for(protocol, client, how):
    claims = asking({"name": how}, {"email": how})
    userinfo, id_token = known(protocol, protocol.tokens(client, scope="openid", claims=claims))
    assert ("name" in userinfo, "name" in id_token) == (True, False)
    assert ("email" in userinfo, "email" in id_token) == (False, True)


@pytest.mark.spec(SPEC, "5.5", "nothing else is said than was asked for")
def test_nothing_else_is_said(protocol, client):
    plain = known(protocol, protocol.tokens(client, scope="openid"))
    asked = known(protocol, protocol.tokens(client, scope="openid", claims=asking({"phone_number": None})))
    assert plain[0] == {"sub"}
    assert (asked[0], asked[1]) == ({"sub", "phone_number"}, plain[1])


@pytest.mark.spec(SPEC, "5.5", "claims asked for by scope stay")
def test_claims_come_beside_those_of_the_scopes(protocol, client):
    tokens = protocol.tokens(client, scope="openid email", claims=asking({"name": None}))
    assert set(protocol.userinfo(tokens["access_token"]).get_json()) == {"sub", "email", "email_verified", "name"}


@pytest.mark.spec(SPEC, "5.5.1", "an essential claim that is not known, or not at all a claim, is no error")
@pytest.mark.parametrize("name", ["birthdate", "ssn", "password", "is_admin", "id", "", "iss", "claims", "é", "$ne"])
def test_what_is_not_known_is_left_out(protocol, client, name):
    how = {name: {"essential": True}}
    tokens = protocol.tokens(client, scope="openid", claims=asking(how, how))
    assert set(protocol.userinfo(tokens["access_token"]).get_json()) == {"sub"}
    claims = claims_of(tokens["id_token"])
    assert (claims["aud"], claims["iss"]) == (client.id, "http://localhost:8000/")
    assert name in {"", "iss"} or name not in claims


@pytest.mark.spec(SPEC, "5.5", "an app that may not have a scope does not get its claims by naming them")
def test_the_scopes_of_the_app_hold_for_single_claims_too(app, protocol):
    narrow = make_client(app, changes={"has_profile_in_id_token": False, "scopes": ["openid", "email"]})
    how = {"email": {"essential": True}, "name": {"essential": True}, "phone_number": None}
    userinfo, id_token = known(protocol, protocol.tokens(narrow, scope="openid profile", claims=asking(how, how)))
    assert userinfo == {"sub", "email"}
    assert "email" in id_token
    assert id_token.isdisjoint({"name", "phone_number"})


@pytest.mark.parametrize("how", [{"value": "auth0|admin"}, {"essential": True, "value": "https://evil.example/"}])
@pytest.mark.parametrize("name", ["aud", "iss", "auth_time", "nonce", "email", "sid", "amr"])
def test_no_value_can_be_dictated(protocol, client, name, how):
    plain = claims_of(protocol.tokens(client)["id_token"])
    asked = claims_of(protocol.tokens(client, claims=asking(None, {name: how}))["id_token"])
    assert asked[name] == (plain[name] if name != "email" else "ada@example.com")


@pytest.mark.spec(SPEC, "12.2", "a refreshed ID token and userinfo say the same as before")
def test_what_was_asked_for_is_remembered(protocol, client):
    claims = asking({"name": None}, {"phone_number": None})
    before = protocol.tokens(client, scope="openid offline_access", claims=claims)
    with later(300):
        after = protocol.refresh(client, before["refresh_token"]).get_json()
        assert protocol.userinfo(after["access_token"]).get_json()["name"] == "Ada Lovelace"
        assert claims_of(after["id_token"])["phone_number"] == "+441234"
        # and what somebody asks for at the token endpoint is no request for claims
        more = protocol.refresh(client, after["refresh_token"], claims=asking({"email": None})).get_json()
        assert set(protocol.userinfo(more["access_token"]).get_json()) == {"sub", "name"}


@pytest.mark.spec(SPEC, "5.5", "also where the browser carries the tokens")
def test_a_claim_is_in_the_tokens_of_the_browser(protocol, client):
    protocol.sign_in()
    claims = asking({"name": None}, {"email": None})
    answer = protocol.answer(client, response_type="id_token token", scope="openid", claims=claims)
    assert claims_of(answer["id_token"])["email"] == "ada@example.com"
    assert "name" not in claims_of(answer["id_token"])
    assert protocol.userinfo(answer["access_token"]).get_json()["name"] == "Ada Lovelace"


# A value of sub


def of_subject(value):
    return asking(None, {"sub": {"value": value}})


@pytest.mark.spec(SPEC, "5.5.1", "sub with a value: never an answer about somebody else")
def test_only_the_subject_asked_for_is_answered_about(app, protocol, client):
    protocol.sign_in()
    assert "code" in protocol.answer(client, prompt="none", claims=of_subject(protocol.user_id))
    ada = protocol.user_id
    protocol.sign_in(make_person(app, "grace@example.com"))
    for value in (ada, "auth0|nobody", "", 5, ["auth0|nobody"], {"a": 1}):
        answer = protocol.answer(client, prompt="none", claims=of_subject(value))
        assert (answer["error"], "code" in answer) == ("login_required", False)


@pytest.mark.spec(SPEC, "5.5.1", "sub with a value: also after a login by somebody else")
def test_another_who_signs_in_is_not_answered_about(app, client, browser):
    ada = make_user(app)
    make_user(app, "grace@example.com")
    request = {"client_id": client.id, "redirect_uri": "https://app.example.com/callback", "response_type": "code"}
    request |= {"scope": "openid", "claims": of_subject(ada), "code_challenge": "c" * 43}
    browser.get("/authorize", **request, code_challenge_method="S256")
    sign_in_by_form(browser, "grace@example.com")
    assert browser.answer["error"] == "login_required"


def test_a_hint_and_a_subject_that_differ_are_refused(app, protocol, client):
    hint = protocol.tokens(client)["id_token"]
    grace = make_person(app, "grace@example.com")
    assert "code" in protocol.answer(client, id_token_hint=hint, claims=of_subject(protocol.user_id))
    for value in (grace, ["x"], 5):
        answer = protocol.answer(client, id_token_hint=hint, claims=of_subject(value))
        assert answer["error"] == "invalid_request"


# acr


@pytest.mark.spec(SPEC, "5.5.1.1", "an essential acr that is met")
@pytest.mark.parametrize("how", [{}, {"value": "1"}, {"values": ["2", "1"]}, {"values": []}], ids=repr)
def test_an_essential_acr_that_is_met_is_said(protocol, client, how):
    tokens = protocol.tokens(client, claims=asking(None, {"acr": {"essential": True, **how}}))
    assert claims_of(tokens["id_token"])["acr"] == "1"


@pytest.mark.spec(SPEC, "5.5.1.1", "an essential acr that cannot be met is a failed authentication")
@pytest.mark.spec("Unmet Authentication Requirements 1.0", "2", "unmet_authentication_requirements")
@pytest.mark.parametrize("how", [{"value": "3"}, {"values": ["0", "3"]}, {"value": 1}, {"values": [["1"]]}], ids=repr)
@pytest.mark.parametrize("prompt", [None, "none"])
def test_an_essential_acr_that_is_not_met_is_an_error(protocol, client, how, prompt):
    protocol.sign_in()
    answer = protocol.answer(client, prompt=prompt, claims=asking(None, {"acr": {"essential": True, **how}}))
    assert (answer["error"], "code" in answer) == ("unmet_authentication_requirements", False)


TWO_FACTORS = [{"value": "2"}, {"values": ["2", "1"]}, {"essential": True, "value": "2"}]


@pytest.mark.spec(SPEC, "5.5.1.1", "two factors that are asked for are asked of the person")
@pytest.mark.parametrize("how", TWO_FACTORS, ids=repr)
def test_an_acr_of_two_factors_is_proved_before_it_is_said(protocol, client, how):
    claims = asking(None, {"acr": how})
    protocol.sign_in()
    assert protocol.answer(client, prompt="none", claims=claims)["error"] == "interaction_required"
    assert protocol.authorize(client, claims=claims).headers["Location"].startswith("/u/second-factor?")
    protocol.sign_in(amr=("pwd", "otp", "mfa"))
    assert claims_of(protocol.tokens(client, claims=claims)["id_token"])["acr"] == "2"


@pytest.mark.spec(SPEC, "5.5.1.1", "a voluntary acr is no requirement, and nothing is said that was not done")
@pytest.mark.parametrize("how", [None, {"value": "3"}, {"values": ["3"]}, {"essential": False, "value": "3"}], ids=repr)
def test_a_voluntary_acr_may_stay_unmet(protocol, client, how):
    tokens = protocol.tokens(client, claims=asking(None, {"acr": how}), acr_values="3")
    assert claims_of(tokens["id_token"])["acr"] == "1"


# What is no claims parameter

BOMBS = {
    "text": "name",
    "open": '{"userinfo":{',
    "list": "[]",
    "number": "5",
    "null": "null",
    "place-list": '{"userinfo":[]}',
    "place-text": '{"id_token":"name"}',
    "place-true": '{"userinfo":true}',
    "how-text": '{"userinfo":{"name":"essential"}}',
    "how-list": '{"userinfo":{"name":[]}}',
    "how-true": '{"id_token":{"name":true}}',
    "values-text": '{"id_token":{"acr":{"values":"1"}}}',
    "values-null": '{"id_token":{"acr":{"essential":true,"values":null}}}',
    "values-object": '{"id_token":{"acr":{"values":{"1":1}}}}',
    "depth": '{"userinfo":' * 1000 + "1" + "}" * 1000,
    "depth-of-lists": '{"userinfo":{"name":{"values":' + "[" * 5000 + "]" * 5000 + "}}}",
    "many": json.dumps({"userinfo": {f"claim{number}": None for number in range(MOST + 1)}}),
    "long-name": json.dumps({"userinfo": {"x" * 129: None}}),
    "long": json.dumps({"userinfo": {"name": {"value": "x" * 16_384}}}),
    "infinity": '{"userinfo":{"name":{"value":Infinity}}}',
    "surrogate": '{"userinfo":{"\\ud800":null}}',
    "comment": '{"userinfo":{}/**/}',
}


@pytest.mark.spec(SPEC, "5.5", "claims is a JSON object of objects; each claim is null or an object")
@pytest.mark.parametrize("claims", BOMBS.values(), ids=BOMBS)
def test_a_malformed_parameter_is_refused(protocol, client, claims):
    protocol.sign_in()
    answer = protocol.answer(client, claims=claims)
    assert (answer["error"], "code" in answer) == ("invalid_request", False)


@pytest.mark.spec(SPEC, "5.5", "other members are passed over")
@pytest.mark.parametrize("claims", ["{}", '{"x":5}', '{"userinfo":null,"id_token":{}}', '{"userinfo":{"a#de":null}}'])
def test_members_that_are_not_understood_are_passed_over(protocol, client, claims):
    tokens = protocol.tokens(client, scope="openid", claims=claims)
    assert set(protocol.userinfo(tokens["access_token"]).get_json()) == {"sub"}
