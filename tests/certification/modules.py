"""The modules that the plans for response types have in common; each plan puts together the classes that it has.

A test bears the name of its module. `run` is a fresh browser with clients of its own; it checks every answer, token
and claim on the way, so that a module says only what is special about it.
"""

import base64
import json
import secrets
import time

import pytest

from tests.certification import checks
from tests.certification.suite import CLAIMS, Run

LOGIN = "/u/login"


def spec(module: str, demand: str):
    """The mark of a module: its name, and what it demands."""
    return pytest.mark.spec("Certification", module, demand)


def wait_until(second: int) -> None:
    """Times in tokens are whole seconds: two logins of one second cannot be told apart."""
    time.sleep(max(0.0, second + 0.01 - time.time()))


def check_scope_claims(run: Run, *scopes: str) -> None:
    """Every standard claim of these scopes comes back: from /userinfo, or in the ID token where that is all."""
    wanted = {claim for scope in scopes for claim in checks.SCOPES[scope]}
    in_id_token = set() if run.flow.gives_access else wanted
    tokens = run.complete(scope=" ".join(("openid", *scopes)), extra=in_id_token)
    found = tokens.userinfo if tokens.userinfo is not None else tokens.claims
    assert not (missing := wanted - found.keys()), f"missing: {missing}"
    for name in wanted & CLAIMS.keys():
        assert found[name] == CLAIMS[name]


class EveryFlow:
    """Modules for every response type: the happy path, scopes, display, prompts, age, hints."""

    @spec("oidcc-server", "the happy path, with at_hash and c_hash where the browser carries the ID token")
    def test_oidcc_server(self, run: Run):
        tokens = run.complete()
        assert tokens.answer.pages == (LOGIN, "/u/consent")
        assert "name" not in tokens.claims

    @spec("oidcc-idtoken-signature", "without a registered algorithm the ID token is RS256 and names its key")
    def test_oidcc_idtoken_signature(self, run: Run):
        assert "id_token_signed_response_alg" not in run.metadata()
        run.complete()

    @spec("oidcc-scope-profile", "every standard claim of the scope profile comes back")
    def test_oidcc_scope_profile(self, run: Run):
        check_scope_claims(run, "profile")

    @spec("oidcc-scope-email", "email and email_verified, not in the ID token, and no name that was not asked for")
    def test_oidcc_scope_email(self, run: Run):
        check_scope_claims(run, "email")

    @spec("oidcc-scope-address", "the address, as an object of texts")
    def test_oidcc_scope_address(self, run: Run):
        check_scope_claims(run, "address")

    @spec("oidcc-scope-phone", "phone_number and phone_number_verified")
    def test_oidcc_scope_phone(self, run: Run):
        check_scope_claims(run, "phone")

    @spec("oidcc-scope-all", "all standard claims at once")
    def test_oidcc_scope_all(self, run: Run):
        check_scope_claims(run, "profile", "email", "address", "phone")

    @spec("oidcc-display-page", "display=page is no error")
    def test_oidcc_display_page(self, run: Run):
        run.complete(display="page")

    @spec("oidcc-display-popup", "display=popup is no error")
    def test_oidcc_display_popup(self, run: Run):
        run.complete(display="popup")

    @spec("oidcc-ensure-request-with-unknown-parameter-succeeds", "an unknown parameter is ignored")
    def test_oidcc_ensure_request_with_unknown_parameter_succeeds(self, run: Run):
        run.complete(extra=None, foobar="foobar")

    @spec("oidcc-login-hint", "login_hint is no error; the login page offers it")
    def test_oidcc_login_hint(self, run: Run):
        tokens = run.complete(login_hint="buffy@localhost")
        assert tokens.answer.first_page is not None
        assert "buffy@localhost" in tokens.answer.first_page.text

    @spec("oidcc-ui-locales", "ui_locales in a language that there is not is no error")
    def test_oidcc_ui_locales(self, run: Run):
        run.complete(ui_locales="se")

    @spec("oidcc-claims-locales", "claims_locales in a language that there is not is no error")
    def test_oidcc_claims_locales(self, run: Run):
        run.complete(claims_locales="se")

    @spec("oidcc-ensure-request-with-acr-values-succeeds", "the ID token's acr is one of those asked for")
    def test_oidcc_ensure_request_with_acr_values_succeeds(self, run: Run):
        supported = run.provider["acr_values_supported"]
        assert supported
        assert run.complete(acr_values=" ".join(supported)).claims["acr"] in supported

    @spec("oidcc-claims-essential", "a name asked for by the claims parameter comes from /userinfo, and not elsewhere")
    def test_oidcc_claims_essential(self, run: Run):
        if run.flow.gives_access:
            tokens = run.complete(claims='{"userinfo":{"name":{"essential":true}}}')
            assert tokens.userinfo is not None
            assert tokens.userinfo["name"] == CLAIMS["name"]
        else:
            tokens = run.complete(claims='{"id_token":{"name":{"essential":true}}}', extra={"name"})
            assert tokens.claims["name"] == CLAIMS["name"]

    @spec(
        "oidcc-ensure-registered-redirect-uri", "an unregistered redirect URI ends on an error page, and nowhere else"
    )
    def test_oidcc_ensure_registered_redirect_uri(self, run: Run):
        run.refusal(run.client.request(redirect_uri=run.url("callback") + secrets.token_hex(8)))


