"""Set-up: the holder of the one-time link becomes the first administrator, in one transaction."""

from idp.domain.credentials.passwords import store_hash
from idp.domain.errors import DomainError
from idp.domain.events.names import EventName
from idp.domain.events.recording import record
from idp.domain.tenant.setup import claim_setup_token, is_setup_token
from idp.domain.users.accounts import create_user
from idp.domain.users.models import User
from idp.domain.users.queries import has_administrator
from idp.infra.db import db


class SetupOverError(DomainError):
    """The link is used, outdated or unknown, or somebody administers this deployment already."""


def check_setup_link(token: str) -> None:
    """Spends nothing.

    Raises:
        SetupOverError: the link is not good.
    """
    if not is_setup_token(token) or has_administrator():
        raise SetupOverError("This link works once, and only until there is an administrator.")


def create_first_administrator(token: str, address: str, stored_hash: str) -> User:
    """Spend the link and make the account; where either fails, neither happens.

    Raises:
        SetupOverError: the link is not good; of several at once one succeeds.
        EmailTakenError: the address belongs to another account.
    """
    check_setup_link(token)
    with db.session.begin_nested():
        if not claim_setup_token(token):
            raise SetupOverError("This link was used a moment ago.")
        user = create_user(address, verified=True, is_admin=True)
        store_hash(user.id, stored_hash)
        record(EventName.SETUP_COMPLETED, user_id=user.id)
    return user
