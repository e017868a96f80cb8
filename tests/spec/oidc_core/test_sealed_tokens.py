"""OIDC Core §5.3.2 and §10.2: signed and encrypted ID tokens and userinfo, as the client is registered."""

import json

import pytest

from idp.infra.jwt.encryption import ALGS, ENCS
from tests.support.factories import make_client
from tests.support.protocol import claims_of, header_of
from tests.support.relying_party import JWKS, decrypt

SPEC = "OIDC Core 1.0"


def registered(app, **registration):
    return make_client(app, changes={"registration": registration, "jwks": JWKS})


@pytest.mark.spec(SPEC, "10.2", "an ID token is encrypted by the algorithms that the client registered")
@pytest.mark.parametrize("alg", ALGS)
@pytest.mark.parametrize("enc", ENCS)
def test_an_id_token_is_encrypted(app, protocol, alg, enc):
    client = registered(app, id_token_encrypted_response_alg=alg, id_token_encrypted_response_enc=enc)
    token = protocol.tokens(client)["id_token"]
    assert protocol.verify(decrypt(token, alg, enc).decode())["aud"] == client.id


@pytest.mark.spec(SPEC, "5.3.2", "signed userinfo names its issuer and its audience")
def test_userinfo_is_signed(app, protocol):
    client = registered(app, userinfo_signed_response_alg="RS256")
    answer = protocol.userinfo(protocol.tokens(client)["access_token"])
    claims = protocol.verify(answer.text)
    assert answer.mimetype == "application/jwt"
    assert (claims["aud"], claims["iss"], claims["sub"]) == (client.id, "http://localhost:8000/", protocol.user_id)
    assert "nonce" not in claims


def test_signed_userinfo_is_no_id_token_hint(app, protocol):
    client = registered(app, userinfo_signed_response_alg="RS256")
    token = protocol.userinfo(protocol.tokens(client)["access_token"]).text
    assert header_of(token)["typ"] != "JWT"
    protocol.sign_in()
    page = protocol.http.get("/oidc/logout", base_url="http://localhost:8000", query_string={"id_token_hint": token})
    assert 'id="logout-confirm"' in page.text


@pytest.mark.spec(SPEC, "5.3.2", "userinfo is encrypted, signed or not, as the client registered")
@pytest.mark.parametrize("signed", [True, False])
def test_userinfo_is_encrypted(app, protocol, signed):
    more = {"userinfo_signed_response_alg": "RS256"} if signed else {}
    client = registered(app, userinfo_encrypted_response_alg="RSA-OAEP", **more)
    answer = protocol.userinfo(protocol.tokens(client)["access_token"])
    inside = decrypt(answer.text, "RSA-OAEP", "A128CBC-HS256").decode()
    claims = claims_of(inside) if signed else json.loads(inside)
    assert claims["sub"] == protocol.user_id


def test_a_client_without_a_fitting_key_is_told(app, protocol):
    client = make_client(app, changes={"registration": {"id_token_encrypted_response_alg": "RSA-OAEP"}})
    protocol.sign_in()
    response = protocol.redeem(client, protocol.code(client))
    assert response.status_code == 400
    assert "no key" in response.get_json()["error_description"]


def test_a_client_without_a_fitting_key_is_told_in_the_answer_too(app, protocol):
    hybrid = {"response_types": ["code id_token"], "registration": {"id_token_encrypted_response_alg": "RSA-OAEP"}}
    client = make_client(app, changes=hybrid)
    protocol.sign_in()
    answer = protocol.answer(client, response_type="code id_token", state="xyz")
    assert (answer["error"], answer["state"]) == ("invalid_request", "xyz")
    assert "code" not in answer


def test_a_key_for_signatures_alone_is_passed_over(app, protocol):
    first = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    wanted = {"id_token_encrypted_response_alg": "ECDH-ES"}
    client = make_client(app, changes={"registration": wanted, "jwks": {"keys": [first, *JWKS["keys"]]}})
    token = protocol.tokens(client)["id_token"]
    assert protocol.verify(decrypt(token, "ECDH-ES", "A128CBC-HS256").decode())["aud"] == client.id
