"""OIDC Core §10.1: the keys of a client are where its `jwks_uri` says, and fetched again when one is unknown.

The app is a server of its own by https, in IDP_PRIVATE_HOSTS, with a certificate that IDP_CA_BUNDLE vouches for.
"""

import json
import secrets
import time
from dataclasses import replace

import pytest

from idp.domain.clients import jwks
from idp.domain.tenant import settings as tenant_settings
from idp.infra import clock, jwt
from tests.support.certificates import make_certificate
from tests.support.factories import CALLBACK, make_client
from tests.support.protocol import ASSERTION, ISSUER, forgive_refusals
from tests.support.receivers import HOST, receiving

SPEC = "OIDC Core 1.0"
PATH = "/jwks.json"
FLOOD = 50


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return make_certificate(tmp_path_factory.mktemp("tls"), HOST)


@pytest.fixture
def site(app, certificate):
    """The server of the app, which may be reached."""
    usual = app.config["IDP"]
    tenant_settings.use(usual.model_copy(update={"private_hosts": (HOST,), "ca_bundle": certificate.authority}))
    jwks.forget_fetched()
    with receiving(certificate.server_context()) as opened:
        yield opened
    tenant_settings.use(usual)
    jwks.forget_fetched()


@pytest.fixture
def seconds(monkeypatch):
    """Let this many seconds go by on the clock that durations are measured with."""
    passed = [0.0]
    monkeypatch.setattr(clock, "monotonic", lambda: 1_000_000.0 + passed[0])

    def go_by(number):
        passed[0] += number

    return go_by


@pytest.fixture
def client(app, site):
    registration = {"jwks_uri": site.url(PATH), "request_uris": [site.url("/request.jwt#hash")]}
    return make_client(app, changes={"auth_method": "private_key_jwt", "registration": registration})


def publish(site, *keys):
    content = json.dumps({"keys": [jwt.public_jwk(key) for key in keys]}).encode()
    site.pages[PATH] = ("application/jwk-set+json", content)


def is_in(protocol, client, key):
    """Whether an assertion that this key signs is taken."""
    forgive_refusals()
    claims = {"iss": client.id, "sub": client.id, "aud": ISSUER, "exp": int(time.time()) + 60}
    proof = jwt.sign(claims | {"jti": secrets.token_urlsafe()}, key, "JWT")
    sent = {"client_assertion": proof, "client_assertion_type": ASSERTION}
    response = protocol.post("/oauth/token", grant_type="authorization_code", code="x", redirect_uri="x", **sent)
    assert response.status_code in {400, 401}
    return response.status_code != 401


def fetches(site):
    return len(site.seen(PATH))


OLD, NEW, STRANGER = (jwt.new_key("ES256") for _ in range(3))


@pytest.mark.spec(SPEC, "10.1", "the keys are fetched from jwks_uri, when one is needed, and kept")
def test_the_keys_are_fetched_once(protocol, site, client, seconds):
    publish(site, OLD)
    assert fetches(site) == 0
    assert is_in(protocol, client, OLD)
    assert [(each.method, each.body) for each in site.requests] == [("GET", "")]
    assert "authorization" not in site.requests[0].headers
    seconds(jwks.KEPT_SECONDS - 1)
    assert is_in(protocol, client, OLD)
    assert fetches(site) == 1
    seconds(2)
    assert is_in(protocol, client, OLD)
    assert fetches(site) == 2


@pytest.mark.spec(SPEC, "10.1.1", "a new kid is the signal to fetch the keys again")
def test_a_new_key_is_found_and_a_removed_one_is_not_good_any_more(protocol, site, client, seconds):
    publish(site, OLD)
    assert is_in(protocol, client, OLD)
    publish(site, NEW)
    seconds(jwks.REFETCH_SECONDS + 1)
    assert is_in(protocol, client, NEW)
    assert fetches(site) == 2
    assert not is_in(protocol, client, OLD)


def test_a_key_that_took_the_name_of_another_is_found(protocol, site, client, seconds):
    before, after = (replace(key, kid="the same") for key in (OLD, NEW))
    publish(site, before)
    assert is_in(protocol, client, before)
    publish(site, after)
    assert not is_in(protocol, client, after)
    seconds(jwks.REFETCH_SECONDS + 1)
    assert is_in(protocol, client, after)
    assert not is_in(protocol, client, before)
    assert fetches(site) == 2


def test_an_unknown_kid_is_looked_for_once_in_some_seconds(protocol, site, client, seconds):
    publish(site, OLD)
    assert is_in(protocol, client, OLD)
    publish(site, OLD, NEW)
    assert not is_in(protocol, client, NEW)
    seconds(jwks.REFETCH_SECONDS - 1)
    assert not is_in(protocol, client, NEW)
    assert fetches(site) == 1
    seconds(2)
    assert is_in(protocol, client, NEW)
    assert fetches(site) == 2


