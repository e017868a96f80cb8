"""The plans of test_basic.py, test_implicit.py and test_hybrid.py again, answered by `response_mode=form_post`:
oidcc-formpost-{basic,implicit,hybrid}-certification-test-plan.
"""

import pytest

from tests.certification import code_modules, modules, test_hybrid, test_implicit
from tests.certification.flows import BASIC, HYBRID, IMPLICIT, by_form_post


@pytest.mark.parametrize("flow", by_form_post(BASIC), ids=str)
class TestFormPostBasic(code_modules.Basic):
    """38 modules."""


@pytest.mark.parametrize("flow", by_form_post(IMPLICIT), ids=str)
class TestFormPostImplicit(
    modules.EveryFlow,
    modules.Logins,
    modules.RequestObjects,
    modules.AlternateHappyFlow,
    modules.NonceNeeded,
):
    """27 modules for each response type."""


@pytest.mark.parametrize("flow", by_form_post(test_implicit.WITH_TOKEN), ids=str)
class TestFormPostImplicitWithToken(modules.Userinfo, modules.ResponseTypeMissing):
    """Four more, where there is an access token."""


@pytest.mark.parametrize("flow", by_form_post(HYBRID), ids=str)
class TestFormPostHybrid(
    code_modules.CodeReuseLater,
    modules.EveryFlow,
    modules.Logins,
    modules.RequestObjects,
    modules.Userinfo,
    code_modules.WithCode,
):
    """32 modules for each response type."""


@pytest.mark.parametrize("flow", by_form_post(test_hybrid.ONCE), ids=str)
class TestFormPostHybridOnce(modules.ResponseTypeMissing, modules.AlternateHappyFlow, code_modules.Pkce):
    """Three more, for one of them."""


@pytest.mark.parametrize("flow", by_form_post(test_hybrid.WITH_ID_TOKEN), ids=str)
class TestFormPostHybridWithIdToken(modules.NonceNeeded):
    """One more, where the browser carries an ID token."""


@pytest.mark.parametrize("flow", by_form_post(test_hybrid.WITHOUT_ID_TOKEN), ids=str)
class TestFormPostHybridWithoutIdToken(modules.NonceOptional):
    """One more, where it does not."""
