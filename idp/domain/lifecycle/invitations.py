"""Invitations: an account is made for somebody, and a link mailed with which they take it over, once."""

from idp.domain.clients.client import Client
from idp.domain.credentials.factors import enrolled_factors
from idp.domain.credentials.passwords import has_password, store_hash
from idp.domain.events.names import EventName
from idp.domain.events.recording import record
from idp.domain.users.accounts import EmailTakenError, create_user, mark_email_verified
from idp.domain.users.mails import mail_invitation
from idp.domain.users.models import Ticket, User
from idp.domain.users.queries import find_user, find_user_by_email
from idp.domain.users.standing import standing_of
from idp.domain.users.tickets import claim_ticket, find_ticket


def invite(address: str, client: Client | None, *, is_admin: bool = False) -> tuple[User, str]:
    """Make an account without a password and mail its owner a link; whoever is invited again gets a new one.

    Returns:
        The account, and the link.

    Raises:
        InvalidInputError: the address is none.
        EmailTakenError: somebody uses an account with this address.
    """
    user = find_user_by_email(address)
    if user is None:
        user = create_user(address, is_admin=is_admin)
    elif not _waits(user):
        raise EmailTakenError(f"{user.email} has an account that is in use.")
    user.is_admin = user.is_admin or is_admin
    user.is_self_made = False
    url = mail_invitation(user, client.name if client else None, client.id if client else None)
    record(EventName.USER_INVITED, user_id=user.id, client_id=client.id if client else None, is_admin=user.is_admin)
    return user, url


def find_invitation(token: str) -> tuple[Ticket, User] | None:
    """What a link invites to, if it is still good; looking spends nothing."""
    ticket = find_ticket(token, "invite")
    user = _invited(ticket) if ticket is not None else None
    return None if ticket is None or user is None else (ticket, user)


def accept_invitation(token: str, stored_hash: str | None) -> User | None:
    """Spend the link: the address is confirmed, and the password set if one was chosen.

    Args:
        token: from the link.
        stored_hash: what `prepare_password` returned; None to sign in in other ways.

    Returns:
        Whose account it is; None if the link is not good any more.
    """
    ticket = claim_ticket(token, "invite")
    user = _invited(ticket) if ticket is not None else None
    if user is None:
        return None
    mark_email_verified(user)
    if stored_hash is not None:
        store_hash(user.id, stored_hash)
    record(EventName.INVITATION_ACCEPTED, user_id=user.id)
    return user


def _invited(ticket: Ticket) -> User | None:
    """Whose account a ticket opens: once its owner is in, by whichever way, no link opens it any more."""
    user = find_user(ticket.user_id)
    if user is None or user.email != ticket.email or not _waits(user):
        return None
    return user if standing_of(exists=True, blocked_at=user.blocked_at).is_good else None


def _waits(user: User) -> bool:
    return not user.email_verified and not has_password(user.id) and not enrolled_factors(user.id)
