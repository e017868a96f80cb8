"""/oauth/token and what can be sent to it, by mistake or on purpose."""

import json

import pytest

from idp.domain.clients.registration import rotate_secret
from idp.infra.db import unit_of_work
from tests.support.factories import AUDIENCE, CALLBACK, App, give_access, make_api, make_client
from tests.support.protocol import (
    ASSERTION,
    ISSUER,
    PAIR,
    assert_error,
    basic,
    claims_of,
    forgive_refusals,
    later,
)

FORM = "application/x-www-form-urlencoded"
BACK_CHANNEL = ("/oauth/token", "/oauth/revoke", "/oauth/introspect")


@pytest.fixture
def client(app, protocol):
    protocol.sign_in()
    return make_client(app)


def test_a_code_sent_twice_ends_what_it_gave(protocol, client):
    code = protocol.code(client)
    tokens = protocol.redeem(client, code).get_json()
    for _ in range(2):
        assert_error(protocol.redeem(client, code), "invalid_grant")
    assert not protocol.is_active(client, tokens["access_token"])
    assert not protocol.is_active(client, tokens["refresh_token"])


def test_another_clients_try_does_not_cost_the_owner_the_code(app, protocol, client):
    code = protocol.code(client)
    assert_error(protocol.redeem(make_client(app), code), "invalid_grant")
    tokens = protocol.redeem(client, code).get_json()
    # Nor does its replay of a spent one: the owner's tokens live
    assert_error(protocol.redeem(make_client(app), code), "invalid_grant")
    assert protocol.is_active(client, tokens["access_token"])
    assert {event["error"] for event in protocol.events("token.refused")} == {"invalid_grant"}


BAD_CODES = ["", "x", "ac1_", "ac1_" + "x" * 43, "rt1_" + "x" * 43, "a\x00b", "ac1_" + "x" * 20_000, "é", "' OR 1=1 --"]


@pytest.mark.parametrize("code", BAD_CODES, ids=range(len(BAD_CODES)))
def test_a_code_that_is_none_is_refused(protocol, client, code):
    response = protocol.redeem(client, code)
    assert response.status_code == 400
    assert response.get_json()["error"] in {"invalid_grant", "invalid_request"}


def test_a_body_of_a_mebibyte_is_refused(protocol, client):
    assert protocol.redeem(client, "ac1_" + "x" * 1024 * 1024).status_code in {400, 413}


@pytest.mark.parametrize("redirect_uri", [None, "", CALLBACK + "/", CALLBACK + "?", "https://evil.example", "\x00"])
def test_the_redirect_uri_of_the_request_comes_again(protocol, client, redirect_uri):
    response = protocol.redeem(client, protocol.code(client), redirect_uri=redirect_uri)
    assert response.status_code == 400
    assert "access_token" not in response.get_json()


def test_a_rotated_refresh_token_ends_the_family_and_is_noted(protocol, client):
    first = protocol.tokens(client)
    second = protocol.refresh(client, first["refresh_token"]).get_json()
    with later(11):
        assert_error(protocol.refresh(client, first["refresh_token"]), "invalid_grant")
        assert_error(protocol.refresh(client, second["refresh_token"]), "invalid_grant")
        assert not protocol.is_active(client, second["access_token"])
    assert len(protocol.events("refresh_token.reused")) == 1


@pytest.mark.parametrize("kind", ["web", "spa"])
def test_the_refresh_token_of_another_client_is_refused_and_lives(app, protocol, client, kind):
    token = protocol.tokens(client)["refresh_token"]
    thief = make_client(app, kind)
    for _ in range(2):
        assert_error(protocol.refresh(thief, token), "invalid_grant")
    assert protocol.refresh(client, token).status_code == 200


@pytest.mark.parametrize(
    "more", [{"scope": "openid phone"}, {"audience": "https://x.example/"}, {"resource": AUDIENCE}]
)
def test_a_wider_refresh_is_refused_and_costs_nothing(app, protocol, client, more):
    make_api(app)
    token = protocol.tokens(client)["refresh_token"]
    response = protocol.refresh(client, token, **more)
    assert response.get_json()["error"] in {"invalid_scope", "invalid_target"}
    assert protocol.refresh(client, token).status_code == 200


