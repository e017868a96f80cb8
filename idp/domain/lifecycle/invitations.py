"""Accounts that wait for their owner: of who is invited, and of who signs up where a passkey is the only way in.

A link is mailed, with which its owner takes the account over, once. An operator may also invite who has an account and
no way in that is left; whoever only signs up may not.
"""

from typing import Final

from idp.domain.clients.client import Client
from idp.domain.clients.login_rules import insists_on_passkey
from idp.domain.credentials.factors import enrolled_factors
from idp.domain.credentials.passkey_answers import PasskeyRefusedError
from idp.domain.credentials.passwords import has_password, store_hash
from idp.domain.events.names import EventName
from idp.domain.events.recording import record
from idp.domain.lifecycle.passkeys import add_passkey
from idp.domain.tenant.login_policy import find_login_policy
from idp.domain.users.accounts import EmailTakenError, create_user, mark_email_verified
from idp.domain.users.mails import mail_invitation
from idp.domain.users.models import Ticket, User
from idp.domain.users.queries import find_user, find_user_by_email
from idp.domain.users.standing import standing_of
from idp.domain.users.tickets import Purpose, claim_ticket, end_tickets, find_ticket, give_back_ticket

_PURPOSES: Final[tuple[Purpose, ...]] = ("invite", "sign_up")


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
    elif not is_waiting(user) and not is_shut_out(user):
        without = "Who has no passkey yet signs in to the app another way, and makes one. "
        raise EmailTakenError(
            f"{user.email} has an account that is in use. {without if insists_on_passkey(client) else ''}"
            "Are its passkeys lost? idp users reset-factors removes them."
        )
    user.is_admin = user.is_admin or is_admin
    user.is_self_made = False
    url = mail_invitation(user, client.name if client else None, client.id if client else None)
    record(EventName.USER_INVITED, user_id=user.id, client_id=client.id if client else None, is_admin=user.is_admin)
    return user, url


def find_invitation(token: str) -> tuple[Ticket, User] | None:
    """What a link invites to, if it is still good; looking spends nothing."""
    ticket = next((found for purpose in _PURPOSES if (found := find_ticket(token, purpose)) is not None), None)
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
    _, user = _claim(token) or (None, None)
    if user is None:
        return None
    if stored_hash is not None:
        store_hash(user.id, stored_hash)
    _accepted(user)
    return user


def accept_by_passkey(token: str, text: str, browser: str | None) -> User | None:
    """Spend the link on a first passkey: either both are done, or neither.

    Args:
        token: from the link.
        text: what the authenticator answered, in JSON.
        browser: the id of the browser.

    Returns:
        Whose account it is; None if the link is not good any more.

    Raises:
        PasskeyRefusedError: it was not accepted; the link is still good.
    """
    ticket, user = _claim(token) or (None, None)
    if ticket is None or user is None:
        return None
    try:
        add_passkey(user, text, browser)
    except PasskeyRefusedError:
        give_back_ticket(ticket)
        raise
    _accepted(user)
    return user


def is_waiting(user: User) -> bool:
    """Whether nobody has taken an account over yet."""
    return not user.email_verified and not has_password(user.id) and not enrolled_factors(user.id)


def is_shut_out(user: User) -> bool:
    """Whether none of the ways in is left to a person: passkeys alone are on, say, and theirs were lost."""
    # A password can be chosen by a link in a mail. Whoever has a factor of another kind proves that one first, or has
    # it taken away by an operator
    by_mail = {"password", "email_code", "magic_link"} & set(find_login_policy().first)
    return not by_mail and not enrolled_factors(user.id)


def _claim(token: str) -> tuple[Ticket, User] | None:
    ticket = next((found for purpose in _PURPOSES if (found := claim_ticket(token, purpose)) is not None), None)
    user = _invited(ticket) if ticket is not None else None
    return None if ticket is None or user is None else (ticket, user)


def _accepted(user: User) -> None:
    mark_email_verified(user)
    end_tickets(user.id, *_PURPOSES)  # or another link would open it again, once its owner is shut out
    record(EventName.INVITATION_ACCEPTED, user_id=user.id)


def _invited(ticket: Ticket) -> User | None:
    """Whose account a ticket opens: once its owner is in, by whichever way, no link opens it any more."""
    user = find_user(ticket.user_id)
    if user is None or user.email != ticket.email:
        return None
    if not is_waiting(user) and not (ticket.purpose == "invite" and is_shut_out(user)):
        return None
    return user if standing_of(exists=True, blocked_at=user.blocked_at).is_good else None
