"""The few rules that a brand adds to idp.css. No value of it is text that somebody wrote: colours and numbers alone."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from idp.domain.branding.branding import BACKGROUNDS, Branding
from idp.domain.branding.colours import Colour
from idp.domain.branding.palette import DARK, DEFAULT, LIGHT, Backdrop, Palette, Theme, gradient, palette, solid

#: On phones the card is the page (idp.css), and there is nothing around it.
_WIDE: Final = "(min-width: 30.01rem)"
_DARK: Final = "(prefers-color-scheme: dark)"


@dataclass(frozen=True, slots=True)
class Stylesheet:
    """The rules, and their hash for the address."""

    text: str
    version: str


@lru_cache(maxsize=64)
def find_stylesheet(branding: Branding) -> Stylesheet | None:
    """The rules of a brand; None where idp.css says all."""
    rules = [*_properties(branding), *_backdrops(branding)]
    if not rules:
        return None
    text = "\n".join(rules) + "\n"
    return Stylesheet(text, hashlib.sha256(text.encode()).hexdigest()[:16])


def _properties(branding: Branding) -> list[str]:
    light, dark = [], []
    if branding.color is not None:
        colour = Colour.parse(branding.color)
        light, dark = _colours(palette(colour, LIGHT)), _colours(palette(colour, DARK))
    if branding.background not in {None, "glow"}:
        # The one glow that is left is the brand's own
        light, dark = ([*_without_glow(each), "--glow: transparent"] for each in (light, dark))
    if branding.radius is not None:
        light.append(f"--radius: {branding.radius}px")
    return [*_rule(":root", light), *_within(_DARK, _rule(":root", dark))]


def _without_glow(declarations: list[str]) -> list[str]:
    return [each for each in declarations if not each.startswith("--glow:")]


def _colours(found: Palette) -> list[str]:
    fill = found.fill
    return [
        f"--brand: {fill}",
        f"--brand-text: {found.text}",
        f"--brand-hover: {found.hover}",
        f"--brand-press: {found.press}",
        f"--brand-edge: {found.edge or 'transparent'}",
        f"--link: {found.link}",
        f"--ring: {found.ring}",
        f"--tint: {found.tint}",
        f"--glow: rgb({fill.red} {fill.green} {fill.blue} / {found.glow:.0%})",
    ]


def _backdrops(branding: Branding) -> list[str]:
    chosen = branding.background
    if chosen is None or chosen in {"glow", "plain"}:
        return []
    colour = Colour.parse(branding.color) if branding.color else DEFAULT
    light, dark = (
        gradient(colour, theme) if chosen in BACKGROUNDS else solid(Colour.parse(chosen), theme)
        for theme in (LIGHT, DARK)
    )
    return _within(_WIDE, _around(light, LIGHT)) + _within(f"{_WIDE} and {_DARK}", _around(dark, DARK))


def _around(found: Backdrop, theme: Theme) -> list[str]:
    """The page, and below the card the words that stand on it; the list of languages has a ground of its own."""
    first, *others = found.colours
    ground = f"linear-gradient(165deg, {first}, {others[0]})" if others else str(first)
    words = [f"--soft: {found.soft}", f"--ink: {found.strong}", f"--link: {found.strong}", f"--ring: {found.strong}"]
    if found.soft == theme.soft:
        return _rule(".hosted", [f"background: {ground}"])
    on_page = ".hosted > .foot :is(.foot-links, .languages summary), .hosted > .foot > .provider"
    return [
        *_rule(".hosted", [f"background: {ground}"]),
        *_rule(on_page, [*words, f"color: {found.soft}"]),
    ]


def _rule(selector: str, declarations: list[str]) -> list[str]:
    return [f"{selector} {{ {'; '.join(declarations)} }}"] if declarations else []


def _within(media: str, rules: list[str]) -> list[str]:
    return [f"@media {media} {{ {' '.join(rules)} }}"] if rules else []
