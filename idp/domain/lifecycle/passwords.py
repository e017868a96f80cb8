"""What follows when a password is lost, changed or removed: links and logins end, the owner is told."""

from dataclasses import dataclass

from idp.domain.credentials.authentication import forgive
from idp.domain.credentials.passwords import replace_hash, store_hash
from idp.domain.errors import DomainError
from idp.domain.events.names import EventName
from idp.domain.events.recording import record
from idp.domain.lifecycle.addresses import is_mere_claim, settle_address
from idp.domain.lifecycle.password_removal import drop_password
from idp.domain.lifecycle.users import end_everything
from idp.domain.lifecycle.ways_in import LastWayInError, ways_in
from idp.domain.sessions.browser_sessions import SignedOutError, is_live
from idp.domain.sessions.pending_logins import end_pending_of_user
from idp.domain.users.mails import mail_nobody, mail_password_changed, mail_reset
from idp.domain.users.models import Ticket, User
from idp.domain.users.queries import find_user, find_user_by_email
from idp.domain.users.standing import hold_standing, standing_of
from idp.domain.users.tickets import claim_ticket, end_tickets, find_ticket
from idp.infra.words import say


class PasswordMovedError(DomainError):
    """The password is another one than when the form was sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A new password: from what `find_hash` saw before, to what `prepare_password` returned."""

    seen: str | None
    stored: str


def request_reset(address: str, state: str | None) -> None:
    """Mail a link, if the address has an account that is served. The caller learns nothing of that."""
    user = find_user_by_email(address)
    is_served = user is not None and standing_of(exists=True, blocked_at=user.blocked_at).is_good
    record(EventName.PASSWORD_RESET_REQUESTED, user_id=user.id if user is not None else None, mailed=is_served)
    if user is not None and is_served:
        mail_reset(user, state)
    else:
        end_tickets("", "reset_password")
        mail_nobody(rows=2)  # in the place of the ticket, too


def reset_password(token: str, stored_hash: str, device: str | None, *, everywhere: bool) -> Ticket | None:
    """Spend a reset link and set the password, all in this transaction.

    Args:
        token: from the link.
        stored_hash: what `prepare_password` returned.
        device: the cookie of known devices.
        everywhere: end every login and token of the user.

    Returns:
        The ticket; None if the link is not good any more.
    """
    found = find_ticket(token, "reset_password")
    if found is None:
        return None
    hold_standing(found.user_id)
    ticket = claim_ticket(token, "reset_password")
    user = find_user(ticket.user_id) if ticket is not None else None
    if ticket is None or user is None or ticket.email != user.email:
        return None
    store_hash(user.id, stored_hash)
    # What waits for a second factor was let so far by the password before
    end_pending_of_user(user.id)
    # Whoever made an account with an address that they do not read must not stay signed in to its owner's account
    if everywhere or is_mere_claim(user):
        end_everything(user, "a new password")
    settle_address(user, device)
    forgive(user, device)
    record(EventName.PASSWORD_CHANGED, user_id=user.id, by="reset link")
    mail_password_changed(user)
    return ticket


def find_reset_user(ticket: Ticket) -> User | None:
    """Whose password a ticket may change; None once the address has changed."""
    user = find_user(ticket.user_id)
    return user if user is not None and user.email == ticket.email else None


def change_password(user: User, change: Change, device: str | None, *, keep: str, everywhere: bool) -> None:
    """Set a password for who is signed in; links to choose another end.

    Args:
        user: whose it is.
        change: from what, to what.
        device: the cookie of known devices.
        keep: the login that goes on.
        everywhere: end every other login, and all tokens.

    Raises:
        SignedOutError: that login has ended since.
        PasswordMovedError: another password was set since, or this one removed.
    """
    if not hold_standing(user.id).is_good or not is_live(keep):
        raise SignedOutError("The login that asked for it has ended.")
    if not replace_hash(user.id, change.seen, change.stored):
        raise PasswordMovedError(
            say("Your password was changed elsewhere a moment ago, so it was not changed again. Sign in with that one.")
        )
    if everywhere:
        end_everything(user, "a new password", keep)
    end_tickets(user.id, "reset_password")
    end_pending_of_user(user.id)
    forgive(user, device)
    record(EventName.PASSWORD_CHANGED, user_id=user.id, by="the user")
    mail_password_changed(user)


def remove_own_password(user: User) -> None:
    """Let a person sign in without a password.

    Raises:
        LastWayInError: there would be no other way.
    """
    if not other_ways_in(user):
        raise LastWayInError(say("Your password is your only way in. Add a passkey first, then remove it."))
    drop_password(user, "the user")


def other_ways_in(user: User) -> frozenset[str]:
    """The ways in that a person has beside the password."""
    return ways_in(user) - {"password"}
