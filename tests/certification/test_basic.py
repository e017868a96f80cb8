"""The plans for `response_type=code`: oidcc-basic-certification-test-plan."""

import pytest

from tests.certification import code_modules, modules
from tests.certification.flows import BASIC


@pytest.mark.parametrize("flow", BASIC, ids=str)
class TestBasic(
    code_modules.CodeReuseLater,
    modules.EveryFlow,
    modules.Logins,
    modules.RequestObjects,
    modules.Userinfo,
    modules.ResponseTypeMissing,
    modules.AlternateHappyFlow,
    modules.NonceOptional,
    code_modules.WithCode,
    code_modules.Pkce,
    code_modules.BasicAlone,
):
    """38 modules."""
