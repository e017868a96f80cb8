"""axe-core finds nothing wrong on any page: light and dark, at three widths, with everything unfolded."""

from typing import Any

import pytest
from playwright.sync_api import Page as Tab

from tests.journeys.pages.gallery import HEIGHT, THEMES, WIDTHS, Gallery
from tests.support.npm import Node
from tests.web.samples import PAGES

pytestmark = pytest.mark.needs("chromium", "node")
RUN = """(options) => axe.run(document, options).then(({violations}) => violations.flatMap((violation) =>
    violation.nodes.map((node) => `${violation.id}: ${node.html.slice(0, 200)} ${node.failureSummary}`)))"""
OPTIONS: dict[str, Any] = {"resultTypes": ["violations"], "preload": False, "iframes": False}
#: A theme changes colours and nothing else, so that the second is asked of colours alone.
COLOURS = OPTIONS | {"runOnly": ["color-contrast", "link-in-text-block"]}


@pytest.fixture(scope="module")
def axe(node: Node) -> str:
    """The script."""
    return (node.folder / "node_modules" / "axe-core" / "axe.min.js").read_text()


def violations(gallery: Gallery) -> dict[str, list[str]]:
    """Theme and width → what axe says."""
    found = {}
    for theme, options in zip(THEMES, (OPTIONS, COLOURS), strict=True):
        gallery.tab.emulate_media(color_scheme=theme)
        for width in WIDTHS:
            gallery.tab.set_viewport_size({"width": width, "height": HEIGHT})
            found[f"{theme} {width}"] = gallery.tab.evaluate(RUN, options)
    gallery.tab.emulate_media(color_scheme=THEMES[0])
    return {where: said for where, said in found.items() if said}


def inspected(gallery: Gallery, axe: str, name: str, language: str = "en") -> Tab:
    """The page with axe in it, which stays while one page is written over another."""
    tab = gallery.show_in(language, name, WIDTHS[0])
    if not tab.evaluate("'axe' in window"):
        tab.evaluate(axe)
    return tab


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(gallery: Gallery, axe: str, name: str):
    inspected(gallery, axe, name).evaluate("measures.open()")
    assert violations(gallery) == {}


@pytest.mark.parametrize("name", ["login", "account-security"])
@pytest.mark.parametrize("language", ["en", "ar"])
def test_axe_finds_nothing_in_the_list_of_languages(gallery: Gallery, axe: str, name: str, language: str):
    inspected(gallery, axe, name, language).click(".languages summary")
    assert violations(gallery) == {}


def test_axe_does_find_what_is_wrong(gallery: Gallery, axe: str):
    tab = inspected(gallery, axe, "login")
    tab.evaluate("document.querySelector('label').remove()")
    assert list(violations(gallery)) == [f"light {width}" for width in WIDTHS]
