"""What an app asks of a login beyond the tenant's policy: fewer ways in, or always a second factor. Never less."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from idp.domain.clients.client import Client
from idp.domain.errors import InvalidInputError
from idp.domain.tenant.login_policy import FIRST_FACTORS, LoginPolicy, find_login_policy


def policy_for(client: Client | None) -> LoginPolicy:
    """The policy of a login for this app; for none, of this deployment's own pages."""
    policy = find_login_policy()
    if client is None or not client.login:
        return policy
    wanted = client.login.get("first")
    first = tuple(name for name in policy.first if wanted is None or name in wanted)
    is_required = bool(client.login.get("second_factor")) or policy.second_factor == "required"
    return replace(
        policy,
        # What the tenant has switched off meanwhile leaves an app with what is on, not with nothing
        first=first or policy.first,
        second_factor="required" if is_required else policy.second_factor,
        verified_email=policy.verified_email or bool(client.login.get("verified_email")),
    )


def parse_login_rules(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Rules as an operator gives them: `first` (names), `second_factor` and `verified_email` (true or false).

    Raises:
        InvalidInputError: naming what is not known.
    """
    for name in raw.get("first") or ():
        if name not in FIRST_FACTORS:
            raise InvalidInputError(f"{name!r} is no such method; there are {', '.join(FIRST_FACTORS)}.", "first")
    return {name: value for name, value in raw.items() if value}
