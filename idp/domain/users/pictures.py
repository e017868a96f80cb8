"""Pictures of people: decoded, cut to a square and made anew: nothing but the pixels of an upload is ever served."""

import threading
from importlib import import_module
from io import BytesIO
from typing import Any, Final

from sqlalchemy import delete, func, select

from idp.domain.errors import InvalidInputError
from idp.domain.tenant import settings
from idp.domain.users.models import Picture, User
from idp.domain.users.profile import set_claims
from idp.infra import clock
from idp.infra.db import db
from idp.infra.secrets import new_id
from idp.infra.words import say

PATH: Final = "pictures/"
SMALL: Final = "/small"
MEDIA_TYPE: Final = "image/jpeg"
#: What is left of a request (`MAXIMUM_BODY_BYTES` of the app) for the file.
MAXIMUM_BYTES: Final = 1_000_000
SIZE: Final = 256
#: What a camera of today makes. Few bytes can unpack to many pixels, so this is looked at before any is unpacked.
MOST_PIXELS: Final = 16_000_000
_FORMATS: Final = ("PNG", "JPEG", "WEBP")
_ID_LENGTH: Final = 32
SMALL_SIZE: Final = 96
#: A page may weigh 60 KB in all, and show one picture, or six small ones.
MOST_BYTES: Final = 16 * 1024
MOST_SMALL_BYTES: Final = 3 * 1024
_QUALITIES: Final = (88, 76, 64, 52, 40)
_WHITE: Final = (255, 255, 255)
_TOO_MANY_PIXELS: Final = say("This picture has too many pixels. Make it smaller first.")
#: Each may take 100 MB for a moment: one at a time in a process.
_one = threading.Lock()


def set_picture(user: User, uploaded: bytes) -> None:
    """Make this the person's picture, at a new address.

    Raises:
        InvalidInputError: it is no picture that can be used.
    """
    content, thumbnail = make_square(uploaded)
    db.session.execute(delete(Picture).where(Picture.user_id == user.id))
    made = {"content": content, "thumbnail": thumbnail, "created_at": clock.now()}
    picture = Picture(id=new_id(_ID_LENGTH), user_id=user.id, **made)
    db.session.add(picture)
    db.session.flush()
    set_claims(user, {"picture": f"{settings.current().issuer}{PATH}{picture.id}"})


def remove_picture(user: User) -> None:
    """Forget the person's picture."""
    db.session.execute(delete(Picture).where(Picture.user_id == user.id))
    if "picture" in user.claims:
        set_claims(user, {"picture": ""})


def thumbnail_path(user: User) -> str | None:
    """Where the picture is that the person uploaded, small; None for none, and for a claim that leads elsewhere."""
    ours, _, picture_id = str(user.claims.get("picture") or "").rpartition("/")
    if f"{ours}/" != settings.current().issuer + PATH or not _is_id(picture_id):
        return None
    return f"/{PATH}{picture_id}{SMALL}"


def find_picture(picture_id: str, *, is_small: bool = False) -> bytes | None:
    """The picture with this address, as JPEG."""
    if not _is_id(picture_id):
        return None
    content = func.coalesce(Picture.thumbnail, Picture.content) if is_small else Picture.content
    return db.session.scalar(select(content).where(Picture.id == picture_id))


def make_square(uploaded: bytes) -> tuple[bytes, bytes]:
    """The middle of a picture as a JPEG of 256 by 256, and of 96 by 96; nothing else of the file is in them.

    Raises:
        InvalidInputError: it is none of the formats, or too large.
    """
    if not uploaded:
        raise InvalidInputError(say("Choose a picture first."), "picture")
    if len(uploaded) > MAXIMUM_BYTES:
        raise InvalidInputError(say("This file is too large: use one of at most 1 MB."), "picture")
    with _one:
        try:
            return _decode(uploaded)
        except InvalidInputError:
            raise
        except Exception as error:  # noqa: BLE001 -- decoders of images raise anything for what is broken
            if type(error).__name__.startswith("DecompressionBomb"):
                raise InvalidInputError(_TOO_MANY_PIXELS, "picture") from None
            raise InvalidInputError(
                say("This file is not a picture that can be used. Choose a PNG, JPEG or WebP file."), "picture"
            ) from None


def _is_id(text: str) -> bool:
    return len(text) == _ID_LENGTH and text.isascii() and text.isalnum()


def _decode(uploaded: bytes) -> tuple[bytes, bytes]:
    image_module, operations = import_module("PIL.Image"), import_module("PIL.ImageOps")  # 20 MB that most never need
    with image_module.open(BytesIO(uploaded), formats=_FORMATS) as image:
        if image.width * image.height > MOST_PIXELS:
            raise InvalidInputError(_TOO_MANY_PIXELS, "picture")
        image.draft("RGB", (SIZE * 2, SIZE * 2))  # a JPEG is unpacked no larger than needed
        upright = operations.exif_transpose(image)
        square = operations.fit(_on_white(upright, image_module), (SIZE, SIZE))
        # Onto an empty one: comments and the like go along with an image from one file to the next
        clean = image_module.new("RGB", square.size)
        clean.paste(square)
        return _encode(clean, MOST_BYTES), _encode(clean.resize((SMALL_SIZE, SMALL_SIZE)), MOST_SMALL_BYTES)


def _encode(square: Any, most_bytes: int) -> bytes:
    """As fine as it may be and weigh no more, or as coarse as one still likes to look at."""
    content = b""
    for quality in _QUALITIES:
        made = BytesIO()
        square.save(made, "JPEG", quality=quality, optimize=True)
        content = made.getvalue()
        if len(content) <= most_bytes:
            break
    return content


def _on_white(image: Any, image_module: Any) -> Any:
    """Without transparency, which JPEG has not."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    seen = image.convert("RGBA")
    ground = image_module.new("RGB", seen.size, _WHITE)
    ground.paste(seen, mask=seen.getchannel("A"))
    return ground
