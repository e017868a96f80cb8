"""The plan for logout from server to server: oidcc-backchannel-rp-initiated-logout-certification-test-plan."""

import time

import pytest

from tests.certification import checks, logouts
from tests.certification.discovery import check_discovery
from tests.certification.flows import EVERY
from tests.certification.modules import spec
from tests.certification.relying_party import verify
from tests.certification.suite import Run

EVENTS: dict[str, object] = {"http://schemas.openid.net/event/backchannel-logout": {}}


@pytest.mark.parametrize("flow", EVERY, ids=str)
class TestBackchannelLogout:
    """Two modules."""

    @spec("oidcc-backchannel-logout-discovery-endpoint-verification", "both flags are true")
    def test_oidcc_backchannel_logout_discovery_endpoint_verification(self, run: Run):
        check_discovery(run.provider, f"{run.provider['issuer']}.well-known/openid-configuration")
        assert run.provider["backchannel_logout_supported"] is True
        assert run.provider["backchannel_logout_session_supported"] is True

    @spec("oidcc-backchannel-rp-initiated-logout", "a form with a logout token alone, good in every claim; then back")
    def test_oidcc_backchannel_rp_initiated_logout(self, run: Run):
        uri, place, state = run.url("backchannel"), run.url("logged-out"), logouts.long_state()
        tokens = logouts.signed_in(run, backchannel_logout_uri=uri, backchannel_logout_session_required=True)
        answer = logouts.log_out(run, id_token_hint=tokens.id_token, post_logout_redirect_uri=place, state=state)
        logouts.check_returned(run, answer, state=state)
        received = run.suite.wait_for(run.path("backchannel"))
        assert received.method == "POST"
        assert received.headers["content-type"] == "application/x-www-form-urlencoded"
        assert received.query == {}
        assert list(received.form) == ["logout_token"]
        check_logout_token(run, verify(received.form["logout_token"], run.jwks, "RS256"), tokens.claims)
        logouts.check_is_over(run)


def check_logout_token(run: Run, claims: dict[str, object], id_token: dict[str, object]) -> None:
    """OIDC Back-Channel Logout §2.6, and nothing that nobody knows."""
    assert (claims["iss"], claims["aud"]) == (run.provider["issuer"], run.client.id)
    assert (claims["sub"], claims["sid"]) == (id_token["sub"], id_token["sid"])
    assert claims["events"] == EVENTS
    assert isinstance(claims["iat"], int)
    assert abs(claims["iat"] - time.time()) < checks.CLOCK_SECONDS
    assert isinstance(claims["jti"], str)
    checks.check_entropy(claims["jti"])
    assert claims.keys() == {"iss", "aud", "iat", "exp", "jti", "events", "sub", "sid"}
