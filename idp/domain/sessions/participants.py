"""The apps of a login: who was given tokens in it, and so is told when it ends (OIDC Back-Channel Logout §2.3)."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from idp.domain.clients.models import ClientRecord
from idp.domain.sessions.models import SessionClient
from idp.infra import jobs
from idp.infra.db import db, table

#: The job that tells an app; its payload: sid, client_id, user_id.
BACK_CHANNEL_LOGOUT = "backchannel_logout"
#: Logins whose apps are asked for in one statement.
_AT_ONCE = 500

_participants = table(SessionClient)


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """An app of a login, and where it wants to hear of its end."""

    client_id: str
    back_channel_uri: str | None
    front_channel_uri: str | None


def join(sid: str, client_id: str) -> None:
    """Note that an app is given tokens in a login. Written once; after that it costs one look."""
    known = select(_participants.c.sid).where(_participants.c.sid == sid, _participants.c.client_id == client_id)
    if db.session.execute(known).first() is not None:
        return
    try:
        with db.session.begin_nested():
            db.session.execute(insert(_participants), {"sid": sid, "client_id": client_id})
    except IntegrityError:
        return  # another tab was quicker


def list_participants(sid: str) -> list[Participant]:
    """The apps of a login that are still registered."""
    rows = db.session.execute(
        select(ClientRecord.id, ClientRecord.registration)
        .join(SessionClient, SessionClient.client_id == ClientRecord.id)
        .where(SessionClient.sid == sid)
        .order_by(ClientRecord.id)
    )
    return [
        Participant(
            client_id=row.id,
            back_channel_uri=row.registration.get("backchannel_logout_uri"),
            front_channel_uri=row.registration.get("frontchannel_logout_uri"),
        )
        for row in rows
    ]


def tell_all(ended: Mapping[str, str]) -> None:
    """Have every app told that logins are over: in this transaction, so that none is told of what did not happen.

    Args:
        ended: sid → whose it was.
    """
    sids = list(ended)
    for start in range(0, len(sids), _AT_ONCE):
        rows = db.session.execute(
            select(SessionClient.sid, ClientRecord.id, ClientRecord.registration)
            .join(ClientRecord, ClientRecord.id == SessionClient.client_id)
            .where(SessionClient.sid.in_(sids[start : start + _AT_ONCE]))
            .order_by(SessionClient.sid, ClientRecord.id)
        ).all()
        told = [
            {"sid": row.sid, "client_id": row.id, "user_id": ended[row.sid]}
            for row in rows
            if row.registration.get("backchannel_logout_uri") is not None
        ]
        jobs.enqueue_all(BACK_CHANNEL_LOGOUT, told)
