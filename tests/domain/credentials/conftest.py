import pytest

from idp.config import Settings
from idp.domain.tenant import settings

SECRET = "test-0123456789abcdefghijklmnopqrstuv"


@pytest.fixture(autouse=True)
def _settings():
    settings.use(Settings(secret_key=SECRET, threads=4, workers=1))
