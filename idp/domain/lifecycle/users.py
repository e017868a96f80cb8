"""What follows when a user is blocked, deleted, or changes the password: logins and tokens end at once."""

from idp.domain.credentials import challenges
from idp.domain.events.names import EventName
from idp.domain.events.recording import record
from idp.domain.sessions.browser_sessions import end_sessions_of_user
from idp.domain.sessions.pending_logins import end_pending_of_user
from idp.domain.tokens.grants import revoke_grants_of_user
from idp.domain.users.models import User
from idp.domain.users.standing import hold_administrators, hold_standing
from idp.infra import clock


def end_everything(user: User, by: str, keep: str | None = None) -> None:
    """End the user's logins, but for the one to keep, those that wait or were mailed for, and all tokens."""
    _end_logins(user, by, keep)
    challenges.end_of_user(user.id)


def block_user(user: User) -> None:
    """Serve this user no more, on any path, from now on."""
    hold_standing(user.id)
    if user.is_admin:
        hold_administrators()
    user.blocked_at = clock.now()
    _end_logins(user, "the user was blocked")  # what was mailed leads to a page that says so
    record(EventName.USER_BLOCKED, user_id=user.id)


def _end_logins(user: User, by: str, keep: str | None = None) -> None:
    hold_standing(user.id)
    end_sessions_of_user(user.id, by, keep)
    end_pending_of_user(user.id)
    revoke_grants_of_user(user.id)


def unblock_user(user: User) -> None:
    """Let the user sign in again."""
    user.blocked_at = None
    record(EventName.USER_UNBLOCKED, user_id=user.id)
