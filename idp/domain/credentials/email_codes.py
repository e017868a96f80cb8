"""NIST SP 800-63B-4 §3.1.3: a code of six digits by mail, and in the same mail a link, if the policy has it on.

Both belong to the browser that asked, and to the address on file; whoever asks again in that browser gets others, and
the newest count. An address without an account, or of a user who is not served, goes the same way: nothing is mailed,
and nothing answers it. A code is guessed at most five times, and each guess is counted before it is looked at.

Guessing is hopeless: the five guesses at a code are one chance in 200,000, and how many codes and guesses there are in
a day is held by `throttle` and by who mails.
"""

import secrets
import unicodedata
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.exc import IntegrityError

from idp.domain.credentials.devices import find_device
from idp.domain.credentials.models import Challenge
from idp.domain.credentials.throttle import buckets_for, clear, record_failure, too_many
from idp.domain.events.context import facts
from idp.domain.events.names import EventName
from idp.domain.events.recording import record
from idp.domain.tenant import settings
from idp.domain.users.addresses import email_key
from idp.domain.users.mails import mail_nobody, mail_sign_in
from idp.domain.users.models import User
from idp.domain.users.queries import find_user, find_user_by_email
from idp.domain.users.standing import hold_standing, standing_of
from idp.infra import clock
from idp.infra.db import db
from idp.infra.secrets import derive, digest, new_token

LIFETIME: Final = 10 * 60
DIGITS: Final = 6
MOST_TRIES: Final = 5
#: So long after one mail the next may be asked for.
PAUSE: Final = 30
LINK_PREFIX: Final = "ml1_"
_ID_PREFIX: Final = "em1_"
Purpose = Literal["email_first", "email_second"]
Parts = Literal["code", "link", "both"]


class Outcome(Enum):
    """What came of a code."""

    RIGHT = "right"
    WRONG = "wrong"
    THROTTLED = "throttled"
    """It was not looked at."""
    OVER = "over"
    """Nothing answers any more: too old, used, guessed too often, or asked in another browser."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be mailed, to whom, for what. `address` as typed; `state` and `return_to` are where a link goes on."""

    purpose: Purpose
    address: str
    browser: str
    parts: Parts
    app_name: str | None = None
    state: str | None = None
    return_to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A mail that was sent, or would have been."""

    address: str
    parts: Parts
    state: str | None
    return_to: str | None
    created_at: int
    is_here: bool = True
    """Whether this browser asked for it."""
    user_id: str | None = None
    """Whom the address belongs to, if it was mailed: for the audit log, not for the page."""

    @property
    def pause(self) -> int:
        """Seconds until the next may be asked for."""
        return max(0, self.created_at + PAUSE - clock.now())


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of a code or link. `user` is set when it was right."""

    outcome: Outcome
    user: User | None = None
    sent: Sent | None = None
    retry_after: int = 0


def send(order: Order) -> str:
    """Mail a code, a link, or both; the name of what was asked, the same for one address in one browser."""
    user = find_user_by_email(order.address)
    if user is not None and not standing_of(exists=True, blocked_at=user.blocked_at).is_good:
        user = None
    name = name_of(order.purpose, order.browser, order.address)
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}" if order.parts != "link" else None
    link = new_token(LINK_PREFIX) if order.parts != "code" else None
    now = clock.now()
    _put(
        digest(name),
        {
            "purpose": order.purpose,
            "browser_hash": digest(order.browser),
            "user_id": None if user is None else user.id,
            "answer_hash": None if code is None else _hash(settings.current().secrets[0], name, code),
            "link_hash": None if link is None else digest(link),
            "data": _data(order),
            "tries": 0,
            "created_at": now,
            "expires_at": now + LIFETIME,
            "used_at": None,
        },
    )
    record(EventName.LOGIN_MAILED, user_id=None if user is None else user.id, mailed=user is not None)
    if user is not None:
        mail_sign_in(user, order.app_name, code=code and shown(code), link=link, expires_in=LIFETIME)
    else:
        mail_nobody()
    return name


def name_of(purpose: Purpose, browser: str, address: str) -> str:
    """The name of what this browser asks for this address: two tabs that ask share what was asked last."""
    return _ID_PREFIX + derive(settings.current().secrets[0], purpose, f"{browser}\0{email_key(address)}")


def find_sent(name: str, purpose: Purpose, browser: str | None) -> Sent | None:
    """What this browser asked for under this name, if it may still be answered; looking spends nothing."""
    row = _find(name, purpose, browser)
    return None if row is None else _sent(row)


