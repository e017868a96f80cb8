"""Addresses that nobody else gets for a while: of accounts that have another one now, and may have it back.

Who stole an account would else sign up with the address that it had, and be in the way of its owner.
"""

from sqlalchemy import bindparam, select, update

from idp.domain.users.addresses import email_key
from idp.domain.users.models import Ticket
from idp.domain.users.queries import find_user_id_by_email
from idp.infra import clock
from idp.infra.db import db, execute, table

_tickets = table(Ticket)
_find = select(_tickets.c.user_id, _tickets.c.email).where(
    _tickets.c.kept_key == bindparam("key"),
    _tickets.c.user_id != bindparam("but"),
    _tickets.c.used_at.is_(None),
    _tickets.c.expires_at > bindparam("now"),
)


def keep_address(user_id: str, address: str) -> None:
    """While the link that takes the account back is good, nobody else gets the address."""
    undo = update(Ticket).where(Ticket.user_id == user_id, Ticket.purpose == "undo_email", Ticket.email == address)
    db.session.execute(undo.values(kept_key=email_key(address)))


def find_keeper(address: str, but: str = "") -> tuple[str, str] | None:
    """For which account an address is kept, other than this one, and how that one wrote it."""
    row = execute(_find.limit(1), {"key": email_key(address), "but": but, "now": clock.now()}).first()
    return None if row is None else (row.user_id, row.email)


def is_taken(address: str) -> bool:
    """Whether an account has the address, or may have it back; both are looked up, whatever the first says."""
    holder, keeper = find_user_id_by_email(address), find_keeper(address)
    return holder is not None or keeper is not None
