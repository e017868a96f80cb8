"""Tables of users."""

from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from idp.infra.db import Base


class User(Base):
    """A person with an account. `id` is the `sub` of every token: stable, never given to another."""

    __tablename__ = "users"

    id: Mapped[str] = mapped_column(String(128), primary_key=True)
    email: Mapped[str] = mapped_column(String(320))
    email_key: Mapped[str] = mapped_column(String(640), unique=True)
    """The address NFKC-normalised and case-folded: what makes two addresses the same."""
    email_verified: Mapped[bool] = mapped_column(Boolean, default=False)
    confirmed_elsewhere_at: Mapped[int | None] = mapped_column(BigInteger)
    """The address was confirmed where the account is not known, and its owner has not proved more since."""
    claims: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """Standard claims beside e-mail (OIDC Core §5.1), as the specification types them."""
    language: Mapped[str | None] = mapped_column(String(16))
    """The language (BCP 47) of the last sign-in: that of mails to them. Null before there was one."""
    is_admin: Mapped[bool] = mapped_column(Boolean, default=False)
    is_self_made: Mapped[bool] = mapped_column(Boolean, default=False)
    """Made by whoever signed up with the address, not by an operator."""
    passkey_declined_at: Mapped[int | None] = mapped_column(BigInteger)
    """When the offer of a passkey was declined: it is not made again for a while."""
    blocked_at: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[int] = mapped_column(BigInteger)
    updated_at: Mapped[int] = mapped_column(BigInteger)


class Picture(Base):
    """A person's picture, made anew from what was uploaded. `id` cannot be guessed: it is a public address."""

    __tablename__ = "pictures"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), unique=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    """JPEG."""
    thumbnail: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The same, as small as our own pages show it; None for a picture of before there were any."""
    created_at: Mapped[int] = mapped_column(BigInteger)


class Ticket(Base):
    """A link sent by mail: proves that its holder reads `email`. Known by its hash; claimed by `used_at`."""

    __tablename__ = "tickets"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(16))
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    email: Mapped[str] = mapped_column(String(320))
    state: Mapped[str | None] = mapped_column(String(64))
    """The interaction to go on with, when the link is opened in the browser that asked for it."""
    client_id: Mapped[str | None] = mapped_column(String(128))
    """The app to go on to, of an invitation."""
    kept_key: Mapped[str | None] = mapped_column(String(640), index=True)
    """The key of `email`, where nobody but this user may have that address while the ticket is open."""
    created_at: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[int] = mapped_column(BigInteger, index=True)
    used_at: Mapped[int | None] = mapped_column(BigInteger)