@pytest.mark.parametrize("path", BACK_CHANNEL)
@pytest.mark.parametrize(
    ("headers", "data"),
    [
        ({"Authorization": "Basic !!!"}, {}),
        ({"Authorization": "Basic "}, {}),
        ({"Authorization": "Basic"}, {}),
        ({"Authorization": "Basic OnNlY3JldA=="}, {}),
        ({"Authorization": "Basic aWQ6"}, {}),
        ({"Authorization": "Basic aWQ="}, {}),
        ({"Authorization": "Basic /////w=="}, {}),
        ({"Authorization": "Basic JWZmOiVmZg=="}, {}),
        ({"Authorization": basic("%00", "%00")}, {}),
        ({"Authorization": "Bearer abc"}, {}),
        ({"Authorization": "Basic YTpi, Basic YTpi"}, {}),
        ({"Authorization": "B\xe4sic YTpi"}, {}),
        ({}, {"client_secret": "x"}),
        ({}, {"client_id": "nobody", "client_secret": "x"}),
        ({}, {"client_id": "nobody", "client_secret": "é\U0001f600"}),
        ({}, {"client_id": "x" * 16_000}),
        ({}, {"client_id": "nobody"}),
        ({}, {}),
    ],
    ids=range(18),
)
def test_a_proof_that_is_none_is_refused(protocol, path, headers, data):
    body = {"grant_type": "client_credentials", "token": "x", **data}
    response = protocol.raw(path, data=body, headers=headers)
    assert response.status_code in {400, 401}
    assert response.get_json()["error"] in {"invalid_client", "invalid_request"}
    assert ("WWW-Authenticate" in response.headers) == ("Authorization" in headers and response.status_code == 401)


@pytest.mark.parametrize("path", BACK_CHANNEL)
@pytest.mark.parametrize("where", ["wrong", "query", "both", "other-id", "assertion-too"])
def test_a_secret_in_the_wrong_place_is_refused(protocol, client, path, where):
    body = {"grant_type": "client_credentials", "token": "x"}
    headers = {"Authorization": basic(client.id, "wrong" if where == "wrong" else client.secret)}
    url = path
    if where == "query":
        url, headers = f"{path}?client_id={client.id}&client_secret={client.secret}", {}
    elif where == "both":
        body |= {"client_id": client.id, "client_secret": client.secret}
    elif where == "other-id":
        body |= {"client_id": "another"}
    elif where == "assertion-too":
        body |= {"client_assertion": "x", "client_assertion_type": ASSERTION}
    response = protocol.raw(url, data=body, headers=headers)
    assert response.status_code == (401 if where == "wrong" else 400)
    assert response.get_json()["error"] == ("invalid_client" if where == "wrong" else "invalid_request")


@pytest.mark.parametrize("path", BACK_CHANNEL)
def test_the_id_of_a_confidential_client_proves_nothing(protocol, client, path):
    nameless = App(client.id, None)
    response = protocol.post(path, nameless, grant_type="refresh_token", refresh_token="rt1_x", token="x")
    assert_error(response, "invalid_client", 401)


@pytest.mark.parametrize("path", BACK_CHANNEL)
@pytest.mark.parametrize(
    "name", ["grant_type", "code", "client_id", "token", "refresh_token", "client_secret", "scope"]
)
def test_a_parameter_sent_twice_is_refused(protocol, client, path, name):
    body = f"client_id={client.id}&client_secret={client.secret}&token=x&grant_type=refresh_token&{name}=a&{name}=b"
    assert_error(protocol.raw(path, data=body, content_type=FORM), "invalid_request")


def test_a_member_sent_twice_in_json_is_refused(protocol, client):
    body = f'{{"grant_type":"refresh_token","grant_type":"authorization_code","client_id":"{client.id}"}}'
    assert_error(protocol.raw("/oauth/token", data=body, content_type="application/json"), "invalid_request")


@pytest.mark.parametrize("path", BACK_CHANNEL)
def test_parameters_in_the_url_of_a_post_are_refused(protocol, client, path):
    response = protocol.post(f"{path}?grant_type=refresh_token&token=x", client)
    assert_error(response, "invalid_request")


@pytest.mark.parametrize("path", BACK_CHANNEL)
@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="token"\r\n\r\nx\r\n--x--'),
        ("multipart/form-data", b"x"),
        ("text/plain", b"token=x"),
        ("application/xml", b"<a/>"),
        (f"{FORM}; charset=utf-16", "token=x".encode("utf-16")),
        (FORM, b"\xff\xfe=\xff&%=%&&&="),
        ("application/json", b""),
        ("application/json", b"{"),
        ("application/json", b"[1]"),
        ("application/json", b'"x"'),
        ("application/json", b"null"),
        ("application/json", b'{"token":["x"]}'),
        ("application/json", b'{"token":{"x":1}}'),
        ("application/json", b'{"token":5,"client_id":5}'),
        ("application/json", b'{"client_id":true}'),
        ("application/json", b'{"token":"\\ud800"}'),
        ("application/json", b'{"token":"\xff"}'),
        ("application/json", b'{"token":NaN}'),
        ("application/json", b"[" * 100_000),
        ("application/json", b'{"a":' * 100_000),
        ("application/json", b'{"a":' + b"[" * 1000 + b"]" * 1000 + b',"a":"b"}'),
        ("application/json; charset=utf-16", '{"token":"x"}'.encode("utf-16")),
        ("application/json", b'{"token":"a\\u0000b"}'),
        ("", b""),
        ("x", b"x"),
    ],
    ids=range(25),
)
def test_a_body_of_another_form_is_refused(protocol, client, path, content_type, body):
    headers = {"Authorization": basic(client.id, client.secret)}
    response = protocol.raw(path, data=body, content_type=content_type, headers=headers)
    assert response.status_code in {400, 401, 415}
    assert response.get_json()["error"] in {"invalid_request", "invalid_client"}


