"""The authorization request after every check: frozen, and stored as it is with the interaction and the code.

It stands in the domain because the policy of the pages and the making of tokens both read it; `idp.oauth.authorization`
is what makes one.
"""

from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from idp.domain.users.claims import scopes_of

OPENID = "openid"
OFFLINE_ACCESS = "offline_access"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequest:
    """What an app asked at /authorize (RFC 6749 §4.1.1, OIDC Core §3.1.2.1). Absent values are None, never empty."""

    client_id: str
    redirect_uri: str
    redirect_uri_was_sent: bool
    response_type: str
    response_mode: str
    scopes: tuple[str, ...] = ()
    """What may be granted: asked for, known, and open to the client."""
    audience: str | None = None
    state: str | None = None
    nonce: str | None = None
    code_challenge: str | None = None
    prompt: tuple[str, ...] = ()
    max_age: int | None = None
    login_hint: str | None = None
    hinted_user_id: str | None = None
    """The subject of the `id_token_hint`."""
    acr_values: tuple[str, ...] = ()
    """The ways of signing in that the app would like, best first."""
    claims: dict[str, dict[str, Any]] | None = None
    """Single claims asked for (OIDC Core §5.5): `userinfo` and `id_token` → claim → null or how it is wanted."""
    display: str | None = None
    ui_locales: tuple[str, ...] = ()
    screen_hint: str | None = None
    """Auth0's: `signup` opens the sign-up page first."""

    def requested_claims(self, place: str) -> dict[str, Any]:
        """The single claims asked for in `userinfo` or `id_token`."""
        return (self.claims or {}).get(place) or {}

    @property
    def scopes_to_allow(self) -> tuple[str, ...]:
        """What the user is asked for: the scopes, and those of the claims that are asked for one by one (§5.5)."""
        named = {name for wanted in (self.claims or {}).values() for name in wanted}
        return tuple(dict.fromkeys((*self.scopes, *scopes_of(named))))

    @property
    def scope(self) -> str:
        """The scopes as OAuth writes them."""
        return " ".join(self.scopes)

    def to_json(self) -> dict[str, Any]:
        """Plain values for a JSON column; what is absent is left out."""
        return {name: value for name, value in asdict(self).items() if value not in (None, ())}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """The request that `to_json` stored; members of a later version are passed over."""
        names = {field.name for field in fields(cls)}
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in stored.items() if name in names
        }
        return cls(**values)
