"""WCAG 2.2 §1.4.3, §1.4.11: whatever colour an operator chooses, everything can be read, in both themes."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.domain.branding.colours import BLACK, PARTS, TEXT, WHITE, Colour, readable
from idp.domain.branding.palette import DARK, DEFAULT, LIGHT, Theme, explain, gradient, palette, solid
from idp.domain.errors import InvalidInputError
from idp.web.pages import STATIC_FOLDER, MailLook

THEMES = [LIGHT, DARK]
channels = st.integers(0, 255)
colours = st.builds(Colour, channels, channels, channels)
#: The rules of idp.css, of the light theme and of the dark one.
STYLES = (STATIC_FOLDER / "idp.css").read_text()
DARK_AT = STYLES.index("@media (prefers-color-scheme: dark)")
BLOCKS = {"light": STYLES[:DARK_AT], "dark": STYLES[DARK_AT : STYLES.index("*, ::before")]}


def value(theme: Theme, name: str) -> str:
    found = re.search(rf"--{name}: ([^;]+);", BLOCKS[theme.name])
    assert found, f"--{name} in {theme.name}"
    return found[1]


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [("#fff", "#000000", 21.0), ("#777777", "#ffffff", 4.48), ("#767676", "#ffffff", 4.54), ("#00f", "#fff", 8.59)],
)
def test_contrast_is_that_of_wcag(one, other, ratio):
    assert Colour.parse(one).contrast(Colour.parse(other)) == pytest.approx(ratio, abs=0.01)
    assert Colour.parse(other).contrast(Colour.parse(one)) == pytest.approx(ratio, abs=0.01)


@pytest.mark.parametrize(
    "raw", ["", "red", "#12", "#12345", "#gggggg", "#3355e0;}", "rgb(0,0,0)", "#\uff13\uff13550e", "##333"]
)
def test_what_is_no_colour_is_refused(raw):
    with pytest.raises(InvalidInputError) as refusal:
        Colour.parse(raw)
    assert refusal.value.field == "color"
    assert "#3355e0" in refusal.value.message


@given(colours)
def test_a_colour_is_written_as_it_is_read(colour):
    assert Colour.parse(str(colour)) == colour


@given(colours, st.sampled_from(THEMES))
def test_the_words_on_a_button_can_be_read_at_rest_pointed_at_and_pressed(colour, theme):
    found = palette(colour, theme)
    assert found.text.is_on([found.fill, found.hover, found.press], TEXT)


@given(colours, st.sampled_from(THEMES))
def test_links_can_be_read_wherever_they_stand(colour, theme):
    found = palette(colour, theme)
    assert found.link.is_on([theme.surface, theme.page, theme.sunken, found.tint], TEXT)


@given(colours, st.sampled_from(THEMES))
def test_the_focus_is_seen_wherever_it_is(colour, theme):
    assert palette(colour, theme).ring.is_on([theme.surface, theme.page, theme.sunken], PARTS)


@given(colours, st.sampled_from(THEMES))
def test_a_button_is_seen_on_the_card(colour, theme):
    found = palette(colour, theme)
    assert (found.edge or found.fill).contrast(theme.surface) >= 2


@given(colours, st.sampled_from(THEMES))
def test_words_in_the_glow_can_be_read(colour, theme):
    found = palette(colour, theme)
    lit = theme.surface.mixed(found.fill, found.glow)
    assert found.glow == 0 or all(words.is_on([lit], TEXT) for words in (theme.ink, theme.soft, found.link))


@given(colours, st.sampled_from(THEMES))
def test_the_letter_of_an_app_is_seen_on_all_of_its_mark(colour, theme):
    found = palette(colour, theme)
    shades = [found.fill.mixed(WHITE, 0.12), found.fill, found.fill.mixed(BLACK, 0.16)]
    assert found.text.is_on(shades, PARTS)


@given(colours, st.sampled_from(THEMES), st.sampled_from([solid, gradient]))
def test_what_stands_on_the_page_itself_can_be_read(colour, theme, backdrop):
    found = backdrop(colour, theme)
    assert found.soft.is_on(found.colours, TEXT)
    assert found.strong.is_on(found.colours, TEXT)
    assert theme is LIGHT or all(ground.luminance < 0.05 for ground in found.colours if backdrop is solid)


@given(colours, colours)
def test_a_colour_moves_no_further_than_it_must(colour, ground):
    away = BLACK if ground.contrast(BLACK) > ground.contrast(WHITE) else WHITE
    found = readable(colour, away, [ground], TEXT)
    assert found.is_on([ground], TEXT)
    assert found == colour or not colour.is_on([ground], TEXT)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_the_grounds_and_mixes_are_those_of_the_stylesheet(theme):
    for name in ("page", "surface", "sunken", "ink", "soft"):
        assert Colour.parse(value(theme, name)) == getattr(theme, name), name
    # color-mix says how much of the first there is; away is how much of the second
    own = {"link": 100 - 100 * theme.link, "tint": 100 * theme.tint, "glow": 100 * theme.glow}
    for name, share in own.items():
        assert f"var(--brand) {round(share)}%" in value(theme, name), name
    ring = "var(--brand)" if theme is LIGHT else "color-mix(in srgb, var(--brand) 50%, #fff)"
    assert value(theme, "ring") == ring


def test_the_colour_of_the_stylesheet_needs_no_help():
    assert Colour.parse(value(LIGHT, "brand")) == DEFAULT
    assert explain(DEFAULT) == ()
    for theme in THEMES:
        found = palette(DEFAULT, theme)
        assert (found.fill, found.text, found.edge, found.glow) == (DEFAULT, WHITE, None, theme.glow)


def test_mails_untouched_have_the_same_colours():
    untouched = MailLook()
    assert (untouched.button, untouched.button_text) == (str(DEFAULT), str(WHITE))
    assert untouched.link == str(palette(DEFAULT, LIGHT).link)
    assert (untouched.dark_button, untouched.dark_button_text) == (str(DEFAULT), str(WHITE))
    assert untouched.dark_link == str(palette(DEFAULT, DARK).link)


def test_what_was_adjusted_is_told():
    told = " ".join(explain(Colour.parse("#ffdd00")))
    assert "white could not be read on #ffdd00" in told
    assert str(palette(Colour.parse("#ffdd00"), LIGHT).link) in told
    assert "a little darker" in explain(Colour.parse("#0f8a5f"))[0]
    assert "dark theme" in " ".join(explain(Colour.parse("#0b1a4a")))
