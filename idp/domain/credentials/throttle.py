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
from typing import Final, Literal

from sqlalchemy import BigInteger, ColumnElement, Integer, bindparam, case, delete, func, insert, select, update
from sqlalchemy import literal_column as literal
from sqlalchemy.exc import IntegrityError

from idp.domain.credentials import devices
from idp.domain.credentials.models import LoginFailure
from idp.domain.tenant import settings
from idp.domain.users.addresses import email_key
from idp.infra import clock
from idp.infra.db import db, execute, table
from idp.infra.secrets import derive

LONGEST_WAIT: Final = 15 * 60
_ACCOUNT_FREE: Final = 5
_ADDRESS_FREE: Final = 50
_DOUBLINGS: Final = 10
_IPV6_NETWORK: Final = 64
Factor = Literal["first", "second", "mail"]
_KINDS: Final[dict[Factor, str]] = {"first": "", "second": "second factor ", "mail": "mail "}


@dataclass(frozen=True)
class Bucket:
    """A counter: `free` failures cost nothing, then each doubles the wait; after `quiet` seconds it starts anew."""

    key: str
    free: int
    quiet: int
    shared: bool
    """Counts for many people, so that one's success does not clear what others did."""


# Built once: each login counts twice, and building these takes longer than running them
_failures = table(LoginFailure)
_of_bucket = _failures.c.bucket == bindparam("key")
_now = bindparam("now", type_=BigInteger)
# While nothing is blocked, `blocked_until` is the time of the last failure
_was_quiet = _failures.c.blocked_until + bindparam("quiet", type_=BigInteger) < _now
_new_count: ColumnElement[int] = case((_was_quiet, 1), else_=_failures.c.count + 1)
_doublings = _new_count - bindparam("free", type_=Integer)
_wait = case((_doublings < 0, 0), (_doublings >= _DOUBLINGS, LONGEST_WAIT), else_=literal("1").op("<<")(_doublings))
_increment = (
    update(_failures)
    .where(_of_bucket, _failures.c.blocked_until <= _now)
    .values(
        count=_new_count,
        window_started_at=case((_was_quiet, _now), else_=_failures.c.window_started_at),
        blocked_until=_now + _wait,
    )
    .returning(_failures.c.bucket)
)
_find = select(_failures.c.bucket).where(_of_bucket)
_begin = insert(_failures)
_take_back = update(_failures).where(_of_bucket, _failures.c.count > 0).values(count=_failures.c.count - 1)
_forget = delete(_failures).where(_of_bucket)


def buckets_for(
    identifier: str, address: str, device_cookie: str | None = None, *, factor: Factor = "first"
) -> list[Bucket]:
    """The buckets of one attempt: `identifier` as typed, `address` of the client.

    All second factors share one account bucket, which is not that of the first: what was guessed wrong in one of them
    counts in each, and the right password does not clear it. Codes by mail that are a first factor have one of their
    own: who guesses at the password leaves the owner that way in.
    """
    account = email_key(identifier)
    device = devices.find_device(account, device_cookie)
    kind = _KINDS[factor]
    if device is not None:
        return [Bucket(_key(f"{kind}device", f"{account}\0{device}"), _ACCOUNT_FREE, 24 * 3600, shared=False)]
    return [
        Bucket(_key("address", _network(address)), _ADDRESS_FREE, 3600, shared=True),
        Bucket(_key(f"{kind}account", account), _ACCOUNT_FREE, 24 * 3600, shared=False),
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
        execute(_take_back if bucket.shared else _forget, {"key": bucket.key})


def sweep() -> int:
    """Remove counters that have long been quiet; returns how many."""
    old = clock.now() - 24 * 3600 - LONGEST_WAIT
    removed = db.session.execute(
        delete(LoginFailure).where(LoginFailure.blocked_until < old).returning(LoginFailure.bucket)
    )
    return len(removed.all())


def _count(bucket: Bucket) -> bool:
    """One failure more, unless the bucket is blocked at this moment. Whether it was counted."""
    now = clock.now()
    values = {"key": bucket.key, "now": now, "quiet": bucket.quiet, "free": bucket.free}
    if execute(_increment, values).first() is not None:
        return True
    if execute(_find, {"key": bucket.key}).first() is not None:
        return False
    try:
        with db.session.begin_nested():
            execute(_begin, {"bucket": bucket.key, "count": 1, "window_started_at": now, "blocked_until": now})
    except IntegrityError:  # another attempt made the row in this instant
        return execute(_increment, values).first() is not None
    return True


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
