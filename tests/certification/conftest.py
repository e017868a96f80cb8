"""One server for all modules that a worker is given; for each test a run with a browser and clients of its own."""

from collections.abc import Iterator

import pytest

from tests.certification.flows import Flow
from tests.certification.suite import Run, Suite, suite_running


@pytest.fixture(scope="session")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Suite]:
    """The server under test and the suite's own."""
    with suite_running(tmp_path_factory.mktemp("certification")) as running:
        yield running


@pytest.fixture
def run(suite: Suite, flow: Flow) -> Iterator[Run]:
    """A run of a module in the variant of the plan; what it registered is removed in the end."""
    started = Run(suite, flow)
    yield started
    started.clean_up()
