"""Recovery codes (NIST SP 800-63B-4 §3.1.2, look-up secrets): ten at a time, each good once, known by a keyed hash."""

import os
from collections.abc import Sequence
from typing import Final

from sqlalchemy import delete, func, insert, select, update

from idp.domain.credentials.models import RecoveryCode
from idp.domain.tenant import settings
from idp.infra import clock
from idp.infra.db import db
from idp.infra.secrets import derive

COUNT: Final = 10
#: Crockford's base32: no I, L, O or U, and it does not matter how a letter is written.
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS: Final = str.maketrans("ILO", "110")
#: 80 bits.
_LENGTH: Final = 16
_GROUP: Final = 4
_LONGEST: Final = 200


def renew_recovery_codes(user_id: str) -> tuple[str, ...]:
    """Ten new codes, to be shown once; those before are good no more."""
    codes = [_new_code() for _ in range(COUNT)]
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    now, newest = clock.now(), settings.current().secrets[0]
    db.session.execute(
        insert(RecoveryCode),
        [{"code_hash": _hash(newest, user_id, code), "user_id": user_id, "created_at": now} for code in codes],
    )
    return tuple("-".join(code[start : start + _GROUP] for start in range(0, _LENGTH, _GROUP)) for code in codes)


def use_recovery_code(user_id: str, typed: str) -> bool:
    """Spend a code, in the transaction that gives something for it: of several at once one gets it."""
    hashes = _hashes(user_id, typed)
    used = db.session.execute(
        update(RecoveryCode)
        .where(RecoveryCode.code_hash.in_(hashes), RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
        .values(used_at=clock.now())
        .returning(RecoveryCode.code_hash)
        .execution_options(synchronize_session=False)
    )
    return used.scalar() is not None


def count_recovery_codes(user_id: str) -> int:
    """How many are left."""
    left = select(func.count()).where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    return db.session.execute(left).scalar_one()


def remove_recovery_codes(user_id: str, since: int = 0) -> bool:
    """Forget them all, or those made at that second or later; whether any was left."""
    made = (RecoveryCode.user_id == user_id, RecoveryCode.created_at >= since)
    removed = db.session.execute(delete(RecoveryCode).where(*made).returning(RecoveryCode.used_at)).scalars()
    return any(used_at is None for used_at in removed.all())


def _new_code() -> str:
    return "".join(_ALPHABET[byte & 31] for byte in os.urandom(_LENGTH))


def _hashes(user_id: str, typed: str) -> Sequence[str]:
    """By every secret key that is known: the newest may be newer than the codes."""
    plain = "".join(character for character in typed[:_LONGEST].upper() if character.isascii() and character.isalnum())
    code = plain.translate(_READ_AS)
    return [_hash(secret, user_id, code) for secret in settings.current().secrets]


def _hash(secret: str, user_id: str, code: str) -> str:
    return derive(secret, "recovery code", f"{user_id}\0{code}")