def check_code(name: str, purpose: Purpose, browser: str | None, typed: str, device: str | None) -> Answer:
    """Try a code, counting the try first; a right one is spent.

    Args:
        name: from `send`.
        purpose: what it was sent for.
        browser: whose it has to be.
        typed: six digits, from `digits_of`.
        device: the cookie of known devices.
    """
    row = _find(name, purpose, browser)
    if row is None:
        return Answer(outcome=Outcome.OVER)
    sent = _sent(row)
    hold_standing(sent.user_id or "")  # held for nobody, too: what is left out can be measured
    known = find_device(sent.user_id, device)
    buckets = buckets_for(sent.address, facts().ip or "", known, factor=_FACTORS[purpose])
    if wait := record_failure(buckets):
        _tell(EventName.LOGIN_THROTTLED, sent, retry_after=wait, **too_many(wait))
        return Answer(outcome=Outcome.THROTTLED, sent=sent, retry_after=wait)
    is_open = _is_open(name, purpose, browser)
    tries = db.session.execute(
        update(Challenge)
        .where(*is_open, Challenge.tries < MOST_TRIES)
        .values(tries=Challenge.tries + 1)
        .returning(Challenge.tries)
    ).scalar()
    if tries is None:
        _tell(EventName.LOGIN_FAILED, sent, reason="code over", **_expected("one that was tried too often, or is over"))
        return Answer(outcome=Outcome.OVER, sent=sent)
    hashes = [_hash(secret, name, typed) for secret in settings.current().secrets]
    user = _claim([*is_open, Challenge.answer_hash.in_(hashes)])
    if user is None:
        _tell(EventName.LOGIN_FAILED, sent, reason="wrong code", tries=tries, **_expected("another one"))
        return Answer(outcome=Outcome.WRONG if tries < MOST_TRIES else Outcome.OVER, sent=sent)
    clear(buckets)
    return Answer(outcome=Outcome.RIGHT, user=user, sent=sent)


def find_link(link: str, browser: str | None) -> Sent | None:
    """What a link belongs to, whichever browser opens it: `is_here` tells. Looking spends nothing."""
    row = db.session.execute(_fresh(select(Challenge).where(*_is_open_link(link)))).scalar()
    return None if row is None else _sent(row, is_here=browser is not None and row.browser_hash == digest(browser))


def claim_link(link: str, browser: str | None) -> User | None:
    """Spend a link in the browser that asked for it: of several at once one gets it."""
    hold_standing(db.session.scalar(select(Challenge.user_id).where(*_is_open_link(link))) or "")
    return _claim([*_is_open_link(link), Challenge.browser_hash == digest(browser or "")])


def digits_of(typed: str) -> str | None:
    """The six digits of what was typed or pasted, in whichever script; None if it is no such code."""
    kept = [character for character in typed if not (character.isspace() or unicodedata.category(character) == "Pd")]
    found = [unicodedata.decimal(character, None) for character in kept[: DIGITS + 1]]
    return "".join(map(str, found)) if len(found) == DIGITS and None not in found else None


def shown(code: str) -> str:
    """As a mail shows it: "123 456"."""
    return f"{code[: DIGITS // 2]} {code[DIGITS // 2 :]}"


_FACTORS: Final[dict[Purpose, Literal["mail", "second"]]] = {"email_first": "mail", "email_second": "second"}


def _tell(name: EventName, sent: Sent, **details: Any) -> None:
    record(name, user_id=sent.user_id, client_id=facts().client_id, outcome="refused", method="email_code", **details)


def _expected(received: str) -> dict[str, str]:
    return {"check": "code", "expected": "the newest that was mailed", "received": received}


def _hash(secret: str, name: str, code: str) -> str:
    return derive(secret, "email code", f"{name}\0{code}")


def _data(order: Order) -> dict[str, Any]:
    return {
        "address": order.address,
        "parts": order.parts,
        "state": order.state,
        "return_to": order.return_to,
    }


def _put(challenge_id: str, values: dict[str, Any]) -> None:
    replace = update(Challenge).where(Challenge.id == challenge_id).values(values).returning(Challenge.id)
    if db.session.execute(replace).first() is not None:
        return
    try:
        with db.session.begin_nested():
            db.session.execute(insert(Challenge).values(id=challenge_id, **values))
    except IntegrityError:  # a double click asked in this instant
        db.session.execute(replace)


def _find(name: str, purpose: Purpose, browser: str | None) -> Challenge | None:
    return db.session.execute(_fresh(select(Challenge).where(*_is_open(name, purpose, browser)))).scalar()


def _claim(conditions: list[ColumnElement[bool]]) -> User | None:
    """Spend one that somebody can answer; whose it is, if the address is still theirs and they are served."""
    row = db.session.execute(
        _fresh(
            update(Challenge)
            .where(*conditions, Challenge.user_id.is_not(None))
            .values(used_at=clock.now())
            .returning(Challenge)
        )
    ).scalar()
    user = find_user(row.user_id) if row is not None and row.user_id is not None else None
    if row is None or user is None or user.email_key != email_key(row.data["address"]):
        return None
    return user


def _is_open(name: str, purpose: Purpose, browser: str | None) -> list[ColumnElement[bool]]:
    return [
        Challenge.id == digest(name),
        Challenge.purpose == purpose,
        Challenge.browser_hash == digest(browser or ""),
        Challenge.used_at.is_(None),
        Challenge.expires_at > clock.now(),
    ]


def _is_open_link(link: str) -> list[ColumnElement[bool]]:
    return [
        Challenge.link_hash == digest(link),
        Challenge.purpose == "email_first",
        Challenge.used_at.is_(None),
        Challenge.expires_at > clock.now(),
    ]


def _fresh(statement: Any) -> Any:
    # The statements that count and spend pass by what the session has read before
    return statement.execution_options(populate_existing=True)


def _sent(row: Challenge, *, is_here: bool = True) -> Sent:
    return Sent(
        address=row.data["address"],
        parts=row.data["parts"],
        state=row.data["state"],
        return_to=row.data["return_to"],
        created_at=row.created_at,
        is_here=is_here,
        user_id=row.user_id,
    )
