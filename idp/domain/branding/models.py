"""Table of the pictures of brands."""

from sqlalchemy import BigInteger, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from idp.infra.db import Base


class BrandFile(Base):
    """A picture, made anew from what was uploaded, by the SHA-256 of its bytes. It stays: mails of old refer to it."""

    __tablename__ = "brand_files"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[int] = mapped_column(BigInteger)