class Logins:
    """Modules about when a person is asked to sign in, and when not."""

    @spec("oidcc-prompt-login", "prompt=login shows the login, and auth_time moves on")
    def test_oidcc_prompt_login(self, run: Run):
        first = run.complete()
        wait_until(first.claims["auth_time"] + 1)
        second = run.complete(prompt="login")
        assert second.answer.pages == (LOGIN,)
        assert second.claims["auth_time"] > first.claims["auth_time"]
        assert second.claims["sub"] == first.claims["sub"]

    @spec("oidcc-prompt-none-not-logged-in", "without a login: an error in the right mode, a long state intact")
    def test_oidcc_prompt_none_not_logged_in(self, run: Run):
        answer = run.authorize(prompt="none", state=secrets.token_hex(64))
        assert answer.parameters["error"] == "login_required"
        checks.check_error(answer.parameters)
        assert answer.pages == ()

    @spec("oidcc-prompt-none-logged-in", "with a login and consent just given: silent, the same person and auth_time")
    def test_oidcc_prompt_none_logged_in(self, run: Run):
        first = run.complete()
        wait_until(first.claims["auth_time"] + 1)
        second = run.complete(prompt="none")
        assert second.answer.pages == ()
        assert (second.claims["sub"], second.claims["auth_time"]) == (first.claims["sub"], first.claims["auth_time"])

    @spec("oidcc-id-token-hint", "prompt=none with an id_token_hint of the person signed in is silent")
    def test_oidcc_id_token_hint(self, run: Run):
        first = run.complete()
        second = run.complete(prompt="none", id_token_hint=first.id_token)
        assert second.answer.pages == ()
        assert (second.claims["sub"], second.claims["auth_time"]) == (first.claims["sub"], first.claims["auth_time"])

    @spec("oidcc-max-age-1", "a login older than max_age is asked for again, and auth_time moves on")
    def test_oidcc_max_age_1(self, run: Run):
        first = run.complete()
        wait_until(first.claims["auth_time"] + 2)
        second = run.complete(max_age="1")
        assert second.answer.pages == (LOGIN,)
        assert second.claims["auth_time"] > first.claims["auth_time"]

    @spec("oidcc-max-age-10000", "a login younger than max_age is used, with one auth_time")
    def test_oidcc_max_age_10000(self, run: Run):
        first, second = run.complete(max_age="15000"), run.complete(max_age="10000")
        assert second.answer.pages == ()
        assert first.claims["auth_time"] == second.claims["auth_time"]


def unsigned(parameters: dict[str, str]) -> str:
    """A request object with `alg: none`."""
    parts = ({"alg": "none"}, parameters)
    encoded = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts)
    return ".".join((*encoded, ""))


