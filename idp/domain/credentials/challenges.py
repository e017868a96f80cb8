"""Questions put to one browser, each answered once, within minutes: a passkey ceremony, a code or link by mail.

`begin` gives the value that names one and that only its browser was told; `claim` spends it. What the answer is, and
how often it may be tried, is for whoever asked.
"""

from typing import Any, Literal

from sqlalchemy import ColumnElement, delete, select, update

from idp.domain.credentials.models import Challenge
from idp.infra import clock
from idp.infra.db import db
from idp.infra.secrets import digest, new_token

Purpose = Literal["passkey_sign_in", "passkey_prove", "passkey_register", "email_code"]


def begin(purpose: Purpose, browser: str, lifetime: int, **columns: Any) -> str:
    """Put a question to a browser; its value: 43 URL-safe characters, which are 32 random bytes in base64url.

    Args:
        purpose: what is asked.
        browser: the id of the browser, from its cookie.
        lifetime: in seconds.
        columns: more of the row: `user_id`, `answer_hash`, `link_hash`, `data`.
    """
    now = clock.now()
    token = new_token("")
    db.session.add(
        Challenge(
            id=digest(token),
            purpose=purpose,
            browser_hash=digest(browser),
            created_at=now,
            expires_at=now + lifetime,
            **{"data": {}, **columns},
        )
    )
    db.session.flush()
    return token


def find(token: str, purpose: Purpose, browser: str | None) -> Challenge | None:
    """The question, if this browser may still answer it; looking spends nothing."""
    return db.session.execute(select(Challenge).where(*_is_open(token, purpose, browser))).scalar()


def claim(token: str, purpose: Purpose, browser: str | None) -> Challenge | None:
    """Spend the question: of several answers at once one gets it, the others None."""
    return db.session.execute(
        update(Challenge)
        .where(*_is_open(token, purpose, browser))
        .values(used_at=clock.now())
        .returning(Challenge)
        .execution_options(populate_existing=True)
    ).scalar()


def end_of_user(user_id: str) -> None:
    """Let nothing that was asked for a person be answered any more."""
    db.session.execute(delete(Challenge).where(Challenge.user_id == user_id))


def sweep() -> None:
    """Remove those that nobody can answer any more."""
    db.session.execute(delete(Challenge).where(Challenge.expires_at <= clock.now()))


def _is_open(token: str, purpose: Purpose, browser: str | None) -> tuple[ColumnElement[bool], ...]:
    return (
        Challenge.id == digest(token),
        Challenge.purpose == purpose,
        Challenge.browser_hash == digest(browser or ""),
        Challenge.used_at.is_(None),
        Challenge.expires_at > clock.now(),
    )
