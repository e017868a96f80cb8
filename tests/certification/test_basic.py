"""The plans for `response_type=code`: oidcc-basic-certification-test-plan."""

import pytest

from tests.certification import code_modules
from tests.certification.flows import BASIC


@pytest.mark.parametrize("flow", BASIC, ids=str)
class TestBasic(code_modules.Basic):
    """38 modules."""
