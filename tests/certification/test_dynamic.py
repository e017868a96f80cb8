"""The plan for clients that register themselves, and authenticate by private_key_jwt:
oidcc-dynamic-certification-test-plan.
"""

import secrets
import time
from collections.abc import Iterator

import pytest

from tests.certification import checks, code_modules, modules
from tests.certification.discovery import check_discovery, check_dynamic_discovery
from tests.certification.flows import EVERY, Flow
from tests.certification.modules import spec
from tests.certification.relying_party import RelyingParty, Tokens, kid_of, new_key, public_jwk
from tests.certification.suite import Run, Suite

WITH_ACCESS = tuple(flow for flow in EVERY if flow.gives_access)
WITH_CODE = tuple(flow for flow in EVERY if flow.has_code)
WITHOUT_ID_TOKEN = tuple(flow for flow in EVERY if not flow.has_id_token)
OTHER_SECONDS = 6
"""Our server asks a jwks_uri again for an unknown key, but not more often."""


@pytest.fixture
def run(suite: Suite, flow: Flow) -> Iterator[Run]:
    """A run whose clients have keys and no secret."""
    started = Run(suite, flow, "private_key_jwt")
    yield started
    started.clean_up()


@pytest.mark.parametrize("flow", EVERY, ids=str)
class TestDynamic:
    """16 modules for each response type."""

    @spec("oidcc-idtoken-rs256", "an ID token algorithm that was registered is used")
    def test_oidcc_idtoken_rs256(self, run: Run):
        run.register(id_token_signed_response_alg="RS256")
        run.complete()

    @spec("oidcc-ensure-redirect-uri-in-authorization-request", "two are registered, none is sent: an error page")
    def test_oidcc_ensure_redirect_uri_in_authorization_request(self, run: Run):
        client = run.register(redirect_uris=[run.url("callback"), run.url("callback2")])
        run.refusal(client.request(redirect_uri=None))

    @spec("oidcc-redirect-uri-query-OK", "the query of a registered redirect URI is kept")
    def test_oidcc_redirect_uri_query_ok(self, run: Run):
        run.register(redirect_uris=[f"{run.url('callback')}?foo=bar"])
        request = run.client.request()
        answer = run.browser.open(run.provider["authorization_endpoint"], request)
        assert answer is not None
        if answer.mode == "query":
            assert answer.parameters.pop("foo") == "bar"
        assert "?foo=bar" in answer.uri
        run.finish(run.client, run.check_answer(answer, request, run.client), request)

    @spec("oidcc-redirect-uri-query-mismatch", "another query than the registered one: an error page")
    def test_oidcc_redirect_uri_query_mismatch(self, run: Run):
        client = run.register(redirect_uris=[f"{run.url('callback')}?foo=bar"])
        run.refusal(client.request(redirect_uri=f"{run.url('callback')}?bar=foo"))

    @spec("oidcc-redirect-uri-query-added", "a query where none was registered: an error page")
    def test_oidcc_redirect_uri_query_added(self, run: Run):
        run.refusal(run.client.request(redirect_uri=f"{run.url('callback')}?foo=bar"))

    @spec("oidcc-redirect-uri-regfrag", "a redirect URI with a fragment cannot be registered")
    def test_oidcc_redirect_uri_regfrag(self, run: Run):
        refused = run.send_registration(run.metadata(redirect_uris=[f"{run.url('callback')}#foo"]))
        assert refused.status_code == 400
        assert checks.content_type(refused) == checks.JSON
        assert refused.json()["error"] == "invalid_redirect_uri"

    @spec("oidcc-discovery-endpoint-verification", "what a provider with dynamic registration supports")
    def test_oidcc_discovery_endpoint_verification(self, run: Run):
        check_discovery(run.provider, f"{run.provider['issuer']}.well-known/openid-configuration")
        check_dynamic_discovery(run.provider)

    @spec("oidcc-server", "the happy path with private_key_jwt")
    def test_oidcc_server(self, run: Run):
        run.complete()

    @spec("oidcc-registration-logo-uri", "the first page shows the app's logo")
    def test_oidcc_registration_logo_uri(self, run: Run):
        logo = run.url("logo.png")
        run.register(logo_uri=logo)
        first = run.complete().answer.first_page
        assert first is not None
        assert logo in first.images
        assert "img-src 'self' https:" in first.headers["Content-Security-Policy"]

    @spec("oidcc-registration-policy-uri", "the first page links to the app's policy")
    def test_oidcc_registration_policy_uri(self, run: Run):
        run.register(policy_uri=run.url("policy"))
        first = run.complete().answer.first_page
        assert first is not None
        assert run.url("policy") in first.links

    @spec("oidcc-registration-tos-uri", "the first page links to the app's terms of service")
    def test_oidcc_registration_tos_uri(self, run: Run):
        run.register(tos_uri=run.url("tos"))
        first = run.complete().answer.first_page
        assert first is not None
        assert run.url("tos") in first.links

    @spec("oidcc-registration-jwks-uri", "the client's keys are fetched from its jwks_uri")
    def test_oidcc_registration_jwks_uri(self, run: Run):
        client = register_by_reference(run)
        request = client.request()
        signed = client.sign({**request, "iss": client.id, "aud": run.provider["issuer"]})
        run.finish(client, run.send({**request, "request": signed}), request)
        assert run.suite.receiver.seen(run.path("jwks.json"))

    @spec(
        "oidcc-registration-sector-uri", "the document of a sector is fetched, and its apps have a subject of its own"
    )
    def test_oidcc_registration_sector_uri(self, run: Run):
        assert "pairwise" in run.provider["subject_types_supported"]
        uri = run.suite.publish(run.path("sector.json"), [run.url("callback")])
        pairwise = run.register(sector_identifier_uri=uri, subject_type="pairwise")
        assert run.suite.receiver.seen(run.path("sector.json"))
        public = run.register()
        assert run.complete(pairwise).claims["sub"] != run.complete(public).claims["sub"]

    @spec(
        "oidcc-registration-sector-bad", "a redirect URI that the document does not list: 400 invalid_client_metadata"
    )
    def test_oidcc_registration_sector_bad(self, run: Run):
        uri = run.suite.publish(run.path("sector.json"), [run.url("elsewhere")])
        refused = run.send_registration(run.metadata(sector_identifier_uri=uri, subject_type="pairwise"))
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_client_metadata")

    @spec("oidcc-server-rotate-keys", "after a rotation a new RSA key signs; the one before is still published")
    def test_oidcc_server_rotate_keys(self, run: Run):
        before = {key["kid"] for key in run.jwks["keys"]}
        active = run.suite.server.idp("keys", "rotate", "--now")["active_kid"]
        run.wait_for_key(active)
        after = {key["kid"]: key for key in run.jwks["keys"]}
        assert after.keys() > before
        assert after[active]["kty"] in {"RSA", "EC"}
        assert kid_of(run.complete().id_token) == active

    @spec("oidcc-request-uri-unsigned", "only where discovery lists none: it is refused as unsupported")
    def test_oidcc_request_uri_unsigned(self, run: Run):
        uri = run.url("request.jwt")
        client = run.register(request_uris=[uri])
        run.suite.publish(run.path("request.jwt"), modules.unsigned(client.request()), "application/jwt")
        modules.check_unsigned_is_refused(run, "request_uri", uri)

    @spec("oidcc-request-uri-signed-rs256", "a signed request object by reference; the URL's fragment is of no account")
    def test_oidcc_request_uri_signed_rs256(self, run: Run):
        uri = f"{run.url('request.jwt')}#{secrets.token_hex(32)}"
        client = run.register(request_uris=[uri], request_object_signing_alg="RS256")
        inside = client.request()
        claims = {**inside, "iss": client.id, "aud": run.provider["issuer"]}
        run.suite.publish(run.path("request.jwt"), client.sign(claims), "application/jwt")
        beside = {name: inside[name] for name in ("client_id", "response_type", "scope", "redirect_uri")}
        answer = run.browser.open(run.provider["authorization_endpoint"], {**beside, "request_uri": uri})
        assert answer is not None
        run.finish(client, run.check_answer(answer, inside, client), inside)

    test_oidcc_ensure_request_object_with_redirect_uri = (
        modules.RequestObjects.test_oidcc_ensure_request_object_with_redirect_uri
    )


