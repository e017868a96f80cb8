"""Taking an account back: the link that the address before gets when an account's address has changed.

Whoever opens it reads that address. So an account that merely claims the address is in nobody's way: it goes.
"""

from dataclasses import dataclass
from typing import Final

from idp.domain.errors import DomainError
from idp.domain.events.names import EventName
from idp.domain.events.recording import record
from idp.domain.lifecycle.addresses import is_mere_claim
from idp.domain.lifecycle.deletion import delete_user, is_last_administrator
from idp.domain.lifecycle.email_change import AddressTakenError, give_address
from idp.domain.lifecycle.factors import drop_factors_since
from idp.domain.lifecycle.password_removal import drop_password
from idp.domain.lifecycle.users import end_everything
from idp.domain.users.addresses import email_key
from idp.domain.users.mails import mail_security_notice
from idp.domain.users.models import Ticket, User
from idp.domain.users.queries import find_user, find_user_by_email, find_user_id_by_email, hold_user
from idp.domain.users.tickets import claim_ticket, find_spent_ticket, find_ticket, give_back_ticket, issue_ticket
from idp.infra.words import Moment, say

_PURPOSE: Final = "undo_email"
_OWNER: Final = "the owner of the address before"
#: Somebody may claim the address in the very instant in which another claim of it goes.
_TRIES: Final = 3


class AddressHeldError(DomainError):
    """Another account has the address, and not by a mere claim: the link stays as good as it was."""

    def __init__(self, ticket: Ticket) -> None:
        super().__init__(
            say(
                "Another account has {email}. Sign in to it and give it another address, or delete it. Then open this "
                "link again: it is good until {time}.",
                email=ticket.email,
                time=Moment(ticket.expires_at),
            )
        )
        self.user_id = ticket.user_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """What a good link does."""

    email: str
    """The address that the account has again."""
    is_claimed: bool
    """Whether another account, which nobody confirmed, goes for that."""


def find_undo(token: str) -> Undo | None:
    """What the link does, if it is good; looking spends nothing.

    Raises:
        AddressHeldError: another account has the address.
    """
    ticket = find_ticket(token, _PURPOSE)
    if ticket is None:
        return None
    other = find_user_by_email(ticket.email)
    is_claimed = other is not None and other.id != ticket.user_id
    if other is not None and is_claimed and not _is_in_nobodys_way(other):
        raise AddressHeldError(ticket)
    return Undo(email=ticket.email, is_claimed=is_claimed)


def find_undone(token: str) -> str | None:
    """The address that the link gave back, if its account still has it."""
    ticket = find_spent_ticket(token, _PURPOSE)
    user = find_user(ticket.user_id) if ticket is not None else None
    return user.email if ticket is not None and user is not None and user.email == ticket.email else None


def undo_email_change(token: str) -> str | None:
    """Give an account its address back; end every login and token, the password, and what was added since.

    Returns:
        The ticket of a link to choose a new password with; None if this one is not good.

    Raises:
        AddressHeldError: another account has the address.
    """
    ticket = claim_ticket(token, _PURPOSE)
    user = hold_user(ticket.user_id) if ticket is not None else None
    if ticket is None or user is None:
        return None
    now = user.email
    was_claimed = is_mere_claim(user)
    _take_address(user, ticket)
    end_everything(user, "the change of the address was undone")
    record(EventName.EMAIL_CHANGED, user_id=user.id, by=_OWNER)
    mail_security_notice(user, say("This is again the e-mail address of your account: {address}.", address=user.email))
    if email_key(now) != user.email_key:
        mail_security_notice(user, say("This is no longer the e-mail address of an account here."), to=now)
    drop_factors_since(user, 0 if was_claimed else ticket.created_at)
    drop_password(user, _OWNER)
    return issue_ticket(user, "reset_password")


def _take_address(user: User, ticket: Ticket) -> None:
    for _ in range(_TRIES):
        is_displaced = _displace(user, ticket)
        try:
            give_address(user, ticket.email, is_given_back=True)
        except AddressTakenError:
            continue
        if is_displaced:
            mail_security_notice(user, say("An account that claimed your e-mail address was deleted."))
        return
    give_back_ticket(ticket)
    raise AddressHeldError(ticket)


def _displace(user: User, ticket: Ticket) -> bool:
    """Delete the account that merely claims the address; whether there was one."""
    other_id = find_user_id_by_email(ticket.email)
    other = hold_user(other_id) if other_id is not None and other_id != user.id else None
    if other is None or other.email_key != email_key(ticket.email):
        return False
    if not _is_in_nobodys_way(other):
        give_back_ticket(ticket)
        raise AddressHeldError(ticket)
    delete_user(other, _OWNER, is_told=False)
    return True


def _is_in_nobodys_way(user: User) -> bool:
    return is_mere_claim(user) and not is_last_administrator(user)
