"""The values of a brand: what an operator may set, and what of it stands where an app has values of its own."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Final, Self
from urllib.parse import urlsplit

from idp.config import LOOPBACK_HOSTS
from idp.domain.branding.colours import Colour
from idp.domain.errors import InvalidInputError

BACKGROUNDS: Final = ("glow", "gradient", "plain")
PICTURES: Final = ("logo", "logo_dark", "favicon")
LINKS: Final = ("website", "terms", "privacy", "support")
LARGEST_RADIUS: Final = 24
_NAME_LENGTH: Final = 64
_LINK_LENGTH: Final = 2048
_BAD: Final = frozenset(' \\"<>')


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPicture:
    """A picture in the table of files; its size is for the page, that nothing moves when it comes."""

    digest: str
    kind: str
    width: int
    height: int

    @property
    def path(self) -> str:
        """Where it is served, for ever the same."""
        return f"/brand/{self.digest}/picture.{self.kind}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Branding:
    """What is set. None is what the program looks like untouched."""

    name: str | None = None
    logo: StoredPicture | None = None
    logo_dark: StoredPicture | None = None
    favicon: StoredPicture | None = None
    color: str | None = None
    background: str | None = None
    """One of BACKGROUNDS, or a colour."""
    radius: int | None = None
    """Of corners, in pixels."""
    website: str | None = None
    terms: str | None = None
    privacy: str | None = None
    support: str | None = None

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Self:
        """From what the database has; members of a later version are passed over."""
        known = {field.name for field in fields(cls)}
        values: dict[str, Any] = {name: value for name, value in stored.items() if name in known}
        values |= {name: _picture(values[name]) for name in PICTURES if name in values}
        return cls(**values)

    def stored(self) -> dict[str, Any]:
        """For the database: what is set."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    def over(self, below: "Branding") -> "Branding":
        """This one's values, and where it has none those below. A logo does not borrow another's dark variant."""
        own = {field.name: value for field in fields(self) if (value := getattr(self, field.name)) is not None}
        if "logo" in own:
            own.setdefault("logo_dark", None)
        return replace(below, **own)


def parse_values(raw: Mapping[str, str]) -> dict[str, Any]:
    """What an operator writes, by the names of `Branding` (but for pictures); "" takes a value away.

    Raises:
        InvalidInputError: naming the field and what to write.
    """
    return {name: _PARSERS[name](value.strip(), name) if value.strip() else None for name, value in raw.items()}


def _name(raw: str, field: str) -> str:
    plain = " ".join(raw.split())
    if len(plain) > _NAME_LENGTH or not plain.isprintable():
        raise InvalidInputError(f"A name has up to {_NAME_LENGTH} characters.", field)
    return plain


def _color(raw: str, field: str) -> str:
    return str(Colour.parse(raw, field))


def _background(raw: str, field: str) -> str:
    if raw in BACKGROUNDS:
        return raw
    try:
        return _color(raw, field)
    except InvalidInputError:
        choices = ", ".join(BACKGROUNDS)
        raise InvalidInputError(f"{raw[:40]!r} is no background: {choices}, or a colour like #e8eefc.", field) from None


def _radius(raw: str, field: str) -> int:
    digits = raw.removesuffix("px").strip()
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 2 or int(digits) > LARGEST_RADIUS:  # noqa: PLR2004
        raise InvalidInputError(f"A radius is a number of pixels from 0 (square) to {LARGEST_RADIUS}.", field)
    return int(digits)


def _link(raw: str, field: str) -> str:
    refused = InvalidInputError(f"{raw[:80]!r} is no address that pages can link to: write https://…", field)
    if len(raw) > _LINK_LENGTH or not raw.isascii() or not raw.isprintable() or _BAD & set(raw):
        raise refused
    try:
        parts = urlsplit(raw)
        _ = parts.port
    except ValueError:
        raise refused from None
    is_mail = field == "support" and parts.scheme == "mailto" and "@" in parts.path
    is_near = parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS
    is_page = (parts.scheme == "https" or is_near) and bool(parts.hostname) and parts.username is None
    if not is_mail and not is_page:
        raise refused
    return raw


_PARSERS: Final = {
    "name": _name,
    "color": _color,
    "background": _background,
    "radius": _radius,
    **dict.fromkeys(LINKS, _link),
}


def _picture(value: Any) -> StoredPicture | None:
    if not isinstance(value, dict):
        return None
    return StoredPicture(**{field.name: value[field.name] for field in fields(StoredPicture)})