@pytest.mark.parametrize("flow", WITH_ACCESS, ids=str)
class TestDynamicWithAccess:
    """One more, where there is an access token."""

    @spec("oidcc-userinfo-rs256", "/userinfo as a JWT: RS256, iss and aud, no nonce")
    def test_oidcc_userinfo_rs256(self, run: Run):
        assert "RS256" in run.provider["userinfo_signing_alg_values_supported"]
        client = run.register(userinfo_signed_response_alg="RS256")
        found = run.complete().userinfo
        assert found is not None
        audience = found["aud"] if isinstance(found["aud"], list) else [found["aud"]]
        assert (found["iss"], audience) == (run.provider["issuer"], [client.id])
        assert "nonce" not in found


@pytest.mark.parametrize("flow", WITHOUT_ID_TOKEN, ids=str)
class TestDynamicWithoutIdToken:
    """One more, where the browser carries no ID token."""

    test_oidcc_idtoken_unsigned = code_modules.BasicAlone.test_oidcc_idtoken_unsigned


@pytest.mark.parametrize("flow", WITH_CODE, ids=str)
class TestDynamicWithCode:
    """Three more, where there is a code."""

    test_oidcc_refresh_token = code_modules.WithCode.test_oidcc_refresh_token

    @spec("oidcc-ensure-client-assertion-with-iss-aud-succeeds", "an assertion whose audience is the issuer is good")
    def test_oidcc_ensure_client_assertion_with_iss_aud_succeeds(self, run: Run):
        client = run.client
        code = run.authorize().parameters["code"]
        checks.check_token_response(client.redeem(code, assertion=client.assertion(run.provider["issuer"])))

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def published(cls, suite: Suite) -> Iterator[dict[Flow, tuple[Run, Tokens, float]]]:
        """For each flow a client that has used the key at its jwks_uri, and when."""
        runs = {flow: Run(suite, flow, "private_key_jwt") for flow in WITH_CODE}
        yield {flow: (run, begin_offline(run), time.monotonic()) for flow, run in runs.items()}
        for run in runs.values():
            run.clean_up()

    @spec(
        "oidcc-refresh-token-rp-key-rotation", "a key that the client has since put at its jwks_uri is fetched and used"
    )
    def test_oidcc_refresh_token_rp_key_rotation(self, flow: Flow, published):
        run, tokens, used_at = published[flow]
        run.client.key, run.client.kid = new_key(), "second"
        run.suite.publish(run.path("jwks.json"), {"keys": [public_jwk(run.client.key, "second")]})
        time.sleep(max(0.0, used_at + OTHER_SECONDS - time.monotonic()))
        code_modules.check_refresh(run.client, tokens)


def register_by_reference(run: Run, **changes: list[str]) -> RelyingParty:
    """Register with a jwks_uri."""
    uri = run.suite.publish(run.path("jwks.json"), {"keys": [public_jwk(run.suite.keys[0], "first")]})
    client = run.register(jwks=None, jwks_uri=uri, **changes)
    client.kid = "first"
    return client


def begin_offline(run: Run) -> Tokens:
    """Register with a jwks_uri and sign in for offline access."""
    client = register_by_reference(run, grant_types=[*run.flow.grant_types, "refresh_token"])
    return run.complete(client, scope="openid offline_access", prompt="consent")
