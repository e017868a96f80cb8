"""The apps of a login: who was given tokens in it, and so is told when it ends (OIDC Back-Channel Logout §2.3)."""

from dataclasses import dataclass

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from idp.domain.clients.models import ClientRecord
from idp.domain.sessions.models import SessionClient
from idp.infra import jobs
from idp.infra.db import db, table

#: The job that tells an app; its payload: sid, client_id, user_id.
BACK_CHANNEL_LOGOUT = "backchannel_logout"

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


def tell_all(sid: str, user_id: str) -> None:
    """Have every app told that the login is over: in this transaction, so that none is told of what did not happen."""
    for participant in list_participants(sid):
        if participant.back_channel_uri is not None:
            jobs.enqueue(BACK_CHANNEL_LOGOUT, {"sid": sid, "client_id": participant.client_id, "user_id": user_id})
