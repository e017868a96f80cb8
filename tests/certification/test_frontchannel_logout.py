"""The plan for logout by frames in the browser: oidcc-frontchannel-rp-initiated-logout-certification-test-plan."""

from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from tests.certification import logouts
from tests.certification.discovery import check_discovery
from tests.certification.flows import EVERY
from tests.certification.modules import spec
from tests.certification.suite import Run


@pytest.mark.parametrize("flow", EVERY, ids=str)
class TestFrontchannelLogout:
    """Two modules."""

    @spec("oidcc-frontchannel-logout-discovery-endpoint-verification", "both flags are true")
    def test_oidcc_frontchannel_logout_discovery_endpoint_verification(self, run: Run):
        check_discovery(run.provider, f"{run.provider['issuer']}.well-known/openid-configuration")
        assert run.provider["frontchannel_logout_supported"] is True
        assert run.provider["frontchannel_logout_session_supported"] is True

    @spec("oidcc-frontchannel-rp-initiated-logout", "a frame with iss and sid alone is loaded first, then back")
    def test_oidcc_frontchannel_rp_initiated_logout(self, run: Run):
        uri, place, state = run.url("frontchannel"), run.url("logged-out"), logouts.long_state()
        tokens = logouts.signed_in(run, frontchannel_logout_uri=uri, frontchannel_logout_session_required=True)
        assert (
            logouts.log_out(run, id_token_hint=tokens.id_token, post_logout_redirect_uri=place, state=state) is None
        ), "it did not wait for the frame"
        page = run.browser.page
        (frame,) = page.frames
        parts = urlsplit(frame)
        assert f"{parts.scheme}://{parts.netloc}" in page.headers["Content-Security-Policy"]
        assert requests.get(frame, verify=str(run.suite.authority), timeout=60).status_code == 200
        received = run.suite.wait_for(run.path("frontchannel"))
        assert received.query == {"iss": run.provider["issuer"], "sid": tokens.claims["sid"]}
        # A script presses this once the frame is loaded: tests/spec/oidc_frontchannel_logout, in a real browser.
        (onward,) = [link for link in page.links if link.startswith(place)]
        assert dict(parse_qsl(urlsplit(onward).query)) == {"state": state}
        logouts.check_is_over(run)
