"""The order of the tests: modules that take long come first, so that none of them begins when the others are done.

Those are the ones with real servers and browsers, which also wait: what runs beside them makes use of that time.
"""

import gc
from collections import Counter

import pytest

#: Modules and folders by how long they take, longest first; the others follow, those of many tests first.
LONG = (
    "tests/faults/test_at_once.py",
    "tests/journeys/abuse/",
    "tests/journeys/pages/",
    "tests/faults/",
    "tests/certification/",
    "tests/cli/",
    "tests/journeys/",
    "tests/migrations/",
    "tests/domain/keys/",
    "tests/readme/",
    "tests/sample/",
    "tests/bench/",
    "tests/test_wheel.py",
    "tests/login/test_standing_matrix.py",
)


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]):
    """Put them in this order, after every other hook; the tests of a module stay together, and as they are."""
    yield
    counts = Counter(_module(item) for item in items)
    items.sort(key=lambda item: (_rank(_module(item)), -counts[_module(item)], _module(item)))


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Thousands of tests live as long as the process: the garbage collector need not look at them again and again."""
    gc.collect()
    gc.freeze()


def _module(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]


def _rank(module: str) -> int:
    return next((rank for rank, start in enumerate(LONG) if module.startswith(start)), len(LONG))
