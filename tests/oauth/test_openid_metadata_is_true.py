"""What OpenID Connect adds to the metadata: the advertised works where registered, anything else is refused."""

import json

import pytest

from idp.domain.users.accounts import create_user
from idp.infra import jwt
from idp.infra.db import unit_of_work
from idp.infra.jwt.encryption import ALGS, ENCS
from idp.oauth.authorization.checks.prompt import DISPLAYS, PROMPTS
from tests.support.factories import CALLBACK, make_client
from tests.support.protocol import ISSUER, assert_error, claims_of, header_of
from tests.support.relying_party import JWKS, decrypt, request_object

ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
OTHERS = ("none", "HS256", "RS384", "ES512", "RSA1_5")
EVERYTHING = {
    "name": "Ada Lovelace",
    "family_name": "Lovelace",
    "given_name": "Ada",
    "middle_name": "King",
    "nickname": "Ada",
    "preferred_username": "ada",
    "profile": "https://example.com/ada",
    "picture": "https://example.com/ada.png",
    "website": "https://example.com/",
    "gender": "female",
    "birthdate": "1815-12-10",
    "zoneinfo": "Europe/London",
    "locale": "en-GB",
    "address": {"country": "England"},
    "phone_number": "+441234",
    "phone_number_verified": True,
}
#: What each member says is shown in this file, in test_metadata_is_true.py, or in the specification's own folder.
MEMBERS = {
    "issuer",
    "jwks_uri",
    "check_session_iframe",
    "claim_types_supported",
    "code_challenge_methods_supported",
    "authorization_response_iss_parameter_supported",
    "require_request_uri_registration",
    *(f"{name}_endpoint" for name in ("authorization", "token", "revocation", "introspection", "userinfo")),
    "end_session_endpoint",
    *(
        f"{endpoint}_endpoint_auth_{what}_supported"
        for endpoint in ("token", "revocation", "introspection")
        for what in ("methods", "signing_alg_values")
    ),
    *(f"{name}_supported" for name in ("scopes", "claims", "response_types", "response_modes", "grant_types")),
    *(f"{name}_supported" for name in ("acr_values", "display_values", "prompt_values", "subject_types")),
    *(f"{name}_parameter_supported" for name in ("claims", "request", "request_uri")),
    *(f"{kind}_signing_alg_values_supported" for kind in ("id_token", "userinfo", "request_object")),
    *(f"{kind}_encryption_{what}_values_supported" for kind in ("id_token", "userinfo") for what in ("alg", "enc")),
    *(f"{way}channel_logout_{what}supported" for way in ("back", "front") for what in ("", "session_")),
}


@pytest.fixture
def document(protocol):
    return protocol.document("/.well-known/openid-configuration")


@pytest.fixture
def client(app, protocol):
    protocol.sign_in()
    return make_client(app)


@pytest.fixture
def register(registrar):
    """Register an app by its metadata; nobody is asked for consent."""
    registrar.change(private_hosts=("localhost",))
    return registrar.adopted


def test_nothing_is_advertised_that_no_test_knows(document):
    assert set(document) == MEMBERS


@pytest.mark.parametrize("kind", ["id_token", "userinfo"])
@pytest.mark.parametrize("alg", ALGORITHMS)
def test_advertised_algorithms_sign(protocol, register, document, kind, alg):
    assert document[f"{kind}_signing_alg_values_supported"] == list(ALGORITHMS)
    tokens = protocol.tokens(register(**{f"{kind}_signed_response_alg": alg}))
    token = tokens["id_token"] if kind == "id_token" else protocol.userinfo(tokens["access_token"]).text
    assert header_of(token)["alg"] == alg
    assert protocol.verify(token)["iss"] == document["issuer"]


@pytest.mark.parametrize(
    "name", ["id_token_signed_response_alg", "userinfo_signed_response_alg", "request_object_signing_alg"]
)
@pytest.mark.parametrize("alg", OTHERS)
def test_other_algorithms_are_refused(registrar, name, alg):
    assert_error(registrar.register(**{name: alg}, jwks=JWKS), "invalid_client_metadata")


SEALS = list(dict.fromkeys([(alg, "A256GCM") for alg in ALGS] + [("RSA-OAEP", enc) for enc in ENCS]))


@pytest.mark.parametrize("kind", ["id_token", "userinfo"])
@pytest.mark.parametrize("seal", SEALS, ids="-".join)
def test_advertised_encryption_works(protocol, register, document, kind, seal):
    alg, enc = seal
    assert set(document[f"{kind}_encryption_alg_values_supported"]) == set(ALGS)
    assert set(document[f"{kind}_encryption_enc_values_supported"]) == set(ENCS)
    wanted = {f"{kind}_encrypted_response_alg": alg, f"{kind}_encrypted_response_enc": enc}
    tokens = protocol.tokens(register(jwks=JWKS, **wanted))
    sealed = tokens["id_token"] if kind == "id_token" else protocol.userinfo(tokens["access_token"]).text
    inside = decrypt(sealed, alg, enc).decode()
    claims = protocol.verify(inside) if kind == "id_token" else json.loads(inside)
    assert claims["sub"] == protocol.user_id


@pytest.mark.parametrize("kind", ["id_token", "userinfo"])
@pytest.mark.parametrize(
    ("alg", "enc"), [("RSA1_5", "A256GCM"), ("dir", "A256GCM"), ("A128KW", "A128GCM"), ("RSA-OAEP", "A192GCM")]
)
def test_other_encryption_is_refused(registrar, kind, alg, enc):
    wanted = {f"{kind}_encrypted_response_alg": alg, f"{kind}_encrypted_response_enc": enc}
    assert_error(registrar.register(jwks=JWKS, **wanted), "invalid_client_metadata")


