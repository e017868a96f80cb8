"""What an app asks of a login beyond the tenant's policy: fewer ways in, or always a second factor. Never less."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from idp.domain.clients.client import Client
from idp.domain.clients.models import ClientRecord
from idp.domain.errors import InvalidInputError
from idp.domain.tenant.login_policy import (
    FIRST_FACTORS,
    SET_UP_FACTORS,
    LoginPolicy,
    change_login_policy,
    find_login_policy,
)
from idp.infra.db import db

_MOST_NAMED = 5


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


def insists_on_passkey(client: Client | None) -> bool:
    """Whether the app takes a passkey and nothing else, where there are other ways in.

    Who has none signs in by one of those, and makes the first one on the way.
    """
    is_alone = client is not None and bool(client.login.get("first")) and policy_for(client).first == ("passkey",)
    return is_alone and find_login_policy().first != ("passkey",)


def parse_login_rules(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Rules as an operator gives them: `first` (names), `second_factor` and `verified_email` (true or false).

    Raises:
        InvalidInputError: naming what is not known, or that the second factor it requires can be had by nobody.
    """
    for name in raw.get("first") or ():
        if name not in FIRST_FACTORS:
            raise InvalidInputError(f"{name!r} is no such method; there are {', '.join(FIRST_FACTORS)}.", "first")
    second = find_login_policy().second
    if raw.get("second_factor") and not SET_UP_FACTORS & set(second):
        cure = " ".join(f"--second {name}" for name in ("passkey", "totp", *second))
        raise InvalidInputError(
            "The app cannot require a second factor: neither passkey nor totp is one here, and nobody could set one "
            f"up. Switch one on first: idp login set {cure}",
            "second_factor",
        )
    return {name: value for name, value in raw.items() if value}


def change_policy(**changes: Any) -> LoginPolicy:
    """Change the tenant's policy, unless an app needs what is switched off; what is not given stays.

    Raises:
        InvalidInputError: the policy would let nobody in, here or to the apps that it names.
    """
    second = changes.get("second")
    if second is not None and not SET_UP_FACTORS & set(second) and (apps := _apps_with_second_factor()):
        named = ", ".join(apps[:_MOST_NAMED]) + (f" and {len(apps) - _MOST_NAMED} more" if apps[_MOST_NAMED:] else "")
        raise InvalidInputError(
            f"A second factor is required by {named}: leave passkey or totp on, to be set up, or let the app go "
            "without first: idp clients update CLIENT_ID --no-second-factor",
            "second",
        )
    return change_login_policy(**changes)


def _apps_with_second_factor() -> list[str]:
    found = db.session.execute(
        select(ClientRecord.id, ClientRecord.name, ClientRecord.login).order_by(ClientRecord.name)
    )
    return [f"{name} ({client_id})" for client_id, name, login in found if (login or {}).get("second_factor")]
