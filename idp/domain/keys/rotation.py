"""The life of signing keys: next → active → retired → gone.

A next key is published for longer than verifiers cache the JWKS before it signs anything, so nobody ever meets a
signature of a key they cannot know yet; a retired one stays published until nothing that it signed is valid.
Every change begins with `bump`, whose row lock makes rotations of several processes wait for one another.

By schedule (`rotate_due`, in every sweep of every process) all of this happens by itself: a day before a key has signed
for its days the next one is published, and when they are over it takes its place.
"""

from dataclasses import dataclass
from typing import Final

from idp.domain.errors import InvalidInputError
from idp.domain.events.names import EventName
from idp.domain.events.recording import record
from idp.domain.keys.models import SigningKeyRow
from idp.domain.keys.queries import get_key, list_keys
from idp.domain.tenant import settings
from idp.domain.tenant.config_version import bump
from idp.domain.tenant.wrapping import wrapper
from idp.infra import clock, jwt
from idp.infra.db import db

JWKS_MAX_AGE: Final = 600
"""Seconds for which verifiers may cache the JWKS (its Cache-Control)."""
PUBLISHED_SECONDS: Final = JWKS_MAX_AGE + 5
"""How long a key is published before it signs: some seconds more, until every process publishes it."""
LONGEST_TOKEN: Final = 30 * 86400
"""No API may give its tokens a longer life."""


_DAY = 86400
_AHEAD_SECONDS = _DAY


@dataclass(frozen=True)
class Rotation:
    """What `rotate` did: the key that signs now, the one that waits, and when that may be promoted."""

    active_kid: str
    next_kid: str | None = None
    ripe_at: int | None = None


def ensure(alg: str) -> None:
    """Have a key that signs with `alg`. The first one signs at once, as verifiers fetch the set for a key unknown."""
    if list_keys("active", alg=alg):
        return
    bump()
    if not list_keys("active", alg=alg):
        _activate(_waiting(alg) or _create(alg))


def rotate(alg: str, *, now: bool = False) -> Rotation:
    """Move on by one step: make the next key, or promote it once it was published long enough.

    With `now` a next key is promoted at once, whatever verifiers have cached: for emergencies.
    """
    bump()
    active = list_keys("active", alg=alg)
    waiting = _waiting(alg) or _create(alg)
    if active and not now and not _is_ripe(waiting):
        return Rotation(active_kid=active[0].kid, next_kid=waiting.kid, ripe_at=_ripe_at(waiting))
    _replace(active, waiting)
    return Rotation(active_kid=waiting.kid)


def rotate_due() -> None:
    """Do what the schedule asks for now: publish a next key a day ahead, and let it sign when the days are over."""
    days = settings.current().key_rotation_days
    if days == 0:
        return
    for alg in {row.alg for row in list_keys("active") if _is_due(row, days, _AHEAD_SECONDS)}:
        _rotate_by_schedule(alg, days)


def revoke(kid: str) -> Rotation:
    """Take a key back at once: nothing that it signed is good any more. If it was the active one, another follows."""
    bump()
    row = get_key(kid)
    if row.state == "gone":
        raise InvalidInputError("This key is gone already.", "kid")
    _remove(row)
    record(EventName.KEY_REVOKED, kid=row.kid, alg=row.alg)
    active = list_keys("active", alg=row.alg)
    if not active:
        active = [_waiting(row.alg) or _create(row.alg)]
        _activate(active[0])
    return Rotation(active_kid=active[0].kid)


def sweep() -> int:
    """Remove retired keys whose tokens have all expired; returns how many."""
    expired = [row for row in list_keys("retired") if (row.expires_at or 0) <= clock.now()]
    if expired:
        bump()
    for row in expired:
        _remove(row)
    return len(expired)


def rewrap() -> int:
    """Wrap private keys anew under the newest secret key, so that an older one can be dropped; returns how many."""
    box, changed = wrapper(), 0
    for row in list_keys("next", "active"):
        if row.private_wrapped and not box.is_current(row.private_wrapped):
            context = wrapping_context(row.kid)
            row.private_wrapped = box.wrap(box.unwrap(row.private_wrapped, context), context)
            changed += 1
    db.session.flush()
    return changed


def wrapping_context(kid: str) -> str:
    """What a private key is bound to while wrapped, so that it opens in its own row alone."""
    return f"signing_key:{kid}"


def _rotate_by_schedule(alg: str, days: int) -> None:
    if (waiting := _waiting(alg)) is not None and not _is_ripe(waiting):
        return
    if waiting is not None and not any(_is_due(row, days) for row in list_keys("active", alg=alg)):
        return
    # There is something to do. Of several processes that see it, one does it, and the others find it done
    bump()
    active = [row for row in list_keys("active", alg=alg) if _is_due(row, days, _AHEAD_SECONDS)]
    if not active:
        return
    waiting = _waiting(alg) or _create(alg)
    if _is_ripe(waiting) and all(_is_due(row, days) for row in active):
        _replace(active, waiting)


def _is_due(row: SigningKeyRow, days: int, ahead: int = 0) -> bool:
    return (row.activated_at or 0) + days * _DAY - ahead <= clock.now()


def _is_ripe(waiting: SigningKeyRow) -> bool:
    return clock.now() > _ripe_at(waiting)


def _ripe_at(waiting: SigningKeyRow) -> int:
    return waiting.published_at + PUBLISHED_SECONDS


def _replace(active: list[SigningKeyRow], waiting: SigningKeyRow) -> None:
    for row in active:
        _retire(row)
    _activate(waiting)


def _waiting(alg: str) -> SigningKeyRow | None:
    rows = list_keys("next", alg=alg)
    return rows[-1] if rows else None


def _create(alg: str) -> SigningKeyRow:
    if alg not in jwt.ALGORITHMS:
        raise InvalidInputError(f"A signing algorithm is one of {', '.join(jwt.ALGORITHMS)}.", "alg")
    key, now = jwt.new_key(alg), clock.now()
    row = SigningKeyRow(
        kid=key.kid,
        alg=alg,
        state="next",
        private_wrapped=wrapper().wrap(jwt.private_pem(key), wrapping_context(key.kid)),
        public_jwk=jwt.public_jwk(key),
        created_at=now,
        published_at=now,
    )
    db.session.add(row)
    db.session.flush()
    record(EventName.KEY_CREATED, kid=row.kid, alg=alg)
    return row


def _activate(row: SigningKeyRow) -> None:
    row.state, row.activated_at = "active", clock.now()
    db.session.flush()
    record(EventName.KEY_ACTIVATED, kid=row.kid, alg=row.alg)


def _retire(row: SigningKeyRow) -> None:
    now = clock.now()
    # It never signs again, so its private part need not exist
    row.state, row.retired_at, row.private_wrapped = "retired", now, None
    row.expires_at = now + LONGEST_TOKEN + JWKS_MAX_AGE
    db.session.flush()


def _remove(row: SigningKeyRow) -> None:
    row.state, row.private_wrapped = "gone", None
    db.session.flush()
