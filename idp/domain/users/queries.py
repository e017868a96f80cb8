"""Reads of users."""

from collections.abc import Sequence

from sqlalchemy import bindparam, select

from idp.domain.errors import NotFoundError
from idp.domain.users.addresses import email_key
from idp.domain.users.models import User
from idp.domain.users.standing import hold_standing
from idp.infra.db import db, execute, table

_users = table(User)
_find_id_by_email = select(_users.c.id).where(_users.c.email_key == bindparam("key"))


def find_user(user_id: str) -> User | None:
    """The user with this id."""
    return db.session.get(User, user_id)


def hold_user(user_id: str) -> User | None:
    """The user as they are now, and whom nobody changes until this transaction ends (`hold_standing`)."""
    hold_standing(user_id)
    return db.session.get(User, user_id, populate_existing=True)


def find_user_by_email(address: str) -> User | None:
    """The user whose address this is, however it is written."""
    return db.session.execute(select(User).where(User.email_key == email_key(address))).scalar()


def find_user_id_by_email(address: str) -> str | None:
    """The id of the user whose address this is."""
    found: str | None = execute(_find_id_by_email, {"key": email_key(address)}).scalar()
    return found


def get_user(user_id_or_email: str) -> User:
    """The user with this id or address.

    Raises:
        NotFoundError: there is none.
    """
    user = find_user(user_id_or_email) or find_user_by_email(user_id_or_email)
    if user is None:
        raise NotFoundError(f"There is no user {user_id_or_email!r}.")
    return user


def list_users(limit: int = 100, after: str = "") -> Sequence[User]:
    """Users in the order of their ids."""
    return db.session.execute(select(User).where(User.id > after).order_by(User.id).limit(limit)).scalars().all()


def has_administrator() -> bool:
    """Whether anybody may administer this deployment."""
    return db.session.execute(select(User.id).where(User.is_admin).limit(1)).scalar() is not None
