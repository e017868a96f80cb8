"""Tables of clients and their secrets."""

from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from idp.infra.db import Base


class ClientRecord(Base):
    """A registered app. Requests see it as the frozen `idp.domain.clients.client.Client`."""

    __tablename__ = "clients"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(128))
    kind: Mapped[str] = mapped_column(String(16))
    auth_method: Mapped[str] = mapped_column(String(32))
    """How it authenticates: none, client_secret (Basic or post, as it likes), private_key_jwt."""
    jwks: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    redirect_uris: Mapped[list[str]] = mapped_column(JSON)
    logout_uris: Mapped[list[str]] = mapped_column(JSON)
    web_origins: Mapped[list[str]] = mapped_column(JSON)
    grant_types: Mapped[list[str]] = mapped_column(JSON)
    response_types: Mapped[list[str]] = mapped_column(JSON)
    scopes: Mapped[list[str] | None] = mapped_column(JSON)
    """The OpenID scopes it may ask for; null is all of them."""
    audiences: Mapped[list[str] | None] = mapped_column(JSON)
    """The APIs it may ask for on a user's behalf; null is all of them."""
    is_third_party: Mapped[bool] = mapped_column(Boolean, default=False)
    requires_consent: Mapped[bool] = mapped_column(Boolean, default=False)
    requires_pkce: Mapped[bool] = mapped_column(Boolean, default=True)
    rotates_refresh_tokens: Mapped[bool] = mapped_column(Boolean, default=True)
    id_token_alg: Mapped[str] = mapped_column(String(16), default="RS256")
    has_profile_in_id_token: Mapped[bool] = mapped_column(Boolean, default=True)
    """Whether ID tokens repeat what the scopes let /userinfo say, as Auth0's do; OIDC Core §5.4 leaves it open."""
    logo_uri: Mapped[str | None] = mapped_column(String(2048))
    policy_uri: Mapped[str | None] = mapped_column(String(2048))
    tos_uri: Mapped[str | None] = mapped_column(String(2048))
    client_uri: Mapped[str | None] = mapped_column(String(2048))
    """Where the app lives: where a user who got lost is sent back to."""
    registration: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """What else it is registered with, by the registered names; see `metadata.DEFAULTS`."""
    login: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """What it asks of a login beyond the tenant's policy; see `login_rules`."""
    branding: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """How its pages look, where they differ from the tenant's."""
    registration_token_hash: Mapped[str | None] = mapped_column(String(64))
    """Of the token by which a dynamically registered client may read and change itself (RFC 7592)."""
    disabled_at: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[int] = mapped_column(BigInteger)
    updated_at: Mapped[int] = mapped_column(BigInteger)


class ClientSecret(Base):
    """The SHA-256 of a client's secret. Two are valid while rotating."""

    __tablename__ = "client_secrets"

    secret_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    client_id: Mapped[str] = mapped_column(ForeignKey("clients.id", ondelete="CASCADE"), index=True)
    secret_wrapped: Mapped[str | None] = mapped_column(String(512))
    """The secret itself, wrapped: only for a client that chose client_secret_jwt, which cannot do without."""
    created_at: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[int | None] = mapped_column(BigInteger)


class ClientAssertion(Base):
    """A `jti` that a client spent (RFC 7523 §3): the row's existence is the refusal of the second use."""

    __tablename__ = "client_assertions"

    client_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    jti_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[int] = mapped_column(BigInteger, index=True)


class RegistrationToken(Base):
    """An initial access token (RFC 7591 §1.2): lets its holder register so many apps. Known by its hash."""

    __tablename__ = "registration_tokens"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    uses_left: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[int] = mapped_column(BigInteger)
