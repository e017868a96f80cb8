"""Reads of signing keys."""

from sqlalchemy import select

from idp.domain.errors import NotFoundError
from idp.domain.keys.models import SigningKeyRow
from idp.infra.db import db


def list_keys(*states: str, alg: str | None = None) -> list[SigningKeyRow]:
    """Keys, newest first; of these states (all if none is named) and, if given, this algorithm."""
    statement = select(SigningKeyRow).order_by(SigningKeyRow.created_at.desc(), SigningKeyRow.kid)
    if states:
        statement = statement.where(SigningKeyRow.state.in_(states))
    if alg is not None:
        statement = statement.where(SigningKeyRow.alg == alg)
    return list(db.session.scalars(statement.execution_options(populate_existing=True)))


def get_key(kid: str) -> SigningKeyRow:
    """The key. Raises NotFoundError."""
    row = db.session.get(SigningKeyRow, kid)
    if row is None:
        raise NotFoundError(f"There is no key {kid!r}.")
    return row
