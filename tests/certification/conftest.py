"""One server for all modules that a worker is given; for each test a run with a browser and clients of its own."""

import time
from collections.abc import Iterator

import pytest

from tests.certification.flows import EVERY, Flow, by_form_post
from tests.certification.relying_party import Tokens
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


@pytest.fixture(scope="session")
def used_codes(suite: Suite) -> Iterator[dict[Flow, tuple[Run, Tokens, float]]]:
    """For each flow with a code a run that has used one, and when."""
    runs = {flow: Run(suite, flow) for flow in (*EVERY, *by_form_post(EVERY)) if flow.has_code}
    yield {flow: (started, started.complete(), time.monotonic()) for flow, started in runs.items()}
    for started in runs.values():
        started.clean_up()