ED = jwt.new_key("EdDSA")
OBJECT_JWKS = {"keys": [*JWKS["keys"], jwt.public_jwk(ED)]}


def signed_request(client, alg, **changes):
    if alg != "EdDSA":
        return request_object(client, alg, **changes)
    claims = {"iss": client.id, "aud": ISSUER, "client_id": client.id, "redirect_uri": CALLBACK, **changes}
    return jwt.sign(claims, ED, "oauth-authz-req+jwt")


def test_request_objects_are_advertised(document):
    assert document["request_object_signing_alg_values_supported"] == list(ALGORITHMS)
    assert document["request_parameter_supported"] is True
    assert document["request_uri_parameter_supported"] is True
    assert document["require_request_uri_registration"] is True


@pytest.mark.parametrize("is_by_reference", [False, True])
@pytest.mark.parametrize("alg", ALGORITHMS)
def test_advertised_request_objects_work(register, protocol, receiver, alg, is_by_reference):
    uri = receiver.url("/request.jwt")
    client = register(jwks=OBJECT_JWKS, request_object_signing_alg=alg, request_uris=[uri])
    protocol.sign_in()
    token = signed_request(client, alg, state="inside")
    receiver.pages["/request.jwt"] = ("application/jwt", token.encode())
    sent = {"request_uri": uri} if is_by_reference else {"request": token}
    answer = protocol.answer(client, state=None, **sent)
    assert (answer["state"], "code" in answer) == ("inside", True)
    assert len(receiver.requests) == is_by_reference


def test_an_unregistered_request_uri_is_refused(register, protocol, receiver):
    client = register(jwks=OBJECT_JWKS, request_uris=[receiver.url("/other")])
    assert protocol.answer(client, request_uri=receiver.url("/request.jwt"))["error"] == "invalid_request_uri"
    assert receiver.requests == []


def test_advertised_classes_are_reached_and_others_are_not(protocol, client, document):
    logins = {"1": ("pwd",), "2": ("pwd", "otp", "mfa")}
    assert set(logins) == set(document["acr_values_supported"])
    for acr, amr in logins.items():
        protocol.sign_in(amr=amr)
        claims = json.dumps({"id_token": {"acr": {"essential": True, "values": [acr]}}})
        assert claims_of(protocol.tokens(client, claims=claims)["id_token"])["acr"] == acr
    for other in {"0", "2", "urn:mace:incommon:iap:silver", "phr", ""} - set(document["acr_values_supported"]):
        claims = json.dumps({"id_token": {"acr": {"essential": True, "values": [other]}}})
        assert protocol.answer(client, claims=claims)["error"] == "unmet_authentication_requirements"


def test_advertised_displays_are_shown_and_others_change_nothing(app, protocol, document):
    assert document["display_values_supported"] == list(DISPLAYS)
    client = make_client(app)
    # §3.1.2.1 knows no error for another display: it is shown as every page is
    for display in (*DISPLAYS, "hologram"):
        location = protocol.authorize(client, display=display).headers["Location"]
        page = protocol.http.get(location, base_url=ISSUER)
        assert (page.status_code, "login-submit" in page.text) == (200, True)


def test_advertised_prompts_are_known_and_others_are_refused(protocol, client, document):
    assert document["prompt_values_supported"] == list(PROMPTS)
    pages = {"login": "/u/login", "select_account": "/u/select-account", "consent": "/u/consent", "create": "/u/signup"}
    for prompt in document["prompt_values_supported"]:
        location = protocol.authorize(client, prompt=prompt).headers["Location"]
        assert location.startswith(pages.get(prompt, f"{CALLBACK}?code="))
    for other in ("something", "NONE", "login create something"):
        assert protocol.answer(client, prompt=other)["error"] == "invalid_request"


def test_advertised_subject_types_are_used_and_others_are_refused(registrar, protocol, register, document):
    assert set(document["subject_types_supported"]) == {"public", "pairwise"}
    found = {
        kind: protocol.verify(protocol.tokens(register(subject_type=kind))["id_token"])["sub"]
        for kind in document["subject_types_supported"]
    }
    assert found["public"] == protocol.user_id != found["pairwise"]
    for other in ("ephemeral", "PAIRWISE", "sub"):
        assert_error(registrar.register(subject_type=other), "invalid_client_metadata")


def test_every_advertised_claim_can_be_said_and_no_other(app, protocol, client, document):
    assert document["claims_parameter_supported"] is True
    with app.app_context(), unit_of_work():
        user_id = create_user("everything@example.com", verified=True, claims=EVERYTHING).id
    protocol.sign_in(user_id)
    every = document["claims_supported"]
    asked = json.dumps({"id_token": dict.fromkeys([*every, "ssn", "is_admin", "blocked_at"])})
    claims = protocol.verify(protocol.tokens(client, scope="openid", claims=asked)["id_token"])
    assert set(claims) - {"at_hash"} == set(every)
    for name in ("email", "nickname", "birthdate"):
        tokens = protocol.tokens(client, scope="openid", claims=json.dumps({"userinfo": {name: None}}))
        assert set(protocol.userinfo(tokens["access_token"]).get_json()) == {"sub", name}
