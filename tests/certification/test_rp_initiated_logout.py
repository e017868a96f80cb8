"""The plan for logout that an app asks for: oidcc-rp-initiated-logout-certification-test-plan."""

import pytest

from tests.certification import logouts
from tests.certification.discovery import check_discovery
from tests.certification.flows import EVERY
from tests.certification.modules import spec
from tests.certification.suite import Run


@pytest.mark.parametrize("flow", EVERY, ids=str)
class TestRpInitiatedLogout:
    """11 modules."""

    @spec("oidcc-rp-initiated-logout-discovery-endpoint-verification", "an https end_session_endpoint")
    def test_oidcc_rp_initiated_logout_discovery_endpoint_verification(self, run: Run):
        check_discovery(run.provider, f"{run.provider['issuer']}.well-known/openid-configuration")
        assert run.provider["end_session_endpoint"].startswith("https://")

    @spec("oidcc-rp-initiated-logout", "back to the registered place with the state alone; the login is over")
    def test_oidcc_rp_initiated_logout(self, run: Run):
        tokens, state, place = logouts.signed_in(run), logouts.long_state(), run.url("logged-out")
        answer = logouts.log_out(run, id_token_hint=tokens.id_token, post_logout_redirect_uri=place, state=state)
        logouts.check_returned(run, answer, state=state)
        logouts.check_is_over(run)

    @spec("oidcc-rp-initiated-logout-no-state", "back to the registered place with nothing")
    def test_oidcc_rp_initiated_logout_no_state(self, run: Run):
        tokens, place = logouts.signed_in(run), run.url("logged-out")
        answer = logouts.log_out(run, id_token_hint=tokens.id_token, post_logout_redirect_uri=place)
        logouts.check_returned(run, answer)
        logouts.check_is_over(run)

    @spec("oidcc-rp-initiated-logout-bad-post-logout-redirect-uri", "an unregistered place: a page, and no redirect")
    def test_oidcc_rp_initiated_logout_bad_post_logout_redirect_uri(self, run: Run):
        tokens, place = logouts.signed_in(run), run.url("elsewhere")
        logouts.check_refused(run, id_token_hint=tokens.id_token, post_logout_redirect_uri=place, state="s")

    @spec("oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri", "another query: a page, and no redirect")
    def test_oidcc_rp_initiated_logout_query_added_to_post_logout_redirect_uri(self, run: Run):
        tokens, place = logouts.signed_in(run), f"{run.url('logged-out')}?foo=bar"
        logouts.check_refused(run, id_token_hint=tokens.id_token, post_logout_redirect_uri=place, state="s")

    @spec("oidcc-rp-initiated-logout-modified-id-token-hint", "a hint without its signature: a page, and no redirect")
    def test_oidcc_rp_initiated_logout_modified_id_token_hint(self, run: Run):
        tokens, place = logouts.signed_in(run), run.url("logged-out")
        hint = logouts.unsigned_copy(tokens.id_token)
        logouts.check_refused(run, id_token_hint=hint, post_logout_redirect_uri=place, state="s")

    @spec("oidcc-rp-initiated-logout-bad-id-token-hint", "a hint that the client made: a page, and no redirect")
    def test_oidcc_rp_initiated_logout_bad_id_token_hint(self, run: Run):
        tokens, place = logouts.signed_in(run), run.url("logged-out")
        hint = logouts.forged_by_client(run.client, tokens.claims)
        logouts.check_refused(run, id_token_hint=hint, post_logout_redirect_uri=place, state="s")

    @spec("oidcc-rp-initiated-logout-no-id-token-hint", "a place to go, and nobody who asks: a page, and no redirect")
    def test_oidcc_rp_initiated_logout_no_id_token_hint(self, run: Run):
        logouts.signed_in(run)
        logouts.check_refused(run, post_logout_redirect_uri=run.url("logged-out"), state="s")

    @spec("oidcc-rp-initiated-logout-no-post-logout-redirect-uri", "without a place to go: a page says that it is done")
    def test_oidcc_rp_initiated_logout_no_post_logout_redirect_uri(self, run: Run):
        tokens = logouts.signed_in(run)
        assert logouts.log_out(run, id_token_hint=tokens.id_token, state="s") is None
        assert logouts.SIGNED_OUT in run.browser.page.text
        logouts.check_is_over(run)

    @spec("oidcc-rp-initiated-logout-only-state", "with a state alone: a page says that it is done")
    def test_oidcc_rp_initiated_logout_only_state(self, run: Run):
        logouts.signed_in(run)
        assert logouts.log_out(run, state=logouts.long_state()) is None
        assert logouts.SIGNED_OUT in run.browser.page.text
        logouts.check_is_over(run)

    @spec("oidcc-rp-initiated-logout-no-params", "with nothing: a page says that it is done")
    def test_oidcc_rp_initiated_logout_no_params(self, run: Run):
        logouts.signed_in(run)
        assert logouts.log_out(run) is None
        assert logouts.SIGNED_OUT in run.browser.page.text
        logouts.check_is_over(run)
