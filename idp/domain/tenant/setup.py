"""The one-time set-up link: who holds its token may become the first administrator. Only its hash is stored."""

from sqlalchemy import select, update

from idp.domain.tenant.models import TENANT_ID, Tenant
from idp.infra import clock
from idp.infra.db import db
from idp.infra.secrets import digest, new_token

PREFIX = "su1_"


def new_setup_token() -> str:
    """A new token; the one before stops working. Call while nobody administers this deployment."""
    token = new_token(PREFIX)
    db.session.execute(
        update(Tenant).where(Tenant.id == TENANT_ID).values(setup_token_hash=digest(token), setup_completed_at=None)
    )
    return token


def is_setup_token(token: str) -> bool:
    """Whether the token is good; looking spends nothing."""
    if not token.startswith(PREFIX):
        return False
    found = db.session.execute(
        select(Tenant.id).where(Tenant.id == TENANT_ID, Tenant.setup_token_hash == digest(token))
    )
    return found.scalar() is not None


def claim_setup_token(token: str) -> bool:
    """Spend the token, in the transaction that makes the administrator: of several at once one gets it."""
    claimed = db.session.execute(
        update(Tenant)
        .where(Tenant.id == TENANT_ID, Tenant.setup_token_hash == digest(token))
        .values(setup_token_hash=None, setup_completed_at=clock.now())
        .returning(Tenant.id)
    )
    return claimed.scalar() is not None


def withdraw_setup_token() -> None:
    """Let no link be good any more: an administrator was made in another way."""
    db.session.execute(
        update(Tenant).where(Tenant.id == TENANT_ID, Tenant.setup_token_hash.is_not(None)).values(setup_token_hash=None)
    )
