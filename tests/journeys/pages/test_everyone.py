"""Each page is light, asks nobody else, holds still, fits, and can be used by thumb and by keyboard in chosen colours.

One opening of a page serves all of it. What is asked lives in measures.js; each list of faults has to be empty.
"""

from collections.abc import Callable

import pytest

from tests.journeys.pages.gallery import HEIGHT, ORIGIN, THEMES, WIDTHS, Gallery
from tests.web.samples import PAGES

pytestmark = pytest.mark.needs("chromium")
WEIGHT = 60 * 1024
MOST_REQUESTS = 8
NARROWEST = 320
ZOOMED = WIDTHS[0] // 2
PHONE = 390
CAPS = """(field) => field.dispatchEvent(new KeyboardEvent("keydown", {key: "A", modifierCapsLock: true}))"""


def loading(gallery: Gallery, name: str) -> list[str]:
    """What it asks for, and what moves meanwhile."""
    framed = getattr(PAGES[name], "frames", ())
    faults = [f"asks for {url}" for url in gallery.requests if not url.startswith(f"{ORIGIN}/") and url not in framed]
    if (weight := sum(gallery.requests.values())) > WEIGHT:
        faults.append(f"{weight} bytes")
    if (count := len(gallery.requests)) > MOST_REQUESTS:
        faults.append(f"{count} requests")
    return faults + gallery.complaints + gallery.tab.evaluate("measures.shifts()")


def focus(gallery: Gallery, name: str) -> list[str]:
    """It starts at the first fault, or where one types."""
    found: list[str] = gallery.tab.evaluate("measures.focusFaults()")
    return found


def enter(gallery: Gallery, name: str) -> list[str]:
    """In a field it sends the form, by its main button."""
    tab = gallery.tab
    for at in range(tab.evaluate("measures.sending()")):
        tab.evaluate(f"fields[{at}].focus()")
        tab.keyboard.press("Enter")
    found: list[str] = tab.evaluate("measures.sent()")
    return found


def width(gallery: Gallery, name: str) -> list[str]:
    """Nothing is wider than the page: at 200 % zoom and on a narrow phone, too."""
    found = []
    gallery.tab.evaluate("measures.open()")
    for pixels in (*WIDTHS, ZOOMED, NARROWEST):
        gallery.tab.set_viewport_size({"width": pixels, "height": HEIGHT})
        found += [f"{pixels}: {what}" for what in gallery.tab.evaluate("measures.overflowing()")]
    return found


def thumb(gallery: Gallery, name: str) -> list[str]:
    """On a phone all that one taps is as large as a thumb."""
    gallery.tab.set_viewport_size({"width": PHONE, "height": HEIGHT})
    found: list[str] = gallery.tab.evaluate("measures.smallTargets()")
    return found if PAGES[name].is_translated else []  # consoles are for desks


def keyboard(gallery: Gallery, name: str) -> list[str]:
    """Tab comes by everything, in the order of the page, with a ring that is seen in both themes."""
    tab = gallery.tab
    for _ in range(tab.evaluate("measures.tabbing()")):
        tab.keyboard.press("Tab")
    found: list[str] = tab.evaluate("measures.tabbed()")
    tab.emulate_media(color_scheme=THEMES[1])
    found += tab.evaluate("measures.ringFaults()")
    tab.emulate_media(color_scheme=THEMES[0])
    return found


def chosen_colours(gallery: Gallery, name: str) -> list[str]:
    """Nothing disappears where a person chose the colours, and their backgrounds."""
    gallery.tab.emulate_media(forced_colors="active")
    found: list[str] = gallery.tab.evaluate("measures.edgeless()")
    gallery.tab.emulate_media(forced_colors="none")
    return found


def motion(gallery: Gallery, name: str) -> list[str]:
    """Nothing moves for who asked for less motion, nor while a form is being sent."""
    found: list[str] = gallery.tab.evaluate("measures.moving()")
    return found


ASKED: tuple[Callable[[Gallery, str], list[str]], ...] = (
    loading,
    focus,
    enter,
    width,
    thumb,
    keyboard,
    chosen_colours,
    motion,
)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_for_everyone(gallery: Gallery, name: str):
    gallery.show(name, slowly=True)
    if gallery.tab.evaluate("measures.shifts()"):
        # What a page does by itself it does each time; on a busy machine the window may still take its size meanwhile
        gallery.show(name, slowly=True)
    found = {measure.__name__: measure(gallery, name) for measure in ASKED}
    assert {about: faults for about, faults in found.items() if faults} == {}


@pytest.mark.parametrize("pixels", [1280, 390, 320])
@pytest.mark.parametrize("name", ["login", "signup", "reset-password-error"])
def test_nothing_moves_when_a_password_is_shown_or_caps_lock_is_on(gallery: Gallery, name: str, pixels: int):
    tab = gallery.show(name, width=pixels)
    places = "measures.places('.control *, .field-error, .field-error *')"
    before = tab.evaluate(places)
    tab.eval_on_selector("[type=password]", CAPS)
    assert tab.text_content("[data-caps]") == "Caps Lock is on"
    assert tab.evaluate(places) == before
    tab.fill("[type=password]", "long enough")
    assert tab.get_attribute("[data-password] input", "aria-invalid") is None
    assert tab.locator(".field-error:visible").count() == 0  # what was wrong is forgotten, its place is kept
    tab.click("[data-reveal]")
    assert tab.get_attribute("[data-reveal]", "aria-pressed") == "true"
    assert tab.evaluate(places) == before
    assert tab.evaluate("measures.shifts()") == []


@pytest.mark.parametrize("pixels", [1280, 390, 320])
@pytest.mark.parametrize("name", ["login", "consent", "account-security"])
def test_nothing_moves_when_the_languages_are_listed(gallery: Gallery, name: str, pixels: int):
    tab = gallery.show(name, width=pixels)
    before = tab.evaluate("measures.places('.languages')")
    tab.click(".languages summary")
    assert tab.is_visible(".languages ul")
    assert tab.evaluate("measures.places('.languages')") == before
