"""Subject identifiers (OIDC Core §8): public, or pairwise: one a sector, so that apps cannot compare their users.

A pairwise subject is random and kept, so it stays the same whatever secret or redirect URI changes.
"""

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from idp.domain.clients.client import Client
from idp.domain.tokens.models import PairwiseSubject
from idp.infra.db import db
from idp.infra.secrets import new_token

PAIRWISE = "pairwise"
SUBJECT_TYPES = ("public", PAIRWISE)
_PREFIX = "pw1_"


def subject_of(client: Client, user_id: str) -> str:
    """What the client knows the user by."""
    if client.subject_type != PAIRWISE:
        return user_id
    sector = client.sector
    return _find(sector, user_id) or _make(sector, user_id)


def find_user_of(client: Client, subject: str) -> str | None:
    """The user that the client knows by this."""
    if client.subject_type != PAIRWISE:
        return subject
    return db.session.execute(
        select(PairwiseSubject.user_id).where(
            PairwiseSubject.subject == subject, PairwiseSubject.sector == client.sector
        )
    ).scalar()


def _find(sector: str, user_id: str) -> str | None:
    return db.session.execute(
        select(PairwiseSubject.subject).where(PairwiseSubject.sector == sector, PairwiseSubject.user_id == user_id)
    ).scalar()


def _make(sector: str, user_id: str) -> str:
    subject = new_token(_PREFIX)
    try:
        with db.session.begin_nested():
            db.session.add(PairwiseSubject(sector=sector, user_id=user_id, subject=subject))
    except IntegrityError:  # another request made it in this instant
        return _find(sector, user_id) or subject
    return subject
