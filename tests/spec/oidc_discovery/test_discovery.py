"""OpenID Connect Discovery 1.0 §3, §4; RFC 7517: the document and the keys."""

import pytest

from tests.support.factories import make_client
from tests.support.protocol import ISSUER, header_of

SPEC = "OIDC Discovery 1.0"


@pytest.fixture
def document(protocol):
    return protocol.document("/.well-known/openid-configuration")


@pytest.mark.spec(SPEC, "3", "the required members")
def test_the_required_members_are_there(document):
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint", "end_session_endpoint"):
        assert document[name].startswith(ISSUER)
    assert {"code", "id_token", "id_token token"} <= set(document["response_types_supported"])
    assert set(document["subject_types_supported"]) == {"public", "pairwise"}
    assert "RS256" in document["id_token_signing_alg_values_supported"]
    assert "openid" in document["scopes_supported"]


@pytest.mark.spec(SPEC, "4.3", "issuer is the URL that the document was fetched from, and iss of the ID tokens")
def test_the_issuer_is_exact(app, protocol, document):
    assert document["issuer"] == ISSUER
    assert protocol.verify(protocol.tokens(make_client(app))["id_token"])["iss"] == document["issuer"]


@pytest.mark.spec(SPEC, "3", "claims_supported covers what is really said")
def test_every_claim_that_is_said_is_listed(app, protocol, document):
    client = make_client(app)
    tokens = protocol.tokens(client, scope="openid profile email address phone")
    said = set(protocol.verify(tokens["id_token"])) | set(protocol.userinfo(tokens["access_token"]).get_json())
    assert said - {"at_hash"} <= set(document["claims_supported"])


@pytest.mark.spec(SPEC, "3", "supported parameters are said to be, and that a request_uri has to be registered")
def test_the_parameters_that_are_supported_are_said_to_be(document):
    for name in ("claims_parameter_supported", "request_parameter_supported", "request_uri_parameter_supported"):
        assert document[name] is True
    # Its default is false (§3): left out, apps would believe that any may be sent.
    assert document["require_request_uri_registration"] is True
    assert document["claim_types_supported"] == ["normal"]


@pytest.mark.spec(SPEC, "3", "none is no algorithm for ID tokens, userinfo or request objects")
def test_nothing_is_advertised_as_unsigned(document):
    names = [name for name in document if name.endswith("signing_alg_values_supported")]
    assert len(names) == 6
    assert not [name for name in names if "none" in document[name]]


@pytest.mark.spec(SPEC, "4.2", "browsers of any origin may read it")
@pytest.mark.parametrize("path", ["openid-configuration", "oauth-authorization-server", "jwks.json"])
def test_public_documents_are_open_to_every_origin(protocol, path):
    url = f"/.well-known/{path}"
    response = protocol.http.get(url, base_url=ISSUER, headers={"Origin": "https://anywhere.example"})
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in response.headers


@pytest.mark.spec("RFC 7517", "4", "each key has kty, use, alg and kid, and nothing private")
def test_the_jwks_shows_public_keys_alone(protocol):
    keys = protocol.document("/.well-known/jwks.json")["keys"]
    assert keys
    for key in keys:
        assert key["use"] == "sig"
        assert {"kty", "alg", "kid"} <= set(key)
        assert not {"d", "p", "q", "dp", "dq", "qi", "oth", "k"} & set(key)
    assert len({key["kid"] for key in keys}) == len(keys)


@pytest.mark.spec("OIDC Core 1.0", "10.1", "kid names the key when there are several")
def test_every_token_names_its_key(app, protocol):
    tokens = protocol.tokens(make_client(app))
    published = {key["kid"] for key in protocol.document("/.well-known/jwks.json")["keys"]}
    assert {header_of(tokens[kind])["kid"] for kind in ("id_token", "access_token")} <= published
