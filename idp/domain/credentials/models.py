"""Tables of credentials."""

from sqlalchemy import BigInteger, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from idp.infra.db import Base


class Password(Base):
    """A person's password as an argon2id hash in PHC form, which names its own parameters."""

    __tablename__ = "passwords"

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    hash: Mapped[str] = mapped_column(String(255))
    updated_at: Mapped[int] = mapped_column(BigInteger)


class LoginFailure(Base):
    """Failed logins in one bucket: an account from one kind of device, or an address. Names nobody: a keyed hash."""

    __tablename__ = "login_failures"

    bucket: Mapped[str] = mapped_column(String(80), primary_key=True)
    count: Mapped[int] = mapped_column(Integer)
    window_started_at: Mapped[int] = mapped_column(BigInteger)
    blocked_until: Mapped[int] = mapped_column(BigInteger, default=0)
