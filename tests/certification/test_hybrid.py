"""The plans for a code and more from /authorize: oidcc-hybrid-certification-test-plan."""

import pytest

from tests.certification import code_modules, modules
from tests.certification.flows import HYBRID

ONCE = HYBRID[:1]
WITH_ID_TOKEN = tuple(flow for flow in HYBRID if flow.has_id_token)
WITHOUT_ID_TOKEN = tuple(flow for flow in HYBRID if not flow.has_id_token)


@pytest.mark.parametrize("flow", HYBRID, ids=str)
class TestHybrid(
    code_modules.CodeReuseLater,
    modules.EveryFlow,
    modules.Logins,
    modules.RequestObjects,
    modules.Userinfo,
    code_modules.WithCode,
):
    """32 modules for each response type."""


@pytest.mark.parametrize("flow", ONCE, ids=str)
class TestHybridOnce(modules.ResponseTypeMissing, modules.AlternateHappyFlow, code_modules.Pkce):
    """Three more, for one of them."""


@pytest.mark.parametrize("flow", WITH_ID_TOKEN, ids=str)
class TestHybridWithIdToken(modules.NonceNeeded):
    """One more, where the browser carries an ID token."""


@pytest.mark.parametrize("flow", WITHOUT_ID_TOKEN, ids=str)
class TestHybridWithoutIdToken(modules.NonceOptional):
    """One more, where it does not."""
