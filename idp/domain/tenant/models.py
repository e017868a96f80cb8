"""Table of the tenant: a single row."""

from typing import Any

from sqlalchemy import JSON, BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from idp.infra.db import Base

TENANT_ID = 1


class Tenant(Base):
    """The deployment. `config_version` rises with each change to what processes cache (clients, APIs, keys)."""

    __tablename__ = "tenant"

    id: Mapped[int] = mapped_column(primary_key=True)
    config_version: Mapped[int] = mapped_column(BigInteger, default=1)
    setup_token_hash: Mapped[str | None] = mapped_column(String(64))
    setup_completed_at: Mapped[int | None] = mapped_column(BigInteger)
    login: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """How people sign in; see `login_policy`."""
    hashing: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    """What a password hash costs; see `idp.domain.credentials.calibration`."""
    branding: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """How the pages look; see `idp.domain.branding`."""
