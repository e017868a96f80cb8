from collections.abc import Iterator

import pytest

from idp.config import Settings
from idp.domain.credentials import hashing
from idp.domain.tenant import settings
from tests.support.app import CHEAP

SECRET = "test-0123456789abcdefghijklmnopqrstuv"


@pytest.fixture(autouse=True)
def _settings():
    settings.use(Settings(secret_key=SECRET, threads=4, workers=1))


@pytest.fixture(autouse=True)
def _real_hashes() -> Iterator[None]:
    """As dear as those of a server."""
    hashing.use(hashing.Cost())
    yield
    hashing.use(CHEAP)
