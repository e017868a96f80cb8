"""The modules for response types with a code: what the token endpoint gives, and to whom."""

import secrets
import time

import pytest

from tests.certification import checks, modules
from tests.certification.modules import spec, wait_until
from tests.certification.relying_party import RelyingParty, Tokens
from tests.certification.suite import Run
from tests.support.protocol import pkce

LATER_SECONDS = 30


class WithCode:
    """Modules for every response type with a code."""

    @spec("oidcc-server-client-secret-post", "the happy path with client_secret_post")
    def test_oidcc_server_client_secret_post(self, run: Run):
        run.auth_method = "client_secret_post"
        run.complete()

    @spec("oidcc-codereuse", "a code is good once: 400 invalid_grant")
    def test_oidcc_codereuse(self, run: Run):
        tokens = run.complete()
        checks.check_token_refusal(run.client.redeem(tokens.answer.parameters["code"]), "invalid_grant")

    @spec("oidcc-refresh-token", "a refresh gives fresh tokens for the same login; nobody else's client may use it")
    def test_oidcc_refresh_token(self, run: Run):
        grants = [*run.flow.grant_types, "refresh_token"]
        assert "refresh_token" in run.provider["grant_types_supported"]
        assert "offline_access" in run.provider["scopes_supported"]
        run.register(grant_types=grants)
        first = refreshed(run, run.client)
        other = run.register(grant_types=grants)
        run.browser.forget()
        second = refreshed(run, other)
        assert second["refresh_token"] != first["refresh_token"]
        checks.check_token_refusal(run.client.refresh(second["refresh_token"]), "invalid_grant")


def refreshed(run: Run, client: RelyingParty) -> dict[str, str]:
    """Sign in for offline access and refresh once; the newest tokens."""
    tokens = run.complete(client, scope="openid offline_access", prompt="consent")
    check_refresh(client, tokens)
    return tokens.response


def check_refresh(client: RelyingParty, tokens: Tokens, **more: str) -> None:
    """Refresh; `tokens` then has the newest."""
    before = tokens.redeemed
    assert before is not None
    wait_until(before["iat"] + 1)
    scope = tokens.response.get("scope", "openid offline_access")
    found = checks.check_token_response(client.refresh(tokens.response["refresh_token"], scope=scope, **more))
    assert found["access_token"] != tokens.response["access_token"]
    if "id_token" in found:
        # OIDC Core §12.2: it should have no nonce.
        after = client.read_id_token(found["id_token"], None, found["access_token"], None, set())
        for name in ("iss", "sub", "aud", "azp", "auth_time"):
            assert after.get(name) == before.get(name), name
        assert after["iat"] > before["iat"]
    assert client.ask_userinfo(found["access_token"]).status_code == 200
    tokens.response = {"refresh_token": tokens.response["refresh_token"], **found}


@pytest.mark.usefixtures("used_codes")  # from the first module on, so that there is less to wait in the end
class CodeReuseLater:
    """Stands first among the bases of a plan: pytest begins with the last one."""

    @spec("oidcc-codereuse-30seconds", "a code that comes again takes back the access token that it gave")
    def test_oidcc_codereuse_30seconds(self, flow, used_codes):
        run, tokens, used_at = used_codes[flow]
        time.sleep(max(0.0, used_at + LATER_SECONDS - time.monotonic()))
        assert run.client.ask_userinfo(tokens.response["access_token"]).status_code == 200
        checks.check_token_refusal(run.client.redeem(tokens.answer.parameters["code"]), "invalid_grant")
        assert run.client.ask_userinfo(tokens.response["access_token"]).status_code == 401


class Pkce:
    """Once a plan."""

    @spec("oidcc-ensure-request-with-valid-pkce-succeeds", "PKCE with S256 is taken")
    def test_oidcc_ensure_request_with_valid_pkce_succeeds(self, run: Run):
        pair, client = pkce(), run.client
        request = client.request(code_challenge=pair.challenge, code_challenge_method="S256")
        answer = run.send(request)
        code = answer.parameters["code"]
        assert client.redeem(code, code_verifier=pkce().verifier).status_code == 400
        answer = run.send({**request, "state": secrets.token_hex(8)})
        found = checks.check_token_response(client.redeem(answer.parameters["code"], code_verifier=pair.verifier))
        client.read_id_token(found["id_token"], request["nonce"], found["access_token"], None, set())


class BasicAlone:
    """Modules of the plan for `code`."""

    @spec("oidcc-idtoken-unsigned", "only where discovery lists none for ID tokens")
    def test_oidcc_idtoken_unsigned(self, run: Run):
        assert "none" not in run.provider["id_token_signing_alg_values_supported"], "then it has to work"
        refused = run.send_registration(run.metadata(id_token_signed_response_alg="none"))
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_client_metadata")

    @spec("oidcc-ensure-post-request-succeeds", "the authorization request as a form that is posted")
    def test_oidcc_ensure_post_request_succeeds(self, run: Run):
        request = run.client.request()
        run.finish(run.client, run.send(request, method="POST"), request)


class Basic(
    CodeReuseLater,
    modules.EveryFlow,
    modules.Logins,
    modules.RequestObjects,
    modules.Userinfo,
    modules.ResponseTypeMissing,
    modules.AlternateHappyFlow,
    modules.NonceOptional,
    WithCode,
    Pkce,
    BasicAlone,
):
    """A plan for `response_type=code`, whichever way the answer comes."""
