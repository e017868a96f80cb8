"""RFC 7592: an app reads, replaces and removes its registration."""

import itertools

import pytest

from idp.domain.clients.queries import get_record
from idp.infra.db import unit_of_work
from tests.support.factories import CALLBACK, make_client
from tests.support.protocol import assert_error
from tests.support.registering import JWKS, Made

RFC = "RFC 7592"


@pytest.mark.spec(RFC, "2.1", "GET answers with what is registered, and with the token")
def test_it_is_read_back(registrar):
    made = registrar.made(client_name="An App")
    response = registrar.read(made)
    assert (response.status_code, response.headers["Cache-Control"]) == (200, "no-store")
    told = dict(response.get_json())
    assert told == {name: value for name, value in made.body.items() if not name.startswith("client_secret")}


@pytest.mark.spec(RFC, "2.2", "PUT replaces everything: what is left out has the default again")
def test_put_replaces(registrar):
    made = registrar.made(client_name="An App", contacts=["a@example.com"], scope="openid", require_auth_time=True)
    response = registrar.replace(made, redirect_uris=[CALLBACK + "/2"], client_name="Other", tos_uri=None)
    assert response.status_code == 200
    told = response.get_json()
    assert (told["client_name"], told["redirect_uris"]) == ("Other", [CALLBACK + "/2"])
    assert not {"contacts", "scope", "require_auth_time"} & told.keys()
    assert registrar.read(made).get_json() == told


@pytest.mark.spec(RFC, "2.2", "an update rotates nothing in silence: the secret and the token stay good")
def test_put_leaves_the_secret(registrar, protocol):
    made = registrar.made(grant_types=["authorization_code", "client_credentials"])
    told = registrar.replace(made, client_secret=made.app.secret).get_json()
    assert "client_secret" not in told
    assert told["registration_access_token"] == made.token
    assert_error(protocol.post("/oauth/token", made.app, grant_type="refresh_token"), "unauthorized_client")


@pytest.mark.spec(RFC, "2.2", "who needs a secret by an update is given one, and told")
def test_another_method_may_bring_a_secret(registrar, protocol):
    made = registrar.made(token_endpoint_auth_method="none")
    told = registrar.replace(made, token_endpoint_auth_method="client_secret_post").get_json()
    changed = Made({**made.body, **told})
    assert changed.app.secret
    assert_error(protocol.post("/oauth/token", changed.app, grant_type="refresh_token"), "unauthorized_client")
    assert "client_secret" not in registrar.replace(made, token_endpoint_auth_method="none").get_json()
    assert_error(protocol.post("/oauth/token", changed.app, grant_type="refresh_token"), "invalid_client", 401)


@pytest.mark.spec(RFC, "2.2", "neither client_id nor client_secret can be chosen")
@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_id": "other"}, "invalid_request"),
        ({"client_id": None}, "invalid_request"),
        ({"client_id": 5}, "invalid_request"),
        ({"client_secret": "chosen"}, "invalid_client_metadata"),
        ({"client_secret": {"a": 1}}, "invalid_client_metadata"),
        ({"registration_access_token": "x"}, "invalid_request"),
        ({"registration_client_uri": "https://a.example/"}, "invalid_request"),
        ({"client_id_issued_at": 1}, "invalid_request"),
        ({"redirect_uris": ["javascript:x"]}, "invalid_redirect_uri"),
        ({"redirect_uris": None}, "invalid_redirect_uri"),
    ],
)
def test_put_refuses(registrar, changes, error):
    made = registrar.made()
    assert_error(registrar.replace(made, **changes), error)
    assert registrar.read(made).get_json()["redirect_uris"] == [CALLBACK]


@pytest.mark.spec(RFC, "2.2", "an update gives no rights that the registration did not have")
def test_put_does_not_raise_its_rights(registrar, app):
    made = registrar.made()
    strange = {"is_third_party": False, "audiences": None, "has_profile_in_id_token": True, "disabled_at": None}
    assert registrar.replace(made, **strange, jwks=JWKS).status_code == 200
    with app.app_context():
        record = get_record(made.app.id)
        assert (record.is_third_party, record.audiences, record.has_profile_in_id_token) == (True, [], False)


@pytest.mark.spec(RFC, "2.3", "DELETE answers 204; the client, its token and its tokens are gone")
def test_delete(registrar, protocol):
    made = registrar.made()
    response = registrar.remove(made)
    assert (response.status_code, response.data) == (204, b"")
    assert_error(registrar.read(made), "invalid_token", 401)
    assert_error(registrar.remove(made), "invalid_token", 401)
    assert_error(protocol.post("/oauth/token", made.app, grant_type="refresh_token"), "invalid_client", 401)


@pytest.mark.spec(RFC, "2", "a client's token opens that client alone")
def test_no_token_opens_another_client(registrar, app):
    first, second = registrar.made(), registrar.made()
    operators = Made({"client_id": make_client(app).id, "registration_access_token": "rat1_none"})
    clients = (first, second, operators)
    tokens = (first.token, second.token, "rat1_unknown", first.app.secret)
    for client, token in itertools.product(clients, tokens):
        if client.token == token:
            continue
        for answer in (registrar.read, registrar.replace, registrar.remove):
            response = answer(client, token)
            assert_error(response, "invalid_token", 401)
            assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert registrar.read(first).status_code == registrar.read(second).status_code == 200


@pytest.mark.spec(RFC, "2", "a disabled client's token is refused, and cannot enable it")
def test_the_token_of_a_disabled_client_is_refused(registrar, app):
    made = registrar.made()
    with app.app_context(), unit_of_work():
        get_record(made.app.id).disabled_at = 1
    for answer in (registrar.read, registrar.replace, registrar.remove):
        assert_error(answer(made), "invalid_token", 401)
    with app.app_context():
        assert get_record(made.app.id).disabled_at == 1


@pytest.mark.spec(RFC, "2", "the token is in the header, nowhere else")
def test_the_token_is_in_the_header(registrar):
    made = registrar.made()
    assert registrar.send("GET", f"{made.path}?access_token={made.token}").status_code == 400
    assert registrar.send("PUT", made.path, data={"access_token": made.token}).status_code == 401
    assert registrar.send("DELETE", made.path).status_code == 401
    assert registrar.read(made).status_code == 200


@pytest.mark.spec(RFC, "2", "who registered may still change and leave when registration is off")
def test_apps_can_leave_when_registration_is_off(registrar):
    made = registrar.made()
    registrar.change(registration="off")
    assert registrar.replace(made).status_code == 200
    assert registrar.remove(made).status_code == 204
