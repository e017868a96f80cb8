"""OpenID Connect Core §2, §3.1.3, §5, §12: the ID token, /userinfo and refreshing."""

import base64
import hashlib

import pytest

from idp.domain.apis.registration import SIGNING_ALGS
from tests.support.factories import ADA, EMAIL, make_api, make_client
from tests.support.protocol import ISSUER, claims_of, header_of, later

SPEC = "OIDC Core 1.0"


@pytest.fixture
def client(app):
    return make_client(app)


@pytest.mark.spec(SPEC, "2", "iss sub aud exp iat auth_time nonce")
@pytest.mark.spec(SPEC, "3.1.3.6", "the claims of the code flow")
def test_the_claims_of_an_id_token(protocol, client):
    claims = protocol.verify(protocol.tokens(client, scope="openid")["id_token"])
    assert (claims["iss"], claims["sub"], claims["aud"]) == (ISSUER, protocol.user_id, client.id)
    assert (claims["nonce"], claims["amr"], claims["sid"]) == ("the nonce", ["pwd"], protocol.sid)
    assert claims["iat"] < claims["exp"]
    assert claims["auth_time"] <= claims["iat"]
    assert len(claims["sub"]) <= 255


@pytest.mark.spec(SPEC, "2", "no nonce without one in the request")
def test_no_nonce_was_sent_and_none_comes(protocol, client):
    assert "nonce" not in claims_of(protocol.tokens(client, nonce=None)["id_token"])


@pytest.mark.spec(SPEC, "3.1.3.6", "at_hash is the left half of the hash of the access token")
@pytest.mark.spec(SPEC, "2", "the algorithm is the one that the client is registered for")
@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256", "EdDSA"])
def test_at_hash_binds_the_access_token(app, protocol, alg):
    assert alg in SIGNING_ALGS
    make_api(app, signing_alg=alg)  # the key is made with it
    tokens = protocol.tokens(make_client(app, changes={"id_token_alg": alg}))
    assert header_of(tokens["id_token"])["alg"] == alg
    digest = (hashlib.sha512 if alg == "EdDSA" else hashlib.sha256)(tokens["access_token"].encode()).digest()
    expected = base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
    assert protocol.verify(tokens["id_token"])["at_hash"] == expected


@pytest.mark.spec(SPEC, "5.3.2", "sub is there, and is that of the ID token")
@pytest.mark.spec(SPEC, "5.4", "scopes ask for claims")
@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("", set()),
        ("email", {"email", "email_verified"}),
        ("address", {"address"}),
        ("phone", {"phone_number", "phone_number_verified"}),
        ("profile", {"name", "given_name", "family_name", "updated_at"}),
    ],
)
def test_userinfo_tells_what_the_scope_allows(protocol, client, scope, expected):
    tokens = protocol.tokens(client, scope=f"openid {scope}".strip())
    told = protocol.userinfo(tokens["access_token"]).get_json()
    assert told.pop("sub") == claims_of(tokens["id_token"])["sub"]
    assert set(told) == expected
    known = {**ADA, "email": EMAIL, "email_verified": True}
    assert {name: known[name] for name in told if name != "updated_at"} == {k: v for k, v in told.items() if k in known}


@pytest.mark.spec(SPEC, "5.1", "claims have their types")
def test_claims_have_the_types_of_the_specification(protocol, client):
    token = protocol.tokens(client, scope="openid profile email address phone")["access_token"]
    told = protocol.userinfo(token).get_json()
    assert isinstance(told["updated_at"], int)
    assert told["email_verified"] is True
    assert told["phone_number_verified"] is False
    assert told["address"] == {"country": "England"}


@pytest.mark.spec(SPEC, "5.4", "profile claims need not stand in the ID token of the code flow")
@pytest.mark.parametrize("repeats", [True, False])
def test_a_client_chooses_whether_the_id_token_repeats_the_profile(app, protocol, repeats):
    client = make_client(app, changes={"has_profile_in_id_token": repeats})
    tokens = protocol.tokens(client)
    assert ("name" in claims_of(tokens["id_token"])) == repeats
    assert protocol.userinfo(tokens["access_token"]).get_json()["name"] == ADA["name"]


@pytest.mark.spec(SPEC, "5.3.1", "GET and POST")
def test_userinfo_answers_get_and_post(protocol, client):
    token = protocol.tokens(client)["access_token"]
    by_get = protocol.userinfo(token)
    by_post = protocol.raw("/userinfo", headers={"Authorization": f"Bearer {token}"})
    assert by_get.get_json() == by_post.get_json()
    assert by_get.content_type == "application/json"


@pytest.mark.spec(SPEC, "12.2", "iss, sub and aud stay; iat is new; auth_time stays; no nonce")
def test_a_refreshed_id_token_is_about_the_same_login(protocol, client):
    before = protocol.tokens(client)
    with later(1000):
        answer = protocol.refresh(client, before["refresh_token"]).get_json()
    old, new = claims_of(before["id_token"]), claims_of(answer["id_token"])
    for name in ("iss", "sub", "aud", "auth_time", "amr", "sid"):
        assert new[name] == old[name]
    assert new["iat"] >= old["iat"] + 999
    assert "nonce" not in new
    assert new["at_hash"] != old["at_hash"]


@pytest.mark.spec(SPEC, "2", "auth_time is the time of the login, not of the token")
def test_auth_time_is_that_of_the_login(protocol, client):
    protocol.sign_in()
    with later(500):
        claims = claims_of(protocol.tokens(client, max_age="1000")["id_token"])
    assert 499 <= claims["iat"] - claims["auth_time"] <= 501


@pytest.mark.spec(SPEC, "8", "sub is the same for every client, and never e-mail")
def test_the_subject_is_stable_and_says_nothing(app, protocol, client):
    first = claims_of(protocol.tokens(client)["id_token"])["sub"]
    assert claims_of(protocol.tokens(make_client(app))["id_token"])["sub"] == first
    assert EMAIL not in first
