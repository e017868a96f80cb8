"""Everything that is kept of a person, for that person to have (GDPR Art. 15 and 20). No secret is in it."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from idp.domain.consents.models import Consent
from idp.domain.credentials.passkeys import list_passkeys
from idp.domain.credentials.passwords import find_password_since
from idp.domain.credentials.recovery_codes import count_recovery_codes
from idp.domain.credentials.totp import find_totp_since
from idp.domain.events.models import Event
from idp.domain.events.names import EventName
from idp.domain.events.recording import record
from idp.domain.sessions.models import Session
from idp.domain.tokens.models import PairwiseSubject, TokenGrant
from idp.domain.users.models import User
from idp.infra import clock
from idp.infra.db import db

#: Of each list the newest: an export that never ends would be of use to nobody, and would hold everybody up.
MOST_ROWS = 1000


def export_user(user: User) -> dict[str, Any]:
    """The person's data, as JSON has it; times as RFC 3339 writes them. `cut_off` names the lists that had more."""
    record(EventName.DATA_EXPORTED, user_id=user.id)
    sessions, grants = (
        _newest(Session, user.id, Session.created_at),
        _newest(TokenGrant, user.id, TokenGrant.created_at),
    )
    lists = {
        "devices": [_session(row) for row in sessions],
        "given_to_apps": [_grant(row) for row in grants],
        "activity": [_event(row) for row in _newest(Event, user.id, Event.id)],
    }
    return {
        "exported_at": _time(clock.now()),
        "account": {
            "id": user.id,
            "email": user.email,
            "email_verified": user.email_verified,
            "is_administrator": user.is_admin,
            "language": user.language,
            "created_at": _time(user.created_at),
            "updated_at": _time(user.updated_at),
        },
        "profile": user.claims,
        "sign_in": _ways(user.id),
        "allowed_to_apps": [
            {
                "app": row.client_id,
                "api": row.audience or None,
                "scopes": row.scopes,
                "at": _time(row.granted_at),
            }
            for row in _rows(Consent, user.id)
        ],
        "known_to_apps_as": [{"sector": row.sector, "subject": row.subject} for row in _rows(PairwiseSubject, user.id)],
        **{name: rows[:MOST_ROWS] for name, rows in lists.items()},
        "longest_list": MOST_ROWS,
        "cut_off": [name for name, rows in lists.items() if len(rows) > MOST_ROWS],
    }


def _ways(user_id: str) -> dict[str, Any]:
    totp = find_totp_since(user_id)
    return {
        "password_set_at": _time(find_password_since(user_id)),
        "authenticator_app": None if totp is None else {"set_up_at": _time(totp[0]), "last_used_at": _time(totp[1])},
        "recovery_codes_left": count_recovery_codes(user_id),
        "passkeys": [
            {
                "name": each.name,
                "is_backed_up": each.is_backed_up,
                "added_at": _time(each.created_at),
                "last_used_at": _time(each.last_used_at),
            }
            for each in list_passkeys(user_id)
        ],
    }


def _session(row: Session) -> dict[str, Any]:
    return {
        "id": row.sid,
        "browser": row.user_agent,
        "address": row.ip,
        "signed_in_at": _time(row.auth_time),
        "signed_in_by": row.amr,
        "last_used_at": _time(row.last_seen_at),
        "ended_at": _time(row.ended_at),
    }


def _grant(row: TokenGrant) -> dict[str, Any]:
    return {
        "app": row.client_id,
        "api": row.audience,
        "scopes": row.scope.split(),
        "at": _time(row.created_at),
        "ended_at": _time(row.revoked_at),
    }


def _event(row: Event) -> dict[str, Any]:
    return {
        "at": _time(row.at_ms // 1000),
        "what": row.name,
        "outcome": row.outcome,
        "app": row.client_id,
        "device": row.session_id,
        "address": row.ip,
        "browser": row.user_agent,
        "details": row.details,
    }


def _newest(model: Any, user_id: str, age: Any) -> list[Any]:
    """One more than is told, to know that there are more."""
    found = select(model).where(model.user_id == user_id).order_by(age.desc()).limit(MOST_ROWS + 1)
    return list(db.session.execute(found).scalars())


def _rows(model: Any, user_id: str) -> list[Any]:
    return list(db.session.execute(select(model).where(model.user_id == user_id)).scalars())


def _time(at: int | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat()
