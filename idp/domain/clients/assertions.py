"""The `jti` of a client assertion is spent once (RFC 7523 §3), by the primary key of a row."""

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from idp.domain.clients.models import ClientAssertion
from idp.infra import clock
from idp.infra.db import db
from idp.infra.secrets import digest


def claim_jti(client_id: str, jti: str, expires_at: int) -> bool:
    """Whether this is the first use; of several at once one is told so."""
    try:
        with db.session.begin_nested():
            db.session.add(ClientAssertion(client_id=client_id, jti_hash=digest(jti), expires_at=expires_at))
    except IntegrityError:
        return False
    return True


def forget_expired() -> None:
    """Drop what no assertion can use any more."""
    db.session.execute(delete(ClientAssertion).where(ClientAssertion.expires_at < clock.now() - 3600))
