"""One tab a worker for the whole gallery: a page of it takes a tenth of a second, a profile much longer."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.journeys.pages.gallery import Gallery, gallery_in


@pytest.fixture(scope="module")
def gallery(chromium: Browser) -> Iterator[Gallery]:
    """Every page, in a browser whose user asked for less motion."""
    profile = chromium.new_context(color_scheme="light", reduced_motion="reduce")
    yield gallery_in(profile)
    profile.close()
