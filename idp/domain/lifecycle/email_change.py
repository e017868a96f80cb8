"""Another e-mail address: asked for in the account, made so by a link that only the new address gets.

The address before is told at both times. For a week the link in the second of these mails takes the account back: who
stole it has the new address, so a link to choose a new password would reach the thief alone. What was added to sign in
with since goes, too; a thief who was already in may have added it before, which the owner was told of by mail.
"""

from contextlib import suppress

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from idp.domain.errors import InvalidInputError
from idp.domain.events.names import EventName
from idp.domain.events.recording import record
from idp.domain.lifecycle.addresses import confirm_own_address, is_mere_claim
from idp.domain.lifecycle.factors import drop_factors_since
from idp.domain.lifecycle.password_removal import drop_password
from idp.domain.lifecycle.users import end_everything
from idp.domain.sessions.pending_logins import end_pending_of_user
from idp.domain.users.addresses import email_key, parse_email
from idp.domain.users.mails import mail_email_change, mail_email_changed, mail_security_notice
from idp.domain.users.models import Ticket, User
from idp.domain.users.queries import find_user, find_user_by_email
from idp.domain.users.tickets import claim_ticket, end_tickets, find_ticket, issue_ticket
from idp.infra import clock
from idp.infra.db import db
from idp.infra.words import say


class _NotGivenError(Exception):
    """Nothing is to be changed: not the ticket, either."""


def request_email_change(user: User, typed: str) -> str:
    """Mail a link to the new address; that another account has it is not told. Returns the address.

    Raises:
        InvalidInputError: it is no address, or the user's already.
    """
    address = parse_email(typed)
    if email_key(address) == user.email_key:
        raise InvalidInputError(say("This is your address already."), "email")
    other = find_user_by_email(address)
    if other is None:
        mail_email_change(user, address)
    else:
        end_tickets(user.id, "change_email")
        mail_security_notice(other, say("Somebody wanted to use your e-mail address for another account."))
    mail_security_notice(user, say("Your account is about to get another e-mail address: {address}.", address=address))
    record(EventName.EMAIL_CHANGE_REQUESTED, user_id=user.id, mailed=other is None)
    return address


def find_email_change(user: User, token: str) -> Ticket | None:
    """The link, if it is good and this user's; looking spends nothing."""
    ticket = find_ticket(token, "change_email")
    return ticket if ticket is not None and ticket.user_id == user.id else None


def confirm_email_change(user: User, token: str) -> bool:
    """Spend the link, and make its address the user's; links sent to the one before end. False if it is not good."""
    if find_email_change(user, token) is None:
        return False
    ticket = claim_ticket(token, "change_email")
    before = user.email
    if ticket is None or not _give_address(user, ticket.email):
        return False
    confirm_own_address(user)
    record(EventName.EMAIL_CHANGED, user_id=user.id, by="the user")
    _tell_before(user, before)
    mail_security_notice(user, say("This is now the e-mail address of your account: {address}.", address=user.email))
    return True


def find_undo(token: str) -> Ticket | None:
    """The link that takes an account back, if it is good; looking spends nothing."""
    return find_ticket(token, "undo_email")


def undo_email_change(token: str) -> str | None:
    """Give an account its address back; end every login and token, the password, and what was added since.

    Returns:
        The ticket of a link to choose a new password with; None if this one is not good, or while another account has
        the address: then it stays as good as it was.
    """
    with suppress(_NotGivenError), db.session.begin_nested():
        return _undo(token)
    return None


def _undo(token: str) -> str:
    ticket = claim_ticket(token, "undo_email")
    user = find_user(ticket.user_id) if ticket is not None else None
    if ticket is None or user is None:
        raise _NotGivenError
    now = user.email
    was_claimed = is_mere_claim(user)
    end_everything(user, "the change of the address was undone")
    if not _give_address(user, ticket.email):
        raise _NotGivenError
    record(EventName.EMAIL_CHANGED, user_id=user.id, by="the owner of the address before")
    mail_security_notice(user, say("This is again the e-mail address of your account: {address}.", address=user.email))
    mail_security_notice(user, say("This is no longer the e-mail address of an account here."), to=now)
    drop_factors_since(user, 0 if was_claimed else ticket.created_at)
    drop_password(user, "the owner of the address before")
    return issue_ticket(user, "reset_password")


def _tell_before(user: User, before: str) -> None:
    """Tell the address before. While one of an earlier change may still take the account back, this one may not.

    Else a thief who changes it twice would hold the newer link, and the owner none.
    """
    open_undo = select(Ticket.token_hash).where(
        Ticket.user_id == user.id,
        Ticket.purpose == "undo_email",
        Ticket.used_at.is_(None),
        Ticket.expires_at > clock.now(),
    )
    if db.session.execute(open_undo.limit(1)).first() is None:
        mail_email_changed(user, before)
    else:
        what = say("The e-mail address of your account was changed to {address}.", address=user.email)
        mail_security_notice(user, what, to=before)


def _give_address(user: User, address: str) -> bool:
    """Make a proved address the user's; False if another account was quicker."""
    changed = {"email": address, "email_key": email_key(address), "email_verified": True, "updated_at": clock.now()}
    try:
        with db.session.begin_nested():
            db.session.execute(update(User).where(User.id == user.id).values(changed))
    except IntegrityError:
        return False
    db.session.refresh(user)
    end_tickets(user.id, "verify_email", "reset_password", "invite", "change_email")
    end_pending_of_user(user.id)
    return True
