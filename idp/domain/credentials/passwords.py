"""A person's password: set, checked, upgraded to stronger parameters when it is next used."""

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from idp.domain.credentials import hashing
from idp.domain.credentials.models import Password
from idp.domain.errors import InvalidInputError
from idp.domain.users.standing import hold_standing
from idp.infra import clock
from idp.infra.db import db, execute, table
from idp.infra.words import say

_passwords = table(Password)
_confirm = (
    update(_passwords)
    .where(_passwords.c.user_id == bindparam("of_user"), _passwords.c.hash == bindparam("seen"))
    .values(hash=bindparam("new"))
    .returning(_passwords.c.user_id)
)


def hash_password(password: str) -> str:
    """The form to store. Touches no database: call it before a transaction writes anything, as it takes its time.

    Raises:
        InvalidInputError: no account can have such a password (more than 1024 bytes, or no text).
        HashingBusy: too many are being hashed.
    """
    encoded = hashing.normalise(password)
    if encoded is None:
        raise InvalidInputError(say("This password cannot be used: it is empty or too long."), "password")
    with hashing.pool().slot():
        return hashing.compute(encoded)


def store_hash(user_id: str, stored: str) -> None:
    """Make what `hash_password` returned the user's password."""
    row = db.session.get(Password, user_id)
    if row is None:
        db.session.add(Password(user_id=user_id, hash=stored, updated_at=clock.now()))
    else:
        row.hash, row.updated_at, row.paired_at = stored, clock.now(), None
    db.session.flush()


def find_hash(user_id: str) -> str | None:
    """What is stored of the user's password; None without one."""
    return db.session.scalar(select(Password.hash).where(Password.user_id == user_id))


def replace_hash(user_id: str, seen: str | None, stored: str) -> bool:
    """Make it the user's password if what is stored is still what `find_hash` saw; whether it was."""
    values = {"hash": stored, "updated_at": clock.now(), "paired_at": None}
    if seen is not None:
        unchanged = (_passwords.c.user_id == user_id, _passwords.c.hash == seen)
        replaced = update(_passwords).where(*unchanged).values(values).returning(_passwords.c.user_id)
        return db.session.execute(replaced).first() is not None
    try:
        with db.session.begin_nested():
            db.session.execute(insert(_passwords).values(user_id=user_id, **values))
    except IntegrityError:
        return False
    return True


def set_password(user_id: str, password: str) -> None:
    """`hash_password` and `store_hash`, for where no lock matters (commands)."""
    store_hash(user_id, hash_password(password))


def remove_password(user_id: str) -> None:
    """Let the user log in with a password no more."""
    db.session.execute(delete(Password).where(Password.user_id == user_id))


def has_password(user_id: str) -> bool:
    """Whether the user can log in with a password."""
    return db.session.get(Password, user_id) is not None


def find_password_since(user_id: str) -> int | None:
    """When the user's password was set; None without one."""
    return db.session.scalar(select(Password.updated_at).where(Password.user_id == user_id))


def pair_password(user_id: str) -> None:
    """The user has proved the password, and a factor of their own beside it."""
    unpaired = (Password.user_id == user_id, Password.paired_at.is_(None))
    db.session.execute(update(Password).where(*unpaired).values(paired_at=clock.now()))


def is_paired(user_id: str) -> bool:
    """Whether who set the password had a factor of the user's own, too: a mailed link may have set it."""
    return db.session.scalar(select(Password.paired_at).where(Password.user_id == user_id)) is not None


def verify_password(user_id: str | None, password: str) -> bool:
    """Whether this is the user's password. The work is the same for a user who does not exist (None) or has none.

    **Commits what the request has written so far** (the failure counted in advance), so that no lock and no
    connection is held while the hash runs. So it is asked again afterwards, in the transaction that signs in, whether
    that hash is still the one stored: a password that was changed meanwhile is a wrong one. Raises HashingBusy.
    """
    # Asked for nobody, too: what is left out for a user who does not exist can be measured
    stored = find_hash(user_id or "")
    encoded = hashing.normalise(password)
    new = None
    with hashing.pool().slot(before_waiting=db.session.commit):
        good = hashing.matches(stored or hashing.dummy(), encoded or b"-")
        good = good and stored is not None and encoded is not None
        if good and encoded and stored and hashing.is_outdated(stored):
            new = hashing.compute(encoded)
    if not good or user_id is None or stored is None:
        return False
    hold_standing(user_id)
    return execute(_confirm, {"of_user": user_id, "seen": stored, "new": new or stored}).first() is not None
