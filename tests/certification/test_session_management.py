"""The plan for noticing a logout in the browser: oidcc-session-management-certification-test-plan.

What a frame computes is computed here; that it does so in a real browser, on a page of another site, is shown by
tests/spec/oidc_session_management.
"""

import hashlib
from urllib.parse import urlsplit

import pytest

from tests.certification import logouts
from tests.certification.discovery import check_discovery
from tests.certification.flows import EVERY
from tests.certification.modules import spec
from tests.certification.suite import Run

COOKIE = "__Host-idp_op_state"


@pytest.mark.parametrize("flow", EVERY, ids=str)
class TestSessionManagement:
    """Two modules."""

    @spec(
        "oidcc-session-management-discovery-endpoint-verification", "an https check_session_iframe, that may be framed"
    )
    def test_oidcc_session_management_discovery_endpoint_verification(self, run: Run):
        check_discovery(run.provider, f"{run.provider['issuer']}.well-known/openid-configuration")
        frame = run.get(run.provider["check_session_iframe"])
        assert frame.status_code == 200
        assert "frame-ancestors 'none'" not in frame.headers["Content-Security-Policy"]
        assert "X-Frame-Options" not in frame.headers

    @spec("oidcc-session-management-rp-initiated-logout", "session_state holds until the logout, and not after it")
    def test_oidcc_session_management_rp_initiated_logout(self, run: Run):
        tokens, place = logouts.signed_in(run), run.url("logged-out")
        state = tokens.answer.parameters["session_state"]
        assert holds(run, state)
        answer = logouts.log_out(run, id_token_hint=tokens.id_token, post_logout_redirect_uri=place)
        logouts.check_returned(run, answer)
        assert not holds(run, state)
        refused = run.authorize(prompt="none")
        assert refused.parameters["error"] == "login_required"
        assert holds(run, refused.parameters["session_state"])


def holds(run: Run, session_state: str) -> bool:
    """What the frame would say: unchanged, or changed (OIDC Session Management §3.2)."""
    parts = urlsplit(run.client.redirect_uri)
    browser_state = run.browser.http.cookies[COOKIE]
    assert " " not in session_state
    salt = session_state.partition(".")[2]
    text = f"{run.client.id} {parts.scheme}://{parts.netloc} {browser_state} {salt}"
    return session_state == f"{hashlib.sha256(text.encode()).hexdigest()}.{salt}"
