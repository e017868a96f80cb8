"""The tenant's brand: read from the cache of the process, changed in one place."""

import hashlib
from dataclasses import replace
from typing import Any, cast

from sqlalchemy import select, update

from idp.domain.branding.branding import PICTURES, Branding, StoredPicture, parse_values
from idp.domain.branding.models import BrandFile
from idp.domain.errors import InvalidInputError
from idp.domain.events.names import EventName
from idp.domain.events.recording import record
from idp.domain.tenant.config_version import bump, cache
from idp.domain.tenant.models import TENANT_ID, Tenant
from idp.infra import clock
from idp.infra.db import UNAVAILABLE, db, read_apart, table
from idp.infra.pictures import ICONS, PHOTOS, PictureError, read_picture

#: The largest that pages show, twice as fine for fine screens.
_LOGO_SIZE = (480, 112)
_ICON_SIZE = (64, 64)
_select_branding = select(table(Tenant).c.branding).where(table(Tenant).c.id == TENANT_ID)


def find_branding() -> Branding:
    """The tenant's brand, from the cache where it is there; while the database is away, none."""
    try:
        return cast("Branding", cache.get("branding", _load_apart))
    except UNAVAILABLE:
        return Branding()


def get_branding() -> Branding:
    """The tenant's brand as this transaction has it."""
    return Branding.of(db.session.execute(_select_branding).scalar_one())


def change_branding(changes: dict[str, Any]) -> Branding:
    """Set what is given, by `parse_changes`; None takes a value away."""
    branding = replace(get_branding(), **changes)
    db.session.execute(update(Tenant).where(Tenant.id == TENANT_ID).values(branding=branding.stored()))
    record(EventName.BRANDING_CHANGED, fields=sorted(changes))
    bump()
    return branding


def parse_changes(values: dict[str, str], pictures: dict[str, bytes]) -> dict[str, Any]:
    """What an operator sends, checked; the pictures are kept.

    Raises:
        InvalidInputError: naming the field and what to send instead.
    """
    parsed = parse_values(values)
    return parsed | {name: _keep(name, content) for name, content in pictures.items()}


def find_picture(digest: str) -> tuple[str, bytes] | None:
    """A picture that was uploaded: its kind (png, jpg) and its bytes."""
    found = db.session.get(BrandFile, digest)
    return None if found is None else (found.kind, found.content)


def _keep(name: str, content: bytes) -> StoredPicture:
    if name not in PICTURES:
        raise InvalidInputError(f"{name!r} is no picture of a brand: {', '.join(PICTURES)}.", name)
    is_icon = name == "favicon"
    try:
        picture = read_picture(
            content, within=_ICON_SIZE if is_icon else _LOGO_SIZE, formats=ICONS if is_icon else PHOTOS
        )
    except PictureError as error:
        raise InvalidInputError(str(error), name) from error
    digest = hashlib.sha256(picture.content).hexdigest()
    if db.session.get(BrandFile, digest) is None:
        row = BrandFile(digest=digest, kind=picture.kind, content=picture.content, created_at=clock.now())
        db.session.add(row)
        db.session.flush()
    return StoredPicture(digest=digest, kind=picture.kind, width=picture.width, height=picture.height)


def _load_apart() -> Branding:
    # Waits for no writer, and locks nothing: error pages are made in any state of a request
    return Branding.of(read_apart(_select_branding) or {})
