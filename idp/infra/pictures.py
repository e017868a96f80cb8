"""Pictures that somebody uploads: decoded, made smaller and encoded anew, so that nothing else in the file survives.

Pillow is loaded when the first picture comes: most processes never see one.
"""

import io
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

MAXIMUM_BYTES: Final = 200 * 1024
MAXIMUM_PIXELS: Final = 16_000_000
PHOTOS: Final = ("PNG", "JPEG", "WEBP", "GIF")
ICONS: Final = (*PHOTOS, "ICO")
#: A page may weigh 60 KB with everything: a logo, an icon and pictures of people among it.
_LIGHT_BYTES: Final = 12 * 1024
_COLOURS: Final = 256
_SMALLEST: Final = 16
#: What decoders raise at broken files.
_BROKEN: Final = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    LookupError,
    TypeError,
    ArithmeticError,
    AttributeError,
    struct.error,
    zlib.error,
    Warning,
)


class PictureError(Exception):
    """It cannot be taken; the message says why, and what to send instead."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it is kept and sent. `kind` is png or jpg."""

    content: bytes
    kind: str
    width: int
    height: int


def read_picture(raw: bytes, *, within: tuple[int, int], formats: Sequence[str] = PHOTOS) -> Picture:
    """The picture, made to fit into so many pixels, of its first frame.

    Raises:
        PictureError: it is none of these formats, too large, or broken.
    """
    names = ", ".join(formats[:-1]) + f" or {formats[-1]}"
    if not raw:
        raise PictureError(f"The file is empty. Choose a picture: {names}.")
    if len(raw) > MAXIMUM_BYTES:
        raise PictureError(f"The file is larger than {MAXIMUM_BYTES // 1024} KB. Make the picture smaller.")
    if b"<svg" in raw[:2048].lower():
        raise PictureError(f"An SVG file can carry scripts, so none is taken. Save it as {names}.")
    drawn, is_photo = _decoded(raw, formats, f"This is no picture that can be read. Choose {names}.")
    return _encoded(drawn, within, is_photo=is_photo)


def _decoded(raw: bytes, formats: Sequence[str], refusal: str) -> tuple[Any, bool]:
    """The first frame the right way up, and whether it is a photo."""
    pillow: Any = import_module("PIL.Image")
    # Pillow looks at the size before it decodes: also of a picture within an icon
    pillow.MAX_IMAGE_PIXELS = MAXIMUM_PIXELS // 2
    too_large = PictureError(
        f"The picture has more than {MAXIMUM_PIXELS // 1_000_000} million pixels. Make it smaller."
    )
    try:
        image = pillow.open(io.BytesIO(raw), formats=list(formats))
        if image.width * image.height > MAXIMUM_PIXELS:
            raise too_large
        is_photo = image.format == "JPEG"
        upright = import_module("PIL.ImageOps").exif_transpose(image)
        return upright.convert("RGB" if is_photo else "RGBA"), is_photo
    except (pillow.DecompressionBombError, pillow.DecompressionBombWarning):
        raise too_large from None
    except _BROKEN as error:
        raise PictureError(refusal) from error


def _encoded(drawn: Any, within: tuple[int, int], *, is_photo: bool) -> Picture:
    width, height = within
    while True:
        drawn.thumbnail((width, height))
        content = _bytes(drawn, is_photo=is_photo)
        if len(content) <= _LIGHT_BYTES or min(drawn.size) <= _SMALLEST:
            return Picture(content, "jpg" if is_photo else "png", *drawn.size)
        width, height = (max(side * 3 // 4, 1) for side in drawn.size)


def _bytes(image: Any, *, is_photo: bool) -> bytes:
    if is_photo:
        return _saved(image, "JPEG", quality=85)
    whole = _saved(image, "PNG", optimize=True)
    return whole if len(whole) <= _LIGHT_BYTES else _saved(image.quantize(_COLOURS), "PNG", optimize=True)


def _saved(image: Any, kind: str, **options: Any) -> bytes:
    image.info.clear()
    into = io.BytesIO()
    image.save(into, kind, **options)
    return into.getvalue()
