"""Pages in a long language, and from right to left: they fit where it is narrow, and are mirrored."""

import pytest

from tests.journeys.pages.gallery import HEIGHT, TRANSLATED, WIDTHS, Gallery

pytestmark = pytest.mark.needs("chromium")
NARROWEST = 320
PHONE = 390


@pytest.mark.parametrize("name", TRANSLATED)
def test_a_long_language_fits(gallery: Gallery, name: str):
    tab = gallery.show_in("de", name, NARROWEST)
    tab.evaluate("measures.open()")
    assert tab.evaluate("measures.overflowing()") == []


@pytest.mark.parametrize("name", TRANSLATED)
def test_a_page_from_right_to_left_is_the_mirror_of_one_from_left_to_right(gallery: Gallery, name: str):
    tab = gallery.show_in("ar", name, NARROWEST)
    assert tab.evaluate("getComputedStyle(document.body).direction") == "rtl"
    tab.evaluate("measures.open()")
    assert tab.evaluate("measures.overflowing()") == []
    for pixels in (PHONE, WIDTHS[0]):
        tab.set_viewport_size({"width": pixels, "height": HEIGHT})
        assert tab.evaluate("measures.unmirrored()") == []


@pytest.mark.parametrize("language", ["en", "ar", "de"])
@pytest.mark.parametrize("name", ["login", "account-security"])
def test_the_list_of_languages_fits_and_its_links_are_large_enough(gallery: Gallery, name: str, language: str):
    tab = gallery.show(name, language, PHONE)
    tab.click(".languages summary")
    assert tab.evaluate("measures.smallTargets()") == []
    for pixels in (PHONE, NARROWEST):
        tab.set_viewport_size({"width": pixels, "height": HEIGHT})
        assert tab.evaluate("measures.overflowing()") == []