def test_json_is_as_good_as_a_form(protocol, client):
    body = {
        "grant_type": "authorization_code",
        "code": protocol.code(client),
        "redirect_uri": CALLBACK,
        "code_verifier": PAIR.verifier,
        "client_id": client.id,
        "client_secret": client.secret,
        "scope": None,
        "audience": "",
    }
    response = protocol.raw("/oauth/token", data=json.dumps(body), content_type="application/json; charset=utf-8")
    assert response.status_code == 200
    assert "access_token" in response.get_json()


def test_no_grant_gives_a_machine_what_belongs_to_users(app, protocol):
    machine = make_client(app, "machine")
    give_access(app, machine, make_api(app))
    for scope in ("openid", "offline_access", "openid offline_access read"):
        assert_error(protocol.machine_token(machine, scope=scope), "invalid_scope")
    body = protocol.machine_token(machine).get_json()
    assert not {"id_token", "refresh_token"} & set(body)
    assert protocol.userinfo(body["access_token"]).status_code == 401


def test_a_machine_gets_only_the_scopes_it_was_granted(app, protocol):
    machine = make_client(app, "machine")
    give_access(app, machine, make_api(app), ("read",))
    assert_error(protocol.machine_token(machine, scope="read write"), "invalid_scope")
    assert protocol.machine_token(machine).get_json()["scope"] == "read"
    stranger = make_client(app, "machine")
    assert_error(protocol.machine_token(stranger, audience=AUDIENCE), "access_denied")
    assert_error(protocol.machine_token(stranger), "invalid_target")


def test_a_client_cannot_use_a_grant_it_is_not_registered_for(app, protocol):
    client = make_client(app, changes={"grant_types": ["authorization_code"]})
    give_access(app, client, make_api(app))
    protocol.sign_in()
    assert_error(protocol.machine_token(client), "unauthorized_client")
    assert_error(protocol.refresh(client, "rt1_x"), "unauthorized_client")


@pytest.mark.parametrize(
    "grant",
    [
        "urn:ietf:params:oauth:grant-type:token-exchange",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "urn:ietf:params:oauth:grant-type:device_code",
        "password",
        "http://auth0.com/oauth/grant-type/password-realm",
        "AUTHORIZATION_CODE",
        "authorization_code ",
        "\x01",
    ],
)
def test_grants_that_are_not_there_say_so(protocol, client, grant):
    assert_error(protocol.post("/oauth/token", client, grant_type=grant), "unsupported_grant_type")


def test_many_wrong_secrets_slow_their_sender_and_no_other_client(app, protocol, client):
    wrong = App(client.id, "wrong")
    statuses = {protocol.refresh(wrong, "rt1_x").status_code for _ in range(125)}
    assert statuses == {401, 429}
    limited = protocol.refresh(wrong, "rt1_x")
    assert (limited.status_code, limited.get_json()["error"]) == (429, "temporarily_unavailable")
    assert int(limited.headers["Retry-After"]) > 0
    other = make_client(app)
    assert protocol.redeem(other, protocol.code(other)).status_code == 200
    # The client itself is not locked out by whoever guesses at its name
    assert protocol.redeem(client, protocol.code(client)).status_code == 200
    forgive_refusals()


def test_many_guessed_codes_slow_their_sender(protocol, client):
    statuses = {protocol.redeem(client, f"ac1_{number:043}").status_code for number in range(125)}
    assert statuses == {400, 429}
    forgive_refusals()


def test_replays_are_answered_however_many_come(protocol, client):
    code = protocol.code(client)
    assert protocol.redeem(client, code).status_code == 200
    assert {protocol.redeem(client, code).status_code for _ in range(150)} == {400}


@pytest.mark.parametrize("header", ["Forwarded", "X-Forwarded-Proto", "X-Forwarded-Host", "Host"])
def test_the_issuer_of_a_token_is_the_configured_one(protocol, client, header):
    values = {"Forwarded": "proto=https;host=evil", "X-Forwarded-Proto": "https"}
    data = {"grant_type": "authorization_code", "code": protocol.code(client), "redirect_uri": CALLBACK}
    response = protocol.raw(
        "/oauth/token",
        data={**data, "code_verifier": PAIR.verifier},
        headers={"Authorization": basic(client.id, client.secret), header: values.get(header, "evil.example")},
    )
    assert claims_of(response.get_json()["id_token"])["iss"] == ISSUER


def test_a_rotated_client_secret_leaves_the_one_before_good_for_a_day(app, protocol, client):
    new = App(client.id, rotate(app, client.id))
    for each in (client, new):
        assert_error(protocol.refresh(each, "rt1_x"), "invalid_grant")
    with later(86_401):
        assert_error(protocol.refresh(client, "rt1_x"), "invalid_client", 401)
        assert_error(protocol.refresh(new, "rt1_x"), "invalid_grant")


def rotate(app, client_id):
    with app.app_context(), unit_of_work():
        return rotate_secret(client_id)
