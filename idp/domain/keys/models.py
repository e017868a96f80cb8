"""Table of signing keys."""

from typing import Any

from sqlalchemy import JSON, BigInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from idp.infra.db import Base


class SigningKeyRow(Base):
    """A key pair that serves one algorithm. `state` goes next → active → retired → gone, never back.

    next: published, does not sign yet · active: signs · retired: only verifies, until `expires_at` · gone: neither.
    """

    __tablename__ = "signing_keys"

    kid: Mapped[str] = mapped_column(String(64), primary_key=True)
    alg: Mapped[str] = mapped_column(String(16), index=True)
    state: Mapped[str] = mapped_column(String(16))
    private_wrapped: Mapped[str | None] = mapped_column(Text)
    """Wrapped PKCS #8; emptied when the key is gone."""
    public_jwk: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[int] = mapped_column(BigInteger)
    published_at: Mapped[int] = mapped_column(BigInteger)
    activated_at: Mapped[int | None] = mapped_column(BigInteger)
    retired_at: Mapped[int | None] = mapped_column(BigInteger)
    expires_at: Mapped[int | None] = mapped_column(BigInteger)
    """When a retired key leaves the JWKS: nothing that it signed is valid any more."""
