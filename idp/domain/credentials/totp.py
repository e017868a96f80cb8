"""RFC 6238: codes of an authenticator app. Its seed is stored wrapped, and each time step is used once.

A seed is made for one browser, and is the same there each time the page of the set-up is opened, until a first code was
right: from then on it counts, and is never shown again.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

import pyotp
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError

from idp.domain.credentials.models import Totp
from idp.domain.tenant import settings
from idp.domain.tenant.wrapping import wrapper
from idp.domain.users.models import User
from idp.infra import clock
from idp.infra.db import db
from idp.infra.secrets import digest, new_id

STEP_SECONDS: Final = 30
DIGITS: Final = 6
#: Somebody who saw a seed that was never used must not find it in use a day later.
SET_UP_LIFETIME: Final = 3600
#: Clocks differ, and typing takes time: one step to each side (RFC 6238 §5.2).
_WINDOW: Final = (-1, 0, 1)
_ID_LENGTH: Final = 32


class Verdict(Enum):
    """What came of a code."""

    RIGHT = "right"
    WRONG = "wrong"
    USED = "used"
    """It was right, but has been used: the next one comes within half a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUp:
    """What an authenticator app is to be told."""

    secret: str
    """The seed in base32, for who types it."""
    uri: str
    """The same for who scans it (Google's Key URI Format)."""


def begin_totp(user: User, browser: str) -> SetUp:
    """What to show at the set-up in this browser: a new seed, or the one that still waits for its first code."""
    setup_id = _setup_id(user.id, browser)
    seed = _find_waiting_seed(setup_id) or _make_seed(user.id, setup_id)
    issuer = settings.current().name
    return SetUp(secret=seed, uri=_codes(seed).provisioning_uri(name=user.email, issuer_name=issuer))


def confirm_totp(user_id: str, browser: str, code: str) -> bool:
    """Let the seed of this browser count from now on, if the code is right; the user's others go."""
    setup_id = _setup_id(user_id, browser)
    seed = _find_waiting_seed(setup_id)
    step = None if seed is None else _find_step(seed, code)
    if step is None:
        return False
    now = clock.now()
    # Under another id: this browser may set up the next one
    confirmed = db.session.execute(
        update(Totp)
        .where(Totp.id == setup_id, Totp.confirmed_at.is_(None))
        .values(id=new_id(_ID_LENGTH), confirmed_at=now, last_step=step, last_used_at=now)
        .returning(Totp.id)
        .execution_options(synchronize_session=False)
    ).scalar()
    if confirmed is not None:
        db.session.execute(delete(Totp).where(Totp.user_id == user_id, Totp.id != confirmed))
    return confirmed is not None


def use_totp(user_id: str, code: str) -> Verdict:
    """Spend a code, in the transaction that gives something for it."""
    rows = db.session.execute(
        select(Totp.id, Totp.seed_wrapped).where(Totp.user_id == user_id, Totp.confirmed_at.is_not(None))
    ).all()
    for row in rows:
        step = _find_step(_unwrap(user_id, row.seed_wrapped), code)
        if step is not None:
            return Verdict.RIGHT if _claim_step(row.id, step) else Verdict.USED
    return Verdict.WRONG


def remove_totp(user_id: str, since: int = 0) -> bool:
    """Forget the user's authenticator app, also one being set up, or those of that second or later.

    Returns:
        Whether one counted.
    """
    added = (Totp.user_id == user_id, func.coalesce(Totp.confirmed_at, Totp.created_at) >= since)
    removed = db.session.execute(
        delete(Totp).where(*added).returning(Totp.confirmed_at).execution_options(synchronize_session=False)
    ).scalars()
    return any(confirmed_at is not None for confirmed_at in removed.all())


def find_totp_since(user_id: str) -> tuple[int, int | None] | None:
    """When the user's authenticator app was set up, and last used; None without one."""
    row = db.session.execute(
        select(Totp.confirmed_at, Totp.last_used_at).where(Totp.user_id == user_id, Totp.confirmed_at.is_not(None))
    ).first()
    return None if row is None else (row.confirmed_at or 0, row.last_used_at)


def rewrap() -> int:
    """Wrap seeds anew under the newest secret key, so that an older one can be dropped; returns how many."""
    box, changed = wrapper(), 0
    for row in db.session.execute(select(Totp.id, Totp.user_id, Totp.seed_wrapped)).all():
        if not box.is_current(row.seed_wrapped):
            wrapped = _wrap(row.user_id, _unwrap(row.user_id, row.seed_wrapped))
            db.session.execute(update(Totp).where(Totp.id == row.id).values(seed_wrapped=wrapped))
            changed += 1
    return changed


def sweep() -> None:
    """Remove seeds that nobody went on with."""
    old = clock.now() - SET_UP_LIFETIME
    db.session.execute(delete(Totp).where(Totp.confirmed_at.is_(None), Totp.created_at <= old))


def _claim_step(totp_id: str, step: int) -> bool:
    """RFC 6238 §5.2: of several at once with one code, one gets it; no step before it is taken any more."""
    claimed = db.session.execute(
        update(Totp)
        .where(Totp.id == totp_id, Totp.last_step < step)
        .values(last_step=step, last_used_at=clock.now())
        .returning(Totp.id)
        .execution_options(synchronize_session=False)
    )
    return claimed.scalar() is not None


def _find_step(seed: str, code: str) -> int | None:
    """The time step that a code is of; spaces and dashes are as people type them."""
    typed = "".join(character for character in code if not character.isspace() and character != "-")
    if len(typed) != DIGITS or not (typed.isascii() and typed.isdigit()):
        return None
    codes, now = _codes(seed), clock.now() // STEP_SECONDS
    found = [now + offset for offset in _WINDOW if pyotp.utils.strings_equal(codes.generate_otp(now + offset), typed)]
    return max(found, default=None)


def _find_waiting_seed(setup_id: str) -> str | None:
    row = db.session.execute(
        select(Totp.user_id, Totp.seed_wrapped).where(
            Totp.id == setup_id, Totp.confirmed_at.is_(None), Totp.created_at > clock.now() - SET_UP_LIFETIME
        )
    ).first()
    return None if row is None else _unwrap(row.user_id, row.seed_wrapped)


def _make_seed(user_id: str, setup_id: str) -> str:
    seed = pyotp.random_base32()  # 160 bits (RFC 4226 §4 R6)
    # Not one that another tab made since we looked
    old = clock.now() - SET_UP_LIFETIME
    db.session.execute(delete(Totp).where(Totp.id == setup_id, Totp.created_at <= old))
    row = Totp(id=setup_id, user_id=user_id, seed_wrapped=_wrap(user_id, seed), last_step=0, created_at=clock.now())
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError:  # another tab of this browser made one in this instant
        return _find_waiting_seed(setup_id) or seed
    return seed


def _setup_id(user_id: str, browser: str) -> str:
    """One set-up at a time for each person in each browser: nobody else can have seen its seed."""
    return digest(f"{user_id}\0{browser}")[:_ID_LENGTH]


def _codes(seed: str) -> pyotp.TOTP:
    return pyotp.TOTP(seed, digits=DIGITS, interval=STEP_SECONDS)


def _wrap(user_id: str, seed: str) -> str:
    return wrapper().wrap(seed.encode(), _context(user_id))


def _unwrap(user_id: str, stored: str) -> str:
    return wrapper().unwrap(stored, _context(user_id)).decode()


def _context(user_id: str) -> str:
    """What a seed is bound to while wrapped: it opens for no other person."""
    return f"totp:{user_id}"
