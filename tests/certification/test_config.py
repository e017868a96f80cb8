"""The plan for the discovery document: oidcc-config-certification-test-plan."""

import pytest

from tests.certification import checks
from tests.certification.discovery import check_discovery
from tests.certification.flows import BASIC
from tests.certification.modules import spec
from tests.certification.suite import Run


@spec(
    "oidcc-discovery-endpoint-verification", "JSON of known members, well typed, https, an issuer that fits; good keys"
)
@pytest.mark.parametrize("flow", BASIC, ids=str)
def test_oidcc_discovery_endpoint_verification(run: Run):
    url = f"{run.provider['issuer']}.well-known/openid-configuration"
    response = run.get(url)
    assert (response.status_code, checks.content_type(response)) == (200, checks.JSON)
    check_discovery(response.json(), url)
