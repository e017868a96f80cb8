"""An account goes for good: logins and tokens end at once, its apps are told, and everything that belonged to it goes.

Its id is random and was made for it alone, so no other account ever has it. What stays is the audit log.
"""

from sqlalchemy import delete, exists, or_, select
from sqlalchemy.orm import aliased

from idp.domain.errors import DomainError
from idp.domain.events.names import EventName
from idp.domain.events.recording import record
from idp.domain.lifecycle.users import end_everything
from idp.domain.tenant.models import TENANT_ID, Tenant
from idp.domain.users.mails import mail_account_deleted
from idp.domain.users.models import User
from idp.domain.users.standing import DELETED, hold_standing
from idp.infra.db import db
from idp.infra.words import say


class LastAdministratorError(DomainError):
    """Nobody else could administer this deployment."""


def is_last_administrator(user: User) -> bool:
    """Whether nobody else can administer this deployment."""
    others = select(User.id).where(User.is_admin, User.id != user.id, User.blocked_at.is_(None))
    return user.is_admin and db.session.execute(others.limit(1)).first() is None


def delete_user(user: User, by: str) -> None:
    """Delete an account; nothing is left to do where another request did it in this instant.

    Raises:
        LastAdministratorError: it is that of the last administrator who can sign in.
    """
    if hold_standing(user.id) is DELETED:
        return
    if user.is_admin:
        # Two who go at once must not each count the other; each holds their own account, so not those
        db.session.execute(select(Tenant.id).where(Tenant.id == TENANT_ID).with_for_update()).all()
    if is_last_administrator(user):
        raise LastAdministratorError(
            say("You are the only administrator. Make somebody else one first, then delete your account.")
        )
    end_everything(user, "the account was deleted")
    mail_account_deleted(user)
    record(EventName.USER_DELETED, user_id=user.id, by=by)
    other = aliased(User)
    has_other = exists().where(other.is_admin, other.id != user.id, other.blocked_at.is_(None))
    removed = db.session.execute(
        delete(User)
        .where(User.id == user.id, or_(~User.is_admin, has_other))
        .returning(User.id)
        .execution_options(synchronize_session=False)
    ).scalar()
    if removed is None:
        raise LookupError("the last fellow administrator went in this instant")
    db.session.expire_all()
