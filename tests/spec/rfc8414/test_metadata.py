"""RFC 8414: where everything is, and what it can do."""

import pytest

from tests.support.protocol import ISSUER

RFC = "RFC 8414"
PATH = "/.well-known/oauth-authorization-server"
RESPONSE_TYPES = {"code", "id_token", "id_token token", "code id_token", "code token", "code id_token token"}


@pytest.fixture
def document(protocol):
    return protocol.document(PATH)


@pytest.mark.spec(RFC, "2", "issuer, endpoints and response_types_supported are there")
def test_the_required_members_are_there(document):
    assert document["issuer"] == ISSUER
    assert document["authorization_endpoint"] == f"{ISSUER}authorize"
    assert document["token_endpoint"] == f"{ISSUER}oauth/token"
    assert set(document["response_types_supported"]) == RESPONSE_TYPES


@pytest.mark.spec(RFC, "2", "every endpoint stands below the issuer and answers")
def test_every_endpoint_exists(protocol, document):
    urls = {name: url for name, url in document.items() if name.endswith(("_endpoint", "_uri"))}
    assert len(urls) == 5
    for url in urls.values():
        assert url.startswith(ISSUER)
        assert protocol.http.get(url, base_url=ISSUER).status_code not in {404, 500}


@pytest.mark.spec(RFC, "2", "members without elements are left out")
def test_no_member_is_empty(document):
    assert all(value not in ([], "", None) for value in document.values())


@pytest.mark.spec(RFC, "2", "signing algorithms never include none")
def test_no_algorithm_is_none(document):
    algs = [value for name, value in document.items() if name.endswith("alg_values_supported")]
    assert len(algs) == 3
    assert all("none" not in value for value in algs)


@pytest.mark.spec(RFC, "2", "algorithms for assertions are there where client_secret_jwt or private_key_jwt are")
@pytest.mark.parametrize("endpoint", ["token", "revocation", "introspection"])
def test_the_algorithms_are_those_of_the_methods(document, endpoint):
    methods = document[f"{endpoint}_endpoint_auth_methods_supported"]
    algs = document[f"{endpoint}_endpoint_auth_signing_alg_values_supported"]
    assert {"client_secret_jwt", "private_key_jwt"} <= set(methods)
    assert [alg for alg in algs if alg.startswith("HS")] == ["HS256"]
    assert {"RS256", "PS256", "ES256"} < set(algs)


@pytest.mark.spec(RFC, "2", "what only we sign is never signed with a secret")
def test_what_we_sign_is_signed_by_a_key(protocol):
    openid = protocol.document("/.well-known/openid-configuration")
    for kind in ("id_token", "userinfo"):
        algs = openid[f"{kind}_signing_alg_values_supported"]
        assert algs
        assert not [alg for alg in algs if alg == "none" or alg.startswith("HS")]


@pytest.mark.spec(RFC, "3.2", "application/json, and caches may keep it")
def test_the_document_is_json_that_may_be_cached(protocol):
    response = protocol.http.get(PATH, base_url=ISSUER)
    assert response.content_type == "application/json"
    assert "max-age" in response.headers["Cache-Control"]


@pytest.mark.spec(RFC, "3", "both documents agree")
def test_openid_discovery_says_the_same_and_more(protocol, document):
    openid = protocol.document("/.well-known/openid-configuration")
    assert {name: openid[name] for name in document} == document