def check_unsigned_is_refused(run: Run, parameter: str, value: str) -> None:
    """The app is told that it is not supported, as far as what stands beside the object says where and how."""
    assert "none" not in run.provider["request_object_signing_alg_values_supported"], "then it has to be used"
    answer = run.authorize(state=None, nonce=None, **{parameter: value})
    assert answer.parameters["error"] == f"{parameter}_not_supported"
    checks.check_error(answer.parameters)


class RequestObjects:
    """Modules about parameters in a JWT."""

    @spec(
        "oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported",
        "discovery lists no unsigned request objects; one by reference is refused as unsupported",
    )
    def test_oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported(self, run: Run):
        uri = run.url("request.jwt")
        client = run.register(request_uris=[uri])
        run.suite.publish(run.path("request.jwt"), unsigned(client.request()), "application/jwt")
        check_unsigned_is_refused(run, "request_uri", uri)

    @spec(
        "oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported",
        "discovery lists no unsigned request objects; one by value is refused as unsupported",
    )
    def test_oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported(self, run: Run):
        check_unsigned_is_refused(run, "request", unsigned(run.client.request()))

    @spec(
        "oidcc-ensure-request-object-with-redirect-uri",
        "of two redirect URIs the one inside the request object is used, never the one outside",
    )
    def test_oidcc_ensure_request_object_with_redirect_uri(self, run: Run):
        client = run.client
        request = client.request()
        inside = client.sign({**request, "iss": client.id, "aud": run.provider["issuer"]})
        outside = {**request, "redirect_uri": run.url(f"callback{secrets.token_hex(4)}"), "request": inside}
        answer = run.browser.open(run.provider["authorization_endpoint"], outside)
        assert answer is not None
        run.finish(client, run.check_answer(answer, request, client), request)


class Userinfo:
    """Modules about the ways to present an access token; not where there is none."""

    @spec("oidcc-userinfo-get", "the token in the header of a GET")
    def test_oidcc_userinfo_get(self, run: Run):
        assert run.complete().userinfo

    @spec("oidcc-userinfo-post-header", "the token in the header of a POST")
    def test_oidcc_userinfo_post_header(self, run: Run):
        tokens = run.complete()
        response = run.client.ask_userinfo(tokens.access_token or "", "POST")
        assert (response.status_code, response.json()) == (200, tokens.userinfo)

    @spec("oidcc-userinfo-post-body", "the token in the body of a POST")
    def test_oidcc_userinfo_post_body(self, run: Run):
        tokens = run.complete()
        response = run.client.ask_userinfo("", "POST", data={"access_token": tokens.access_token})
        assert (response.status_code, response.json()) == (200, tokens.userinfo)


class ResponseTypeMissing:
    """Once a plan."""

    @spec("oidcc-response-type-missing", "unsupported_response_type or invalid_request, in the query or as was asked")
    def test_oidcc_response_type_missing(self, run: Run):
        answer = run.authorize(response_type=None)
        assert answer.parameters["error"] in {"unsupported_response_type", "invalid_request"}
        checks.check_error(answer.parameters)


class AlternateHappyFlow:
    """Once a plan, or for each response type."""

    @spec("oidcc-alternate-happy-flow", "the order of scopes and of parameters is of no account")
    def test_oidcc_alternate_happy_flow(self, run: Run):
        request = run.client.request(scope="email openid")
        turned = dict(reversed(request.items()))
        extra = set() if run.flow.gives_access else {"email", "email_verified"}
        run.finish(run.client, run.send(turned), turned, extra)


class NonceNeeded:
    """For an ID token that the browser carries."""

    @spec("oidcc-ensure-request-without-nonce-fails", "invalid_request")
    def test_oidcc_ensure_request_without_nonce_fails(self, run: Run):
        answer = run.authorize(nonce=None)
        assert answer.parameters["error"] == "invalid_request"
        checks.check_error(answer.parameters)


class NonceOptional:
    """For an ID token from the token endpoint alone."""

    @spec("oidcc-ensure-request-without-nonce-succeeds-for-code-flow", "no nonce is asked for, and none is made up")
    def test_oidcc_ensure_request_without_nonce_succeeds_for_code_flow(self, run: Run):
        assert "nonce" not in run.complete(nonce=None).claims
