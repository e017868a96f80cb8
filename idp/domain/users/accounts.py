"""Making and changing accounts."""

from typing import Any

from sqlalchemy.exc import IntegrityError

from idp.domain.errors import DomainError
from idp.domain.events.names import EventName
from idp.domain.events.recording import record
from idp.domain.users.addresses import email_key, parse_email
from idp.domain.users.kept_addresses import find_keeper
from idp.domain.users.models import User
from idp.infra import clock, words
from idp.infra.db import db
from idp.infra.secrets import new_id


class EmailTakenError(DomainError):
    """Another account has this address, or may have it back."""


def create_user(
    address: str,
    *,
    verified: bool = False,
    is_admin: bool = False,
    is_self_made: bool = False,
    claims: dict[str, Any] | None = None,
) -> User:
    """Make an account. Its id has Auth0's form and is never given to another.

    Raises:
        InvalidInputError: the address is none.
        EmailTakenError: it belongs to another account, or may be given back to one; the transaction can go on.
    """
    now = clock.now()
    email = parse_email(address)
    own_claims = dict(claims or {})
    verified = bool(own_claims.pop("email_verified", verified))
    user = User(
        id=f"auth0|{new_id(24)}",
        email=email,
        email_key=email_key(email),
        email_verified=verified,
        claims=own_claims,
        is_admin=is_admin,
        is_self_made=is_self_made,
        created_at=now,
        updated_at=now,
    )
    try:
        with db.session.begin_nested():
            db.session.add(user)
            db.session.flush()
            # After the row is there, so that an account that gave the address up in this instant is seen
            if find_keeper(email) is not None:
                raise EmailTakenError(f"An account that had {email} until lately may still have it back, for a week.")
    except IntegrityError:
        raise EmailTakenError(f"There is an account for {email} already.") from None
    record(EventName.USER_CREATED, user_id=user.id, verified=verified, is_admin=is_admin)
    return user


def remember_language(user: User, *, is_known_device: bool) -> None:
    """The language of a sign-in is that of the person's mails from then on. Written only where it changed.

    On a device that the account does not know, a thief may be signing in: there it is kept only if none was known.
    """
    language = words.language()
    if language is not None and language != user.language and (is_known_device or user.language is None):
        user.language = language


def mark_email_verified(user: User) -> None:
    """The user has proved to read the address."""
    user.email_verified = True
    user.updated_at = clock.now()
    record(EventName.EMAIL_VERIFIED, user_id=user.id)
