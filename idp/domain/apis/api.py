"""An API and a client's own access to it, as requests see them: frozen and cached."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """A resource server."""

    id: str
    audience: str
    name: str
    scopes: Mapping[str, str]
    token_lifetime: int | None
    signing_alg: str
    allows_offline_access: bool
