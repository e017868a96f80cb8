"""The plans for tokens from /authorize alone: oidcc-implicit-certification-test-plan."""

import pytest

from tests.certification import modules
from tests.certification.flows import IMPLICIT

WITH_TOKEN = tuple(flow for flow in IMPLICIT if flow.has_token)


@pytest.mark.parametrize("flow", IMPLICIT, ids=str)
class TestImplicit(
    modules.EveryFlow,
    modules.Logins,
    modules.RequestObjects,
    modules.AlternateHappyFlow,
    modules.NonceNeeded,
):
    """27 modules for each response type."""


@pytest.mark.parametrize("flow", WITH_TOKEN, ids=str)
class TestImplicitWithToken(modules.Userinfo, modules.ResponseTypeMissing):
    """Four more, where there is an access token."""
