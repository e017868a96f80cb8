"""An account goes for good: logins and tokens end at once, its apps are told, and everything that belonged to it goes.

Its id is random and was made for it alone, so no other account ever has it. What stays is the audit log.
"""

from sqlalchemy import delete, select

from idp.domain.errors import DomainError
from idp.domain.events.names import EventName
from idp.domain.events.recording import record
from idp.domain.lifecycle.users import end_everything
from idp.domain.users.mails import mail_account_deleted
from idp.domain.users.models import User
from idp.domain.users.standing import DELETED, hold_administrators, hold_standing
from idp.infra.db import db
from idp.infra.words import say


class LastAdministratorError(DomainError):
    """Nobody else could administer this deployment."""


def is_last_administrator(user: User) -> bool:
    """Whether nobody else can administer this deployment."""
    others = select(User.id).where(User.is_admin, User.id != user.id, User.blocked_at.is_(None))
    return user.is_admin and db.session.execute(others.limit(1)).first() is None


def delete_user(user: User, by: str, *, is_told: bool = True) -> None:
    """Delete an account; nothing is left to do where another request did it in this instant.

    `is_told` is False where who reads the address is told in another way.

    Raises:
        LastAdministratorError: it is that of the last administrator who can sign in.
    """
    if hold_standing(user.id) is DELETED:
        return
    if user.is_admin:
        hold_administrators()
    if is_last_administrator(user):
        raise LastAdministratorError(
            say("You are the only administrator. Make somebody else one first, then delete your account.")
        )
    end_everything(user, "the account was deleted")
    if is_told:
        mail_account_deleted(user)
    record(EventName.USER_DELETED, user_id=user.id, by=by)
    db.session.execute(delete(User).where(User.id == user.id), execution_options={"synchronize_session": False})
    db.session.expire_all()
