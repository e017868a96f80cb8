"""Tables of APIs and client grants."""

from sqlalchemy import JSON, BigInteger, Boolean, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from idp.infra.db import Base


class ApiRecord(Base):
    """An API, named by its audience. Requests see it as the frozen `idp.domain.apis.api.Api`."""

    __tablename__ = "apis"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    audience: Mapped[str] = mapped_column(String(600), unique=True)
    name: Mapped[str] = mapped_column(String(128))
    scopes: Mapped[dict[str, str]] = mapped_column(JSON)
    """Scope name → what it lets an app do, in words."""
    token_lifetime: Mapped[int | None] = mapped_column(BigInteger)
    signing_alg: Mapped[str] = mapped_column(String(16), default="RS256")
    allows_offline_access: Mapped[bool] = mapped_column(Boolean, default=True)
    created_at: Mapped[int] = mapped_column(BigInteger)
    updated_at: Mapped[int] = mapped_column(BigInteger)


class ClientGrant(Base):
    """What a client may do at an API by itself, without a user."""

    __tablename__ = "client_grants"

    client_id: Mapped[str] = mapped_column(ForeignKey("clients.id", ondelete="CASCADE"), primary_key=True)
    api_id: Mapped[str] = mapped_column(ForeignKey("apis.id", ondelete="CASCADE"), primary_key=True)
    scopes: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[int] = mapped_column(BigInteger)
