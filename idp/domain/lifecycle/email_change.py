"""Another e-mail address: asked for in the account, made so by a link that only the new address gets.

The address before is told at both times. For a week the link in the second of these mails takes the account back
(`taking_back`): who stole it has the new address, so a link to choose a new password would reach the thief alone. So
long nobody else gets that address, if somebody had proved to read it.
"""

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from idp.domain.errors import DomainError, InvalidInputError
from idp.domain.events.names import EventName
from idp.domain.events.recording import record
from idp.domain.lifecycle.addresses import confirm_own_address
from idp.domain.sessions.pending_logins import end_pending_of_user
from idp.domain.users.addresses import email_key, parse_email
from idp.domain.users.kept_addresses import find_keeper
from idp.domain.users.mails import mail_email_change, mail_email_changed, mail_security_notice
from idp.domain.users.models import Ticket, User
from idp.domain.users.queries import find_user_by_email, get_user
from idp.domain.users.tickets import claim_ticket, end_tickets, find_spent_ticket, find_ticket, give_back_ticket
from idp.infra import clock
from idp.infra.db import db
from idp.infra.words import say


class AddressTakenError(DomainError):
    """Another account has the address, or may have it back."""

    def __init__(self, address: str) -> None:
        super().__init__(
            say("Another account has {email} by now, or had it until lately and may still have it back.", email=address)
        )


def request_email_change(user: User, typed: str) -> str:
    """Mail a link to the new address; that another account has it is not told. Returns the address.

    Raises:
        InvalidInputError: it is no address, or the user's already.
    """
    address = parse_email(typed)
    if email_key(address) == user.email_key:
        raise InvalidInputError(say("This is your address already."), "email")
    other, keeper = find_user_by_email(address), find_keeper(address, but=user.id)
    if other is None and keeper is None:
        mail_email_change(user, address)
    else:
        end_tickets(user.id, "change_email")
        _tell_holder(other, keeper)
    mail_security_notice(user, say("Your account is about to get another e-mail address: {address}.", address=address))
    record(EventName.EMAIL_CHANGE_REQUESTED, user_id=user.id, mailed=other is None and keeper is None)
    return address


def find_email_change(user: User, token: str) -> Ticket | None:
    """The link, if it is good and this user's; looking spends nothing."""
    ticket = find_ticket(token, "change_email")
    return ticket if ticket is not None and ticket.user_id == user.id else None


def has_changed(user: User, token: str) -> bool:
    """Whether the link made its address the user's, who still has it: then it did its work."""
    ticket = find_spent_ticket(token, "change_email")
    return ticket is not None and ticket.user_id == user.id and ticket.email == user.email


def confirm_email_change(user: User, token: str) -> bool:
    """Spend the link, and make its address the user's; links sent to the one before end. False if it is not good.

    Raises:
        AddressTakenError: another account has the address; the link stays as good as it was.
    """
    if find_email_change(user, token) is None:
        return False
    ticket = claim_ticket(token, "change_email")
    if ticket is None:
        return False
    before, was_proved = user.email, user.email_verified
    try:
        give_address(user, ticket.email)
    except AddressTakenError:
        give_back_ticket(ticket)
        raise
    confirm_own_address(user)
    record(EventName.EMAIL_CHANGED, user_id=user.id, by="the user")
    _tell_before(user, before, was_proved=was_proved)
    mail_security_notice(user, say("This is now the e-mail address of your account: {address}.", address=user.email))
    return True


def _tell_holder(other: User | None, keeper: tuple[str, str] | None) -> None:
    """Tell whoever has the address, or may have it back."""
    what = say("Somebody wanted to use your e-mail address for another account.")
    if other is not None:
        mail_security_notice(other, what)
    elif keeper is not None:
        mail_security_notice(get_user(keeper[0]), what, to=keeper[1])


def _tell_before(user: User, before: str, *, was_proved: bool) -> None:
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
        mail_email_changed(user, before, is_kept=was_proved)
    else:
        what = say("The e-mail address of your account was changed to {address}.", address=user.email)
        mail_security_notice(user, what, to=before)


def give_address(user: User, address: str, *, is_given_back: bool = False) -> None:
    """Make a proved address the user's. `is_given_back`: it was theirs before, so it is kept for nobody else.

    Raises:
        AddressTakenError: another account was quicker, or may have the address back; nothing is changed.
    """
    changed = {"email": address, "email_key": email_key(address), "email_verified": True, "updated_at": clock.now()}
    try:
        with db.session.begin_nested():
            db.session.execute(update(User).where(User.id == user.id).values(changed))
            # After the row is changed, so that an account that gave the address up in this instant is seen
            if not is_given_back and find_keeper(address, but=user.id) is not None:
                raise AddressTakenError(address)
    except IntegrityError:
        raise AddressTakenError(address) from None
    db.session.refresh(user)
    end_tickets(user.id, "verify_email", "reset_password", "invite", "change_email")
    end_pending_of_user(user.id)
