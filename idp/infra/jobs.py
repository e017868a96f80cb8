"""The outbox: what others must be told is written in the transaction that makes it true, and sent afterwards.

`enqueue` adds a row to the caller's transaction. A `Worker` claims one due row at a time with a single
UPDATE … RETURNING; the claim is a lease, so a job whose worker died is due again. At least once: a handler
must be able to run twice. Any number of workers may run beside one another.
"""

import random
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import structlog
from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    Index,
    Integer,
    String,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from idp.infra import clock
from idp.infra.db import UNAVAILABLE, Base, db, read_only, table, unit_of_work

Payload: TypeAlias = dict[str, Any]
Handler: TypeAlias = Callable[[Payload], None]

LEASE_SECONDS: Final = 120
#: Given up on after some eighteen hours: a mail server is mended over night.
MAXIMUM_ATTEMPTS: Final = 32
_FIRST_DELAY: Final = 5
_LONGEST_DELAY: Final = 3600
_KEEP_DONE_SECONDS: Final = 7 * 86400
_ERROR_LENGTH: Final = 500

log = structlog.get_logger("idp.jobs")


class Job(Base):
    """A thing to do. `due_at` is when it may be claimed next, and so also the end of a lease."""

    __tablename__ = "outbox"
    __table_args__ = (Index(None, "state", "due_at"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[str] = mapped_column(String(64))
    payload: Mapped[Payload] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(8), default="waiting")
    """waiting · done · dead (given up on)."""
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[int] = mapped_column(BigInteger)
    due_at: Mapped[int] = mapped_column(BigInteger)
    finished_at: Mapped[int | None] = mapped_column(BigInteger)
    last_error: Mapped[str | None] = mapped_column(Text)


@dataclass(frozen=True)
class Depth:
    """How much is in the outbox."""

    waiting: int
    dead: int


class PermanentError(Exception):
    """Raised by a handler when trying again is of no use: the job is given up on at once."""


@dataclass(frozen=True)
class _Claim:
    id: int
    kind: str
    payload: Payload
    attempts: int


def enqueue(kind: str, payload: Payload, *, not_before: int | None = None) -> None:
    """Add a job to the current transaction: it exists if and only if the rest does."""
    now = clock.now()
    due_at = now if not_before is None else not_before
    db.session.add(Job(kind=kind, payload=payload, state="waiting", attempts=0, created_at=now, due_at=due_at))


def enqueue_all(kind: str, payloads: Sequence[Payload]) -> None:
    """The same for many of a kind, in one statement."""
    now = clock.now()
    row = {"kind": kind, "state": "waiting", "attempts": 0, "created_at": now, "due_at": now}
    if payloads:
        db.session.execute(insert(table(Job)), [{**row, "payload": payload} for payload in payloads])


def depth() -> Depth:
    """Count what waits and what was given up on."""
    rows = db.session.execute(
        select(Job.state, func.count()).where(Job.state.in_(("waiting", "dead"))).group_by(Job.state)
    )
    counts = dict(rows.all())
    return Depth(waiting=counts.get("waiting", 0), dead=counts.get("dead", 0))


@dataclass(frozen=True)
class Kept:
    """A job as it stands in the outbox."""

    id: int
    payload: Payload
    created_at: int


def list_kept(kind: str, limit: int = 100) -> list[Kept]:
    """The newest jobs of a kind that still hold what they are about, done or not."""
    statement = select(Job.id, Job.payload, Job.created_at).where(Job.kind == kind).order_by(Job.id.desc()).limit(limit)
    return [Kept(*row) for row in db.session.execute(statement) if row.payload]


@dataclass(frozen=True)
class GivenUp:
    """A job that will not be tried again by itself. Without what it holds, which may be a secret."""

    id: int
    kind: str
    attempts: int
    last_error: str
    created_at: int
    given_up_at: int


def list_given_up() -> list[GivenUp]:
    """All that was given up on, oldest first."""
    error, ended = func.coalesce(Job.last_error, ""), func.coalesce(Job.finished_at, Job.created_at)
    columns = (Job.id, Job.kind, Job.attempts, error, Job.created_at, ended)
    rows = db.session.execute(select(*columns).where(Job.state == "dead").order_by(Job.id))
    return [GivenUp(*row) for row in rows]


def revive(job_id: int) -> bool:
    """Let a job that was given up on be tried again from the start."""
    return bool(_revive(Job.id == job_id))


def revive_all() -> list[int]:
    """Let all that was given up on be tried again from the start; the ids."""
    return _revive()


def _revive(*conditions: ColumnElement[bool]) -> list[int]:
    statement = (
        update(Job)
        .where(Job.state == "dead", *conditions)
        .values(state="waiting", attempts=0, due_at=clock.now(), finished_at=None)
        .returning(Job.id)
    )
    return sorted(db.session.execute(statement).scalars())


def sweep() -> int:
    """Remove jobs that were done some days ago; returns how many."""
    old = clock.now() - _KEEP_DONE_SECONDS
    statement = delete(Job).where(Job.state == "done", Job.due_at < old).returning(Job.id)
    return len(db.session.execute(statement).all())


class Worker:
    """Runs jobs with the handler of their kind, each in a transaction of its own.

    `context` is entered around each job (the application's context). With `keep_payloads` a job that is done keeps
    what it held, for a development mailbox; otherwise its payload is emptied, as it may hold a link that is a secret.
    """

    def __init__(
        self,
        handlers: Mapping[str, Handler],
        context: Callable[[], AbstractContextManager[Any]],
        *,
        keep_payloads: bool = False,
    ) -> None:
        self._handlers = handlers
        self._context = context
        self._keep_payloads = keep_payloads

    def run_once(self) -> bool:
        """Do one due job. False if there was none."""
        with self._context():
            claim = _claim()
            if claim is None:
                return False
            try:
                with unit_of_work():
                    self._handler(claim.kind)(claim.payload)
                    _finish(claim, {} if not self._keep_payloads else claim.payload)
            except Exception as error:  # noqa: BLE001 - whatever a handler raises is a failed attempt, recorded as one
                self._fail(claim, error)
            return True

    def run_until_empty(self, limit: int = 1000) -> int:
        """Do all that is due now; returns how many jobs ran."""
        done = 0
        while done < limit and self.run_once():
            done += 1
        return done

    def run_forever(self, stop: threading.Event, poll_seconds: float = 1.0) -> None:
        """Work until `stop` is set. A database that is locked or gone is waited for."""
        while not stop.is_set():
            try:
                busy = self.run_once()
            except UNAVAILABLE as error:
                log.warning("outbox_unavailable", error=type(error).__name__)
                busy = False
            if not busy:
                stop.wait(poll_seconds)

    def _handler(self, kind: str) -> Handler:
        try:
            return self._handlers[kind]
        except KeyError:
            raise PermanentError(f"nobody handles jobs of kind {kind!r}") from None

    def _fail(self, claim: _Claim, error: Exception) -> None:
        dead = isinstance(error, PermanentError) or claim.attempts >= MAXIMUM_ATTEMPTS
        now = clock.now()
        values: dict[str, Any] = {"last_error": f"{type(error).__name__}: {error}"[:_ERROR_LENGTH]}
        values |= {"state": "dead", "finished_at": now} if dead else {"due_at": now + _delay(claim.attempts)}
        with unit_of_work():
            db.session.execute(update(Job).where(*_still_ours(claim)).values(values))
        log.warning(
            "job_failed", job=claim.id, kind=claim.kind, attempt=claim.attempts, dead=dead, error=type(error).__name__
        )


def _claim() -> _Claim | None:
    # Looking takes no write lock on SQLite, so that an idle worker never stands in anyone's way
    read_only()
    now = clock.now()
    due = (Job.state == "waiting", Job.due_at <= now)
    found = db.session.execute(select(Job.id).where(*due).limit(1)).first()
    db.session.rollback()
    if found is None:
        return None
    first = select(Job.id).where(*due).order_by(Job.due_at, Job.id).limit(1).with_for_update(skip_locked=True)
    statement = (
        update(Job)
        .where(Job.id == first.scalar_subquery(), Job.state == "waiting")
        .values(due_at=now + LEASE_SECONDS, attempts=Job.attempts + 1)
        .returning(Job.id, Job.kind, Job.payload, Job.attempts)
        .execution_options(synchronize_session=False)
    )
    with unit_of_work():
        row = db.session.execute(statement).first()
    return _Claim(*row) if row else None


def _finish(claim: _Claim, payload: Payload) -> None:
    done = {"state": "done", "finished_at": clock.now(), "payload": payload, "last_error": None}
    db.session.execute(update(Job).where(*_still_ours(claim)).values(done))


def _still_ours(claim: _Claim) -> tuple[Any, ...]:
    # Another worker that took the job over after our lease has counted one attempt more
    return Job.id == claim.id, Job.state == "waiting", Job.attempts == claim.attempts


def _delay(attempts: int) -> int:
    # Doubling, with jitter: jobs that failed together must not come back together
    longest = min(_FIRST_DELAY * 2 ** (attempts - 1), _LONGEST_DELAY)
    return random.randint(longest // 2 + 1, longest)  # noqa: S311 - spreads load, guards nothing
