"""One colour of a brand becomes all that a theme needs, and each of it can be read: WCAG 2.2 AA in light and in dark.

The grounds and the first shares of each mix are those of idp/static/idp.css; a test compares the two.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from idp.domain.branding.colours import BLACK, PARTS, TEXT, WHITE, Colour, readable

#: A button that stands out less from the card than this gets an edge, or in dark a lighter fill.
_SEEN: Final = 2.0
_HOVER, _PRESS = 0.12, 0.22
#: A background of the brand stays as it is in the dark theme if it is this dark (luminance); else it gets much darker.
_DARK_PAGE, _NIGHT = 0.045, 0.008


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """What idp.css draws on, and how much of what it mixes into a brand's colour."""

    name: str
    page: Colour
    surface: Colour
    sunken: Colour
    ink: Colour
    soft: Colour
    away: Colour
    """Towards it a colour has to move to be told from the grounds."""
    link: float
    ring: float
    tint: float
    glow: float
    gradient: tuple[float, float]

    @property
    def grounds(self) -> tuple[Colour, ...]:
        """What links and focus rings stand on."""
        return self.surface, self.page, self.sunken


LIGHT: Final = Theme(
    name="light",
    page=Colour.parse("#f4f6f9"),
    surface=WHITE,
    sunken=Colour.parse("#f6f7f9"),
    ink=Colour.parse("#161a22"),
    soft=Colour.parse("#535c6b"),
    away=BLACK,
    link=0.06,
    ring=0.0,
    tint=0.09,
    glow=0.13,
    gradient=(0.24, 0.06),
)
DARK: Final = Theme(
    name="dark",
    page=Colour.parse("#0d1015"),
    surface=Colour.parse("#161a21"),
    sunken=Colour.parse("#1c212a"),
    ink=Colour.parse("#eef1f5"),
    soft=Colour.parse("#a5aebb"),
    away=WHITE,
    link=0.55,
    ring=0.5,
    tint=0.22,
    glow=0.24,
    gradient=(0.18, 0.05),
)
DEFAULT: Final = Colour.parse("#3355e0")
"""The colour of idp.css, where no other is set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """The custom properties of a theme."""

    fill: Colour
    text: Colour
    """On the fill, also when it is pointed at or pressed."""
    hover: Colour
    press: Colour
    edge: Colour | None
    """Around a button that would be lost on the card; None where it is not."""
    link: Colour
    ring: Colour
    tint: Colour
    glow: float
    """How much of the fill shines from above, from 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backdrop:
    """The page around the card: one colour, or from one to another; and the colours of the words below the card."""

    colours: tuple[Colour, ...]
    soft: Colour
    strong: Colour


@lru_cache(maxsize=64)
def palette(colour: Colour, theme: Theme) -> Palette:
    """All that a theme makes of a brand's colour."""
    fill = _fill(colour, theme)
    text = _text_on(fill)
    # White words stay on what gets darker, dark words on what gets lighter
    moved = BLACK if text == WHITE else WHITE
    is_lost = fill.contrast(theme.surface) < _SEEN
    tint = theme.surface.mixed(colour, theme.tint)
    link = readable(colour.mixed(theme.away, theme.link), theme.away, [*theme.grounds, tint], TEXT)
    return Palette(
        fill=fill,
        text=text,
        hover=fill.mixed(moved, _HOVER),
        press=fill.mixed(moved, _PRESS),
        edge=readable(fill, theme.away, [theme.surface], _SEEN) if is_lost else None,
        link=link,
        ring=readable(colour.mixed(theme.away, theme.ring), theme.away, theme.grounds, PARTS),
        tint=tint,
        glow=_glow(fill, link, theme),
    )


@lru_cache(maxsize=64)
def solid(colour: Colour, theme: Theme) -> Backdrop:
    """A page of one colour; at night a dark shade of it."""
    shades = (colour.mixed(BLACK, step / 100) for step in range(101))
    is_kept = theme is LIGHT or colour.luminance <= _DARK_PAGE
    shown = colour if is_kept else next(shade for shade in shades if shade.luminance <= _NIGHT)
    return _backdrop((shown,), theme)


@lru_cache(maxsize=64)
def gradient(colour: Colour, theme: Theme) -> Backdrop:
    """A page from more of the brand's colour to less."""
    return _backdrop(tuple(theme.page.mixed(colour, share) for share in theme.gradient), theme)


def explain(colour: Colour) -> tuple[str, ...]:
    """What had to give way so that everything can be read, a sentence each."""
    light, dark = palette(colour, LIGHT), palette(colour, DARK)
    found = []
    if light.fill != colour:
        found.append(f"Buttons are {light.fill}, a little darker: white words could not be read on {colour}.")
    if light.text != WHITE:
        found.append(f"The words on buttons are dark: white could not be read on {colour}.")
    if light.edge is not None:
        found.append(f"Buttons have an edge of {light.edge}: {colour} alone is lost on a white card.")
    if light.link != colour.mixed(LIGHT.away, LIGHT.link):
        found.append(f"Links are {light.link}, a darker shade: {colour} could not be read on white.")
    if light.ring != colour:
        found.append(f"The focus ring is {light.ring}, a darker shade: {colour} would not be seen on white.")
    if dark.fill != light.fill:
        found.append(f"Buttons in the dark theme are {dark.fill}, a lighter shade: {colour} is lost on a dark card.")
    return tuple(found)


def _fill(colour: Colour, theme: Theme) -> Colour:
    """The colour of buttons: what white words can nearly be read on gets a little darker, and has them."""
    seen = readable(colour, WHITE, [theme.surface], _SEEN) if theme is DARK else colour
    return readable(seen, BLACK, [WHITE], TEXT) if seen.contrast(WHITE) >= PARTS else seen


def _text_on(fill: Colour) -> Colour:
    return next(text for text in (WHITE, LIGHT.ink, BLACK) if text.contrast(fill) >= TEXT)


def _glow(fill: Colour, link: Colour, theme: Theme) -> float:
    """As much as the words in it can bear."""
    for percent in range(round(theme.glow * 100), 0, -1):
        ground = [theme.surface.mixed(fill, percent / 100)]
        if all(words.is_on(ground, TEXT) for words in (theme.ink, theme.soft, link)):
            return percent / 100
    return 0.0


def _backdrop(colours: tuple[Colour, ...], theme: Theme) -> Backdrop:
    soft = theme.soft
    if soft.is_on(colours, TEXT):
        return Backdrop(colours=colours, soft=soft, strong=theme.ink)
    strong = max((WHITE, LIGHT.ink, BLACK), key=lambda text: min(text.contrast(ground) for ground in colours))
    away = WHITE if strong == WHITE else BLACK
    muted = strong.mixed(colours[-1], 0.25)
    return Backdrop(colours=colours, soft=readable(muted, away, colours, TEXT), strong=strong)
