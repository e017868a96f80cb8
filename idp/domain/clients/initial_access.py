"""Initial access tokens (RFC 7591 §1.2): an operator hands one out, and its holder may register so many apps."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, delete, select, update

from idp.domain.clients.models import RegistrationToken
from idp.domain.errors import InvalidInputError, NotFoundError
from idp.infra import clock
from idp.infra.db import db
from idp.infra.secrets import digest, new_token

PREFIX = "iat1_"
MOST_USES = 10_000
MOST_DAYS = 366
_DAY = 86400


def create_initial_token(uses: int, days: int) -> str:
    """A token for so many registrations within so many days; shown once.

    Raises:
        InvalidInputError: naming the field.
    """
    if not 1 <= uses <= MOST_USES:
        raise InvalidInputError(f"A token is good for 1 to {MOST_USES} registrations.", "uses")
    if not 1 <= days <= MOST_DAYS:
        raise InvalidInputError(f"A token lives for 1 to {MOST_DAYS} days.", "days")
    token, now = new_token(PREFIX), clock.now()
    db.session.add(
        RegistrationToken(token_hash=digest(token), uses_left=uses, created_at=now, expires_at=now + days * _DAY)
    )
    db.session.flush()
    return token


def is_initial_token(token: str) -> bool:
    """Whether the token is good for one more app. Spends nothing: what is sent with it may yet be refused."""
    found = select(RegistrationToken.token_hash).where(RegistrationToken.token_hash == digest(token), *_good())
    return db.session.execute(found).scalar() is not None


def claim_initial_token(token: str) -> bool:
    """Spend one use; False if none is left, also when several try at once."""
    claim = (
        update(RegistrationToken)
        .where(RegistrationToken.token_hash == digest(token), *_good())
        .values(uses_left=RegistrationToken.uses_left - 1)
        .returning(RegistrationToken.token_hash)
    )
    return db.session.execute(claim).scalar() is not None


def list_initial_tokens() -> Sequence[RegistrationToken]:
    """Those that are still good, oldest first."""
    rows = select(RegistrationToken).where(*_good()).order_by(RegistrationToken.created_at)
    return db.session.execute(rows).scalars().all()


def revoke_initial_token(token_id: str) -> None:
    """Take one back, by the beginning of its hash as `list` shows it.

    Raises:
        NotFoundError: there is no such token, or more than one.
    """
    found = [row for row in list_initial_tokens() if token_id and row.token_hash.startswith(token_id)]
    if len(found) != 1:
        raise NotFoundError(f"There is no token {token_id!r}.")
    db.session.delete(found[0])
    db.session.flush()


def forget_expired() -> None:
    """Drop what nobody can use any more."""
    over = (RegistrationToken.expires_at <= clock.now()) | (RegistrationToken.uses_left <= 0)
    db.session.execute(delete(RegistrationToken).where(over))


def _good() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return RegistrationToken.uses_left > 0, RegistrationToken.expires_at > clock.now()
