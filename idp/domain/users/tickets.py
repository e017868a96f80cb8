"""Tickets: single-use links sent by mail. The newest of a purpose is the only good one; each is claimed once."""

from typing import Literal

from sqlalchemy import delete, select, update

from idp.domain.users.models import Ticket, User
from idp.infra import clock
from idp.infra.db import db
from idp.infra.secrets import digest, new_token

Purpose = Literal["verify_email", "reset_password", "invite"]
LIFETIMES: dict[Purpose, int] = {"verify_email": 3 * 86400, "reset_password": 15 * 60, "invite": 7 * 86400}
_PREFIXES: dict[Purpose, str] = {"verify_email": "ve1_", "reset_password": "rp1_", "invite": "iv1_"}


def issue_ticket(user: User, purpose: Purpose, state: str | None = None, client_id: str | None = None) -> str:
    """A new ticket for the user's address; older ones of the purpose stop working."""
    now = clock.now()
    token = new_token(_PREFIXES[purpose])
    db.session.execute(delete(Ticket).where(Ticket.user_id == user.id, Ticket.purpose == purpose))
    db.session.add(
        Ticket(
            token_hash=digest(token),
            purpose=purpose,
            user_id=user.id,
            email=user.email,
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
    """Spend the ticket: of several at once one gets it, the others None."""
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


def find_spent_ticket(token: str, purpose: Purpose) -> Ticket | None:
    """The ticket, if it did its work: its link, opened once more, can say so."""
    return db.session.execute(
        select(Ticket).where(Ticket.token_hash == digest(token), Ticket.purpose == purpose, Ticket.used_at.is_not(None))
    ).scalar()


def has_open_ticket(user: User, purpose: Purpose) -> bool:
    """Whether a link is on its way to the user's address."""
    found = select(Ticket.token_hash).where(
        Ticket.user_id == user.id,
        Ticket.purpose == purpose,
        Ticket.email == user.email,
        Ticket.used_at.is_(None),
        Ticket.expires_at > clock.now(),
    )
    return db.session.execute(found).first() is not None
