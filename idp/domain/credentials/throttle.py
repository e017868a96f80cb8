"""NIST SP 800-63B-4 §3.2.2: guessing is slow, and nobody can lock another person out.

Failures are counted in three kinds of bucket: an account from devices it does not know, an account from one device
it knows (a cookie says so), and an address. A known device has its own bucket alone, so that whatever others do to the
account or from the same network, its owner gets in. Accounts that do not exist are counted like any other.

The failure is counted before the password is checked, by a statement that only counts while nothing is blocked, so
that a hundred guesses at once are still a hundred guesses:

    wait = record_failure(buckets)      # 0: go on
    ...verify...
    clear(buckets)                      # it was right
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Update, case, delete, func, select, update
from sqlalchemy.exc import IntegrityError

from idp.domain.credentials import devices
from idp.domain.credentials.models import LoginFailure
from idp.domain.tenant import settings
from idp.domain.users.addresses import email_key
from idp.infra import clock
from idp.infra.db import db
from idp.infra.secrets import derive

LONGEST_WAIT: Final = 15 * 60
_ACCOUNT_FREE: Final = 5
_ADDRESS_FREE: Final = 50
_DOUBLINGS: Final = 10
_IPV6_NETWORK: Final = 64


@dataclass(frozen=True)
class Bucket:
    """A counter: `free` failures cost nothing, then each doubles the wait; after `quiet` seconds it starts anew."""

    key: str
    free: int
    quiet: int
    shared: bool
    """Counts for many people, so that one's success does not clear what others did."""


def buckets_for(identifier: str, address: str, device_cookie: str | None = None) -> list[Bucket]:
    """The buckets of one attempt: `identifier` as typed, `address` of the client."""
    account = email_key(identifier)
    device = devices.find_device(account, device_cookie)
    if device is not None:
        return [Bucket(_key("device", f"{account}\0{device}"), _ACCOUNT_FREE, 24 * 3600, shared=False)]
    return [
        Bucket(_key("address", _network(address)), _ADDRESS_FREE, 3600, shared=True),
        Bucket(_key("account", account), _ACCOUNT_FREE, 24 * 3600, shared=False),
    ]


def check(buckets: Sequence[Bucket]) -> int:
    """Seconds to wait before an attempt will be taken; 0 is now. Counts nothing."""
    keys = [bucket.key for bucket in buckets]
    latest = db.session.scalar(select(func.max(LoginFailure.blocked_until)).where(LoginFailure.bucket.in_(keys)))
    return max(0, (latest or 0) - clock.now())


def record_failure(buckets: Sequence[Bucket]) -> int:
    """Count an attempt as failed. 0 if it may go ahead, else the seconds to wait; then it was not counted."""
    for bucket in buckets:
        if not _count(bucket):
            return max(1, check([bucket]))
    return 0


def clear(buckets: Sequence[Bucket]) -> None:
    """The attempt was right: forget the failures of the account, and take back the one counted for the address."""
    for bucket in buckets:
        if bucket.shared:
            counted = (LoginFailure.bucket == bucket.key, LoginFailure.count > 0)
            db.session.execute(update(LoginFailure).where(*counted).values(count=LoginFailure.count - 1))
        else:
            db.session.execute(delete(LoginFailure).where(LoginFailure.bucket == bucket.key))


def sweep() -> int:
    """Remove counters that have long been quiet; returns how many."""
    old = clock.now() - 24 * 3600 - LONGEST_WAIT
    removed = db.session.execute(
        delete(LoginFailure).where(LoginFailure.blocked_until < old).returning(LoginFailure.bucket)
    )
    return len(removed.all())


def _count(bucket: Bucket) -> bool:
    """One failure more, unless the bucket is blocked at this moment. Whether it was counted."""
    statement = _increment(bucket)
    if db.session.execute(statement).first() is not None:
        return True
    if db.session.get(LoginFailure, bucket.key, populate_existing=True) is not None:
        return False
    now = clock.now()
    try:
        with db.session.begin_nested():
            db.session.add(LoginFailure(bucket=bucket.key, count=1, window_started_at=now, blocked_until=now))
    except IntegrityError:  # another attempt made the row in this instant
        return db.session.execute(statement).first() is not None
    return True


def _increment(bucket: Bucket) -> Update:
    now = clock.now()
    # While nothing is blocked, `blocked_until` is the time of the last failure
    quiet = LoginFailure.blocked_until + bucket.quiet < now
    count: ColumnElement[int] = case((quiet, 1), else_=LoginFailure.count + 1)
    waits = [(count == bucket.free + power, now + 2**power) for power in range(_DOUBLINGS)]
    values = {
        "count": count,
        "window_started_at": case((quiet, now), else_=LoginFailure.window_started_at),
        "blocked_until": case((count < bucket.free, now), *waits, else_=now + LONGEST_WAIT),
    }
    open_now = (LoginFailure.bucket == bucket.key, LoginFailure.blocked_until <= now)
    statement = update(LoginFailure).where(*open_now).values(values).returning(LoginFailure.bucket)
    return statement.execution_options(synchronize_session=False)


def _key(kind: str, value: str) -> str:
    return f"{kind}:{derive(settings.current().secrets[0], 'login throttle', value)}"


def _network(address: str) -> str:
    """Whoever has one IPv6 address has its whole /64."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, _IPV6_NETWORK), strict=False))
    return str(parsed)
