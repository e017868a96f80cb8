"""WCAG 2.2 §1.4.3, §1.4.11: how well two colours can be told apart, and how far one must move until they can.

Mixing is that of CSS Color 5 §2 (`color-mix(in srgb, …)`): channel by channel, as the stylesheet does it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

from idp.domain.errors import InvalidInputError

TEXT: Final = 4.5
"""What text needs (AA)."""
PARTS: Final = 3.0
"""What a focus ring, or large text, needs (AA)."""
_HEX: Final = re.compile(r"#?(?:[0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE | re.ASCII)
_STEPS: Final = 100


@dataclass(frozen=True, slots=True)
class Colour:
    """A colour without transparency; channels from 0 to 255."""

    red: int
    green: int
    blue: int

    @classmethod
    def parse(cls, raw: str, field: str = "color") -> Self:
        """`#3355e0` or `#35e`, as one writes them in CSS.

        Raises:
            InvalidInputError: saying what to write instead.
        """
        text = raw.strip()
        if not _HEX.fullmatch(text):
            raise InvalidInputError(f"{raw[:40]!r} is no colour: write it like #3355e0.", field)
        digits = text.removeprefix("#")
        if len(digits) == 3:  # noqa: PLR2004 -- the short form
            digits = "".join(digit * 2 for digit in digits)
        return cls(*bytes.fromhex(digits))

    def __str__(self) -> str:
        """As CSS has it."""
        return f"#{self.red:02x}{self.green:02x}{self.blue:02x}"

    @property
    def luminance(self) -> float:
        """Relative luminance, from 0 (black) to 1 (white)."""
        red, green, blue = (_linear(channel / 255) for channel in (self.red, self.green, self.blue))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    def contrast(self, other: "Colour") -> float:
        """The contrast ratio, from 1 to 21."""
        darker, lighter = sorted((self.luminance, other.luminance))
        return (lighter + 0.05) / (darker + 0.05)

    def mixed(self, other: "Colour", share: float) -> "Colour":
        """So much of the other in it: 0 is this one, 1 the other."""
        pairs = zip((self.red, self.green, self.blue), (other.red, other.green, other.blue), strict=True)
        return Colour(*(round(own + (its - own) * share) for own, its in pairs))

    def is_on(self, grounds: Iterable["Colour"], ratio: float) -> bool:
        """Whether it can be told from each of these."""
        return all(self.contrast(ground) >= ratio for ground in grounds)


BLACK: Final = Colour(0, 0, 0)
WHITE: Final = Colour(255, 255, 255)


def readable(colour: Colour, towards: Colour, grounds: Iterable[Colour], ratio: float) -> Colour:
    """The colour, moved towards black or white as little as it takes to be told from all grounds."""
    known = tuple(grounds)
    steps = (colour.mixed(towards, step / _STEPS) for step in range(_STEPS + 1))
    return next((step for step in steps if step.is_on(known, ratio)), towards)


def _linear(channel: float) -> float:
    """A channel of sRGB without its gamma."""
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 -- as defined
