"""NIST SP 800-63B-4 §3.2.2: guessing is slow, and nobody can lock another person out.

Failures are counted in three kinds of bucket: an account from devices it does not know, an account from one device
it knows (a cookie says so), and an address. A known device has its own bucket alone, so that whatever others do to the
account or from the same network, its owner gets in. Accounts that do not exist are counted like any other.

Second factors are short, and whoever is asked for one has proved a first: they count in a fourth bucket, too, of the
account on all devices, known or not. It takes 50 failures in a row, then the wait grows to a day: 66 in the first day
and never more than 100 in a month. A code of an app fits one of three steps: 100 guesses at six digits succeed 3 times
in 10,000.

Codes by mail that are a first factor are guessed at by whoever knows the address. They count for the account in each
network, and in all of them after 50, with a wait that grows to an hour: 85 guesses in the first day and 24 in each that
follows. A code of six digits, tried five times, is guessed 5 times in 1,000,000; an account in such a day, 85 times.

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

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    and_,
    bindparam,
    case,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy import literal_column as literal

from idp.domain.credentials.models import LoginFailure
from idp.domain.tenant import settings
from idp.domain.users.addresses import email_key
from idp.infra import clock
from idp.infra.db import db, execute, table, upsert
from idp.infra.secrets import derive

LONGEST_WAIT: Final = 15 * 60
_DAY: Final = 24 * 3600
_ACCOUNT_FREE: Final = 5
_ADDRESS_FREE: Final = 50
#: Of an account wherever it is guessed at (see above).
_ANYWHERE_FREE: Final = 50
_MONTH: Final = 30 * _DAY
_ANYWHERE: Final = "second factor anywhere"
_IPV6_NETWORK: Final = 64
Factor = Literal["first", "second", "mail"]
_KINDS: Final[dict[Factor, str]] = {"first": "", "second": "second factor ", "mail": "mail "}


@dataclass(frozen=True)
class Bucket:
    """A counter: `free` failures cost nothing, then each doubles the wait; after `quiet` seconds it starts anew."""

    key: str
    free: int
    quiet: int = _DAY
    shared: bool = False
    """Counts for many people, so that one's success does not clear what others did."""
    longest: int = LONGEST_WAIT
    """The wait that is not doubled any more."""


# Built once: each login counts twice, and building these takes longer than running them
_failures = table(LoginFailure)
_of_bucket = _failures.c.bucket == bindparam("key")
_now = bindparam("now", type_=BigInteger)
# While nothing is blocked, `blocked_until` is the time of the last failure
_was_quiet = _failures.c.blocked_until + bindparam("quiet", type_=BigInteger) < _now
_new_count: ColumnElement[int] = case((_was_quiet, 1), else_=_failures.c.count + 1)
_doublings = _new_count - bindparam("free", type_=Integer)
_longest = bindparam("longest", type_=BigInteger)
_wait = case(
    (_doublings < 0, 0),
    (_doublings >= bindparam("most", type_=Integer), _longest),
    else_=literal("1").op("<<")(_doublings),
)
_count_one = (
    upsert(_failures)
    .values(bucket=bindparam("key"), count=1, window_started_at=_now, blocked_until=_now)
    .on_conflict_do_update(
        index_elements=[_failures.c.bucket],
        set_={
            "count": _new_count,
            "window_started_at": case((_was_quiet, _now), else_=_failures.c.window_started_at),
            "blocked_until": _now + _wait,
        },
        where=_failures.c.blocked_until <= _now,
    )
    .returning(_failures.c.bucket)
)
_latest = select(func.max(_failures.c.blocked_until)).where(_failures.c.bucket.in_(bindparam("keys", expanding=True)))
_take_back = update(_failures).where(_of_bucket, _failures.c.count > 0).values(count=_failures.c.count - 1)
_forget = delete(_failures).where(_of_bucket)


def buckets_for(identifier: str, address: str, device: str | None = None, *, factor: Factor = "first") -> list[Bucket]:
    """The buckets of one attempt: `identifier` as typed, `address` of the client, `device` from `find_device`.

    All second factors share the buckets of the account, which are not those of the first: what was guessed wrong in one
    of them counts in each, and the right password does not clear it. Codes by mail that are a first factor have some of
    their own: who guesses at the password leaves the owner that way in, and who guesses at codes, too, elsewhere.
    """
    account, network = email_key(identifier), network_of(address)
    kind = _KINDS[factor]
    buckets = []
    if device is not None:
        buckets.append(Bucket(_key(f"{kind}device", f"{account}\0{device}"), _ACCOUNT_FREE))
    else:
        buckets.append(Bucket(_key("address", network), _ADDRESS_FREE, quiet=3600, shared=True))
        if factor == "mail":
            buckets.append(Bucket(_key("mail network", f"{account}\0{network}"), _ACCOUNT_FREE))
            buckets.append(Bucket(_key("mail account", account), _ANYWHERE_FREE, longest=3600))
        else:
            buckets.append(Bucket(_key(f"{kind}account", account), _ACCOUNT_FREE))
    if factor == "second":
        buckets.append(Bucket(_key(_ANYWHERE, account), _ANYWHERE_FREE, quiet=_MONTH, longest=_DAY))
    return buckets


def check(buckets: Sequence[Bucket]) -> int:
    """Seconds to wait before an attempt will be taken; 0 is now. Counts nothing."""
    latest = execute(_latest, {"keys": [bucket.key for bucket in buckets]}).scalar()
    return max(0, (latest or 0) - clock.now())


def record_failure(buckets: Sequence[Bucket]) -> int:
    """Count an attempt as failed. 0 if it may go ahead, else the seconds to wait; then it was not counted."""
    if wait := check(buckets):
        return wait
    for number, bucket in enumerate(buckets):
        if not _count(bucket):  # another attempt was the last free one, in this instant
            for counted in buckets[:number]:
                execute(_take_back, {"key": counted.key})
            return max(1, check([bucket]))
    return 0


def too_many(wait: int) -> dict[str, str]:
    """What was expected and what came, where a try is not made for those before it."""
    received = f"too many of them: the next try is taken in {wait} s"
    return {"check": "failures before", "expected": "few of them in a while", "received": received}


def clear(buckets: Sequence[Bucket]) -> None:
    """The attempt was right: forget the failures of the account, and take back the one counted for the address."""
    for bucket in buckets:
        execute(_take_back if bucket.shared else _forget, {"key": bucket.key})


def sweep() -> int:
    """Remove counters that have long been quiet; returns how many."""
    now = clock.now()
    is_old = and_(_failures.c.blocked_until < now - _DAY - LONGEST_WAIT, ~_failures.c.bucket.startswith(_ANYWHERE))
    is_over = _failures.c.blocked_until < now - _MONTH
    removed = db.session.execute(delete(_failures).where(or_(is_old, is_over)).returning(_failures.c.bucket))
    return len(removed.all())


def _count(bucket: Bucket) -> bool:
    """One failure more, unless the bucket is blocked at this moment. Whether it was counted."""
    now = clock.now()
    values = {
        "key": bucket.key,
        "now": now,
        "quiet": bucket.quiet,
        "free": bucket.free,
        "longest": bucket.longest,
        "most": bucket.longest.bit_length(),
    }
    return execute(_count_one, values).first() is not None


def _key(kind: str, value: str) -> str:
    return f"{kind}:{derive(settings.current().secrets[0], 'login throttle', value)}"


def network_of(address: str) -> str:
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
