"""A person's logins, for its owner to look at and end; of each that ends so, the owner is told."""

from collections.abc import Sequence

from sqlalchemy import select

from idp.domain.errors import NotFoundError
from idp.domain.sessions.browser_sessions import end_session, end_sessions_of_user
from idp.domain.sessions.models import Session
from idp.domain.tenant import settings
from idp.domain.users.mails import mail_security_notice
from idp.domain.users.models import User
from idp.infra import clock
from idp.infra.db import db
from idp.infra.words import say

_BY = "the user, from another device"


def list_live_sessions(user_id: str) -> Sequence[Session]:
    """The logins that are good now, the last used first."""
    now = clock.now()
    found = (
        select(Session)
        .where(
            Session.user_id == user_id,
            Session.ended_at.is_(None),
            Session.expires_at > now,
            Session.last_seen_at > now - settings.current().session_idle_lifetime,
        )
        .order_by(Session.last_seen_at.desc(), Session.created_at.desc(), Session.sid)
    )
    return db.session.execute(found).scalars().all()


def sign_out_device(user: User, sid: str) -> None:
    """End one login of a person's; if it has ended before, it stays so.

    Raises:
        NotFoundError: it is none of theirs.
    """
    owner = db.session.execute(select(Session.user_id).where(Session.sid == sid)).scalar()
    if owner != user.id:
        raise NotFoundError(say("There is no such device in your account."))
    if end_session(sid, _BY):
        mail_security_notice(user, say("A device was signed out of your account."))


def sign_out_others(user: User, keep: str) -> None:
    """End every login of a person's but this one."""
    if end_sessions_of_user(user.id, _BY, keep):
        mail_security_notice(user, say("All devices but one were signed out of your account."))
