"""Tickets: single-use links sent by mail. The newest of a purpose is the only good one; each is claimed once."""

from typing import Literal

from sqlalchemy import delete, select, update

from idp.domain.users.models import Ticket, User
from idp.domain.users.standing import hold_standing
from idp.infra import clock
from idp.infra.db import db
from idp.infra.secrets import digest, new_token

Purpose = Literal["verify_email", "reset_password", "invite", "sign_up", "change_email", "undo_email"]
LIFETIMES: dict[Purpose, int] = {
    "verify_email": 3 * 86400,
    "reset_password": 15 * 60,
    "invite": 7 * 86400,
    "sign_up": 86400,
    "change_email": 3600,
    "undo_email": 7 * 86400,
}
_PREFIXES: dict[Purpose, str] = {
    "verify_email": "ve1_",
    "reset_password": "rp1_",
    "invite": "iv1_",
    "sign_up": "fs1_",
    "change_email": "ce1_",
    "undo_email": "ue1_",
}


def issue_ticket(
    user: User,
    purpose: Purpose,
    state: str | None = None,
    client_id: str | None = None,
    address: str | None = None,
) -> str:
    """A new ticket for the user's address, or another one; older ones of the purpose stop working."""
    now = clock.now()
    token = new_token(_PREFIXES[purpose])
    end_tickets(user.id, purpose)
    db.session.add(
        Ticket(
            token_hash=digest(token),
            purpose=purpose,
            user_id=user.id,
            email=address or user.email,
            state=state,
            client_id=client_id,
            created_at=now,
            expires_at=now + LIFETIMES[purpose],
        )
    )
    return token


def find_ticket(token: str, purpose: Purpose) -> Ticket | None:
    """The ticket, if it is still good; looking spends nothing."""
    return db.session.execute(
        select(Ticket).where(
            Ticket.token_hash == digest(token),
            Ticket.purpose == purpose,
            Ticket.used_at.is_(None),
            Ticket.expires_at > clock.now(),
        )
    ).scalar()


def claim_ticket(token: str, purpose: Purpose) -> Ticket | None:
    """Spend the ticket: of several at once one gets it, the others None. Its user's standing is held from here on."""
    owner = db.session.scalar(select(Ticket.user_id).where(Ticket.token_hash == digest(token)))
    if owner is None:
        return None
    hold_standing(owner)
    now = clock.now()
    return db.session.execute(
        update(Ticket)
        .where(
            Ticket.token_hash == digest(token),
            Ticket.purpose == purpose,
            Ticket.used_at.is_(None),
            Ticket.expires_at > now,
        )
        .values(used_at=now)
        .returning(Ticket)
    ).scalar()


def give_back_ticket(ticket: Ticket) -> None:
    """Undo a claim in the transaction that made it, as what it was to be spent on did not come about."""
    db.session.execute(update(Ticket).where(Ticket.token_hash == ticket.token_hash).values(used_at=None))


def find_spent_ticket(token: str, purpose: Purpose) -> Ticket | None:
    """The ticket, if it did its work: its link, opened once more, can say so."""
    return db.session.execute(
        select(Ticket).where(Ticket.token_hash == digest(token), Ticket.purpose == purpose, Ticket.used_at.is_not(None))
    ).scalar()


def fault_of_ticket(token: str, purpose: Purpose) -> tuple[str, str | None]:
    """What the audit log says of a link that was not taken, and whose it is, if that is known."""
    ticket = db.session.execute(select(Ticket).where(Ticket.token_hash == digest(token))).scalar()
    if ticket is None:
        return ("one that is unknown, or in whose place a newer one came" if token else "none"), None
    if ticket.purpose != purpose:
        fault = f"one to {ticket.purpose}"
    elif ticket.used_at is not None:
        fault = "one that was used"
    elif ticket.expires_at <= clock.now():
        fault = "one that is too old"
    else:
        fault = "one of another account, or to an address that its account has no more"
    return fault, ticket.user_id


def end_tickets(user_id: str, *purposes: Purpose) -> None:
    """Let no link of these purposes work any more; those that did their work can still say so."""
    open_ones = (Ticket.user_id == user_id, Ticket.purpose.in_(purposes), Ticket.used_at.is_(None))
    db.session.execute(delete(Ticket).where(*open_ones))


def find_open_ticket(user: User, purpose: Purpose) -> Ticket | None:
    """The ticket that is on its way to the user's address."""
    found = select(Ticket).where(
        Ticket.user_id == user.id,
        Ticket.purpose == purpose,
        Ticket.email == user.email,
        Ticket.used_at.is_(None),
        Ticket.expires_at > clock.now(),
    )
    return db.session.execute(found.limit(1)).scalar()
