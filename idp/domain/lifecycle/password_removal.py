"""What follows when a password goes: nobody signs in by it, nor chooses another by a link of before."""

from typing import Final

from idp.domain.credentials.passwords import has_password, remove_password
from idp.domain.events.names import EventName
from idp.domain.events.recording import record
from idp.domain.sessions.pending_logins import end_pending_of_user
from idp.domain.users.mails import mail_security_notice
from idp.domain.users.models import User
from idp.domain.users.tickets import end_tickets
from idp.infra.words import Words, say

REMOVED: Final = say("The password was removed from your account.")


def drop_password(user: User, by: str, notice: Words | None = REMOVED) -> None:
    """Remove the password, if there is one, and mail its owner the notice."""
    if not has_password(user.id):
        return
    remove_password(user.id)
    end_tickets(user.id, "reset_password")
    end_pending_of_user(user.id)
    record(EventName.PASSWORD_REMOVED, user_id=user.id, by=by)
    if notice is not None:
        mail_security_notice(user, notice)
