"""Logging in with identifier and password: every path that takes a password goes through here.

An unknown user, a wrong password, and a wrong password of a blocked user are one outcome, reached by the same work;
only the audit log tells them apart. What was typed as identifier is never logged: people type passwords there.
"""

from dataclasses import dataclass
from enum import Enum

from idp.domain.credentials.devices import find_device
from idp.domain.credentials.passwords import hash_password, verify_password
from idp.domain.credentials.throttle import buckets_for, clear, record_failure, too_many
from idp.domain.events.context import facts
from idp.domain.events.names import EventName
from idp.domain.events.recording import record
from idp.domain.users.models import User
from idp.domain.users.queries import find_user, find_user_id_by_email
from idp.domain.users.standing import standing_of
from idp.infra.db import db

LONGEST_IDENTIFIER = 1000


class Outcome(Enum):
    """What came of an attempt."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    BLOCKED = "blocked"
    """The password was right, but the user is not served."""
    THROTTLED = "throttled"
    """It was not tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """An attempt to log in; `user` is set only when the password was right."""

    outcome: Outcome
    user: User | None = None
    retry_after: int = 0


def authenticate(identifier: str, password: str, device: str | None, client_id: str | None = None) -> Attempt:
    """Check a password, counting the attempt first. Commits what the request has written so far.

    Args:
        identifier: as typed.
        password: as typed.
        device: the cookie of devices on which accounts have logged in before.
        client_id: for whom, as the audit log says it.

    Raises:
        HashingBusy: too many passwords are being checked.
    """
    user_id = _find_user_id(identifier)
    known = find_device(user_id, device)
    buckets = buckets_for(identifier[:LONGEST_IDENTIFIER], facts().ip or "", known)
    wait = record_failure(buckets)
    if wait:
        who = {"user_id": user_id, "client_id": client_id}
        record(EventName.LOGIN_THROTTLED, **who, outcome="refused", retry_after=wait, **too_many(wait))
        return Attempt(outcome=Outcome.THROTTLED, retry_after=wait)
    is_right = verify_password(user_id, password)
    user = find_user(user_id or "")  # asked for nobody, too: what is left out can be measured
    if user is None or not is_right:
        reason = "unknown user" if user is None else "wrong password"
        told = {"reason": reason, "check": "password", "expected": "that of an account", "received": reason}
        record(EventName.LOGIN_FAILED, user_id=user_id, client_id=client_id, outcome="refused", **told)
        return Attempt(outcome=Outcome.FAILED)
    clear(buckets)
    standing = standing_of(exists=True, blocked_at=user.blocked_at)
    if not standing.is_good:
        reason = str(standing.reason)
        told = {"reason": reason, "check": "standing", "expected": "an account that is served", "received": reason}
        record(EventName.LOGIN_FAILED, user_id=user.id, client_id=client_id, outcome="refused", **told)
        return Attempt(outcome=Outcome.BLOCKED, user=user)
    return Attempt(outcome=Outcome.SUCCEEDED, user=user)


def forgive(user: User, device: str | None) -> None:
    """Forget the failures counted for an account: its owner has proved to be who they are in another way."""
    for known in (None, find_device(user.id, device)):
        clear([bucket for bucket in buckets_for(user.email, "", known) if not bucket.shared])


def prepare_password(password: str) -> str:
    """The hash to store. Commits what the request has written so far, so that no lock is held while it is made.

    Raises:
        InvalidInputError: no account can have such a password.
        HashingBusy: too many are being hashed.
    """
    db.session.commit()
    return hash_password(password)


def _find_user_id(identifier: str) -> str | None:
    # No address has a NUL, and PostgreSQL cannot even be asked for one
    if "\0" in identifier or len(identifier) > LONGEST_IDENTIFIER:
        return None
    return find_user_id_by_email(identifier)