def test_a_flood_of_unknown_kids_is_not_passed_on(protocol, site, client, seconds):
    publish(site, OLD)
    for _ in range(FLOOD):
        assert not is_in(protocol, client, STRANGER)
    assert fetches(site) == 1
    seconds(jwks.REFETCH_SECONDS + 1)
    for _ in range(FLOOD):
        assert not is_in(protocol, client, jwt.new_key("ES256"))
    assert fetches(site) == 2
    assert is_in(protocol, client, OLD)


def test_a_flood_is_not_passed_on_to_a_server_that_is_down_either(protocol, site, client, seconds):
    site.answers.extend([500] * FLOOD)
    for _ in range(FLOOD):
        assert not is_in(protocol, client, OLD)
    assert fetches(site) == 1
    publish(site, OLD)
    site.answers.clear()
    seconds(jwks.REFETCH_SECONDS + 1)
    assert is_in(protocol, client, OLD)


@pytest.mark.parametrize("answer", [500, 404, (302, {"Location": "https://localhost/"})], ids=repr)
def test_while_their_server_is_down_the_known_keys_are_good(protocol, site, client, seconds, answer):
    publish(site, OLD)
    assert is_in(protocol, client, OLD)
    site.answers.extend([answer] * FLOOD)
    seconds(jwks.KEPT_SECONDS + 1)
    for _ in range(3):
        assert is_in(protocol, client, OLD)
        assert not is_in(protocol, client, STRANGER)
    assert fetches(site) == 2


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"[]", b'{"keys":5}', b'{"keys":[5]}', b"\xff", b'{"keys":[' + b"{}," * 200 + b"{}]}"],
    ids=lambda body: repr(body)[:20],
)
def test_what_is_no_set_of_keys_is_none(protocol, site, client, seconds, body):
    site.pages[PATH] = ("application/json", body)
    assert not is_in(protocol, client, OLD)
    publish(site, OLD)
    seconds(jwks.REFETCH_SECONDS + 1)
    assert is_in(protocol, client, OLD)


def test_a_private_or_symmetric_key_there_signs_nothing(protocol, site, client):
    site.pages[PATH] = ("application/json", b'{"keys":[{"kty":"oct","k":"' + b"A" * 43 + b'"}]}')
    assert not is_in(protocol, client, OLD)


def test_a_host_that_is_not_named_is_never_reached(app, protocol, site, client):
    tenant_settings.use(tenant_settings.current().model_copy(update={"private_hosts": ()}))
    publish(site, OLD)
    assert not is_in(protocol, client, OLD)
    assert site.requests == []


def test_a_certificate_that_nobody_vouches_for_is_not_believed(protocol, site, client):
    tenant_settings.use(tenant_settings.current().model_copy(update={"ca_bundle": None}))
    publish(site, OLD)
    assert not is_in(protocol, client, OLD)
    assert site.requests == []


# Request objects by reference


@pytest.mark.spec(SPEC, "6.2", "request_uri: fetched without its fragment, signed by a key of jwks_uri")
def test_a_request_object_is_fetched_and_verified(protocol, site, client):
    publish(site, OLD)
    protocol.sign_in()
    uri = site.url("/request.jwt#hash")
    for key, is_good in ((OLD, True), (STRANGER, False)):
        claims = {"iss": client.id, "aud": ISSUER, "redirect_uri": CALLBACK, "state": "inside"}
        token = jwt.sign(claims, key, "oauth-authz-req+jwt")
        site.pages["/request.jwt"] = ("application/oauth-authz-req+jwt", token.encode())
        answer = protocol.answer(client, request_uri=uri, state="outside")
        assert answer["state"] == ("inside" if is_good else "outside")
        assert answer.get("error") == (None if is_good else "invalid_request_object")
    assert [each.query for each in site.seen("/request.jwt")] == [{}, {}]


@pytest.mark.spec(SPEC, "6.2", "the request_uri is one of those registered, byte for byte")
@pytest.mark.parametrize("path", ["/request.jwt", "/request.jwt#other", "/request.jwt?#hash", "/other#hash"])
def test_another_request_uri_is_not_fetched(protocol, site, client, path):
    assert protocol.answer(client, request_uri=site.url(path))["error"] == "invalid_request_uri"
    assert site.requests == []


@pytest.mark.parametrize("answer", [404, 500, (302, {"Location": "/request2.jwt"})], ids=repr)
def test_a_request_uri_that_cannot_be_fetched_is_told(protocol, site, client, answer):
    site.answers.append(answer)
    assert protocol.answer(client, request_uri=site.url("/request.jwt#hash"))["error"] == "invalid_request_uri"
    assert len(site.requests) == 1
