"""Table of consents."""

from sqlalchemy import JSON, BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from idp.infra.db import Base


class Consent(Base):
    """The scopes that a user has granted to a client for one audience ("" is none but OpenID Connect's own)."""

    __tablename__ = "consents"

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    client_id: Mapped[str] = mapped_column(ForeignKey("clients.id", ondelete="CASCADE"), primary_key=True)
    audience: Mapped[str] = mapped_column(String(600), primary_key=True, default="")
    scopes: Mapped[list[str]] = mapped_column(JSON)
    granted_at: Mapped[int] = mapped_column(BigInteger)
