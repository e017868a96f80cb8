"""A client as requests see it: frozen, cached, and the few methods that Authlib calls on one (its `ClientMixin`)."""

import secrets as stdlib_secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from idp.domain.clients.metadata import DEFAULTS
from idp.domain.clients.redirect_uris import is_registered
from idp.domain.tenant.wrapping import wrapper
from idp.infra import clock
from idp.infra.secrets import digest

SECRET = "client_secret"
PRIVATE_KEY_JWT = "private_key_jwt"
CLIENT_SECRET_JWT = "client_secret_jwt"
NONE = "none"
#: The registered word → the names that specifications give it.
AUTH_METHODS: dict[str, tuple[str, ...]] = {
    NONE: ("none",),
    SECRET: ("client_secret_basic", "client_secret_post"),
    PRIVATE_KEY_JWT: ("private_key_jwt",),
    CLIENT_SECRET_JWT: ("client_secret_jwt",),
}


def secret_context(client_id: str) -> str:
    """What a wrapped secret is bound to."""
    return f"client_secret:{client_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A registered app."""

    id: str
    name: str
    kind: str
    auth_method: str
    jwks: Mapping[str, Any] | None
    redirect_uris: tuple[str, ...]
    logout_uris: tuple[str, ...]
    web_origins: frozenset[str]
    grant_types: frozenset[str]
    response_types: frozenset[str]
    scopes: frozenset[str] | None
    audiences: frozenset[str] | None
    is_third_party: bool
    requires_consent: bool
    requires_pkce: bool
    rotates_refresh_tokens: bool
    id_token_alg: str
    has_profile_in_id_token: bool
    logo_uri: str | None
    policy_uri: str | None
    tos_uri: str | None
    client_uri: str | None
    registration: Mapping[str, Any]
    """What else it is registered with, by the registered names."""
    login: Mapping[str, Any]
    """What it asks of a login beyond the tenant's policy; see `login_rules`."""
    branding: Mapping[str, Any]
    """How its pages look, where they differ from the tenant's."""
    disabled_at: int | None
    secrets: tuple[tuple[str, int | None], ...]
    """(SHA-256 of the secret, when it ends or None)."""
    wrapped_secrets: tuple[tuple[str, int | None], ...] = ()
    """(the secret itself, wrapped, when it ends or None): only of a client that authenticates by client_secret_jwt."""

    @property
    def client_id(self) -> str:
        """The name that OAuth gives the id."""
        return self.id

    def registered(self, name: str) -> Any:
        """What it is registered with under this name, or the default of the specification."""
        return self.registration.get(name, DEFAULTS[name])

    @property
    def subject_type(self) -> str:
        """`public` or `pairwise` (OIDC Core §8)."""
        found: str = self.registered("subject_type")
        return found

    @property
    def sector(self) -> str:
        """Whose apps know a user by one pairwise subject: the host of the sector, or of the redirect URIs (§8.1)."""
        uri = self.registered("sector_identifier_uri") or (self.redirect_uris[0] if self.redirect_uris else "")
        return urlsplit(uri).hostname or self.id

    @property
    def is_public(self) -> bool:
        """Whether it cannot keep a secret."""
        return self.auth_method == NONE

    @property
    def asks_consent(self) -> bool:
        """Whether its users are asked before it gets anything."""
        return self.is_third_party or self.requires_consent

    def check_client_secret(self, client_secret: str) -> bool:
        """Whether this is one of its secrets; compared as hashes, so any text may come in."""
        presented = digest(client_secret)
        now = clock.now()
        found = [
            stdlib_secrets.compare_digest(presented, stored) and (ends is None or ends > now)
            for stored, ends in self.secrets
        ]
        return any(found)

    def readable_secrets(self) -> list[bytes]:
        """The secrets that verify an assertion now; none, but for a client of client_secret_jwt."""
        now = clock.now()
        good = [wrapped for wrapped, ends in self.wrapped_secrets if ends is None or ends > now]
        return [wrapper().unwrap(wrapped, secret_context(self.id)) for wrapped in good]

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """Whether it may authenticate so; the same answer at every endpoint, so that none is weaker."""
        del endpoint
        return method in AUTH_METHODS[self.auth_method]

    def check_grant_type(self, grant_type: str) -> bool:
        """Whether it is registered for this grant."""
        return grant_type in self.grant_types

    def check_response_type(self, response_type: str) -> bool:
        """Whether it is registered for this response type."""
        return response_type in self.response_types

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Whether this is a registered redirect URI (RFC 9700 §4.1.3)."""
        return is_registered(redirect_uri, self.redirect_uris)
