"""Signing up: an account, its password and the mail that confirms its address, in one transaction."""

from contextlib import suppress
from typing import Final

from idp.domain.credentials.passwords import store_hash
from idp.domain.events.names import EventName
from idp.domain.events.recording import record
from idp.domain.lifecycle.invitations import is_waiting
from idp.domain.users.accounts import EmailTakenError, create_user
from idp.domain.users.kept_addresses import find_keeper, is_taken
from idp.domain.users.mails import (
    mail_nobody,
    mail_security_notice,
    mail_sign_up,
    mail_signup_existing,
    mail_verification,
)
from idp.domain.users.models import User
from idp.domain.users.queries import find_user_by_email, get_user
from idp.domain.users.tickets import end_tickets
from idp.infra.words import say

_KEPT: Final = say("Somebody tried to sign up with your address. A link in an earlier message takes your account back.")


def sign_up(address: str, stored_hash: str, app_name: str | None, state: str | None) -> User:
    """Make an account for a person who chose a password.

    Raises:
        EmailTakenError: the address belongs to another account.
    """
    user = create_user(address, is_self_made=True)
    store_hash(user.id, stored_hash)
    mail_verification(user, app_name, state)
    return user


def sign_up_by_mail(address: str) -> None:
    """Make an account for a person who will sign in by mail, unless there is one, or the address is kept for another.

    Nothing is mailed for it: the code or the link that it is opened with confirms the address.
    """
    if not is_taken(address):
        with suppress(EmailTakenError):  # by another request, in this instant
            create_user(address, is_self_made=True)
    else:
        mail_nobody(rows=2)  # as much as is written of a new account


def sign_up_by_link(address: str, app_name: str | None, client_id: str | None, state: str | None) -> bool:
    """Make an account that waits for its owner, unless there is one, and mail a link to take it over.

    False if somebody uses the account, or is to run this deployment: nothing is mailed then.
    """
    sign_up_by_mail(address)
    user = find_user_by_email(address)
    if user is None or user.is_admin or not is_waiting(user):
        end_tickets("", "sign_up")
        mail_nobody(rows=3)  # in the place of the link, and of what a new account is asked
        return False
    mail_sign_up(user, app_name, client_id, state)
    return True


def tell_owner(
    address: str, app_name: str | None, *, has_password: bool = True, may_lack_passkey: bool = False
) -> None:
    """Tell the owner of an address that somebody else tried to sign up with it: who has it, or may have it back.

    Args:
        address: as typed.
        app_name: of the app.
        has_password: whether passwords are on there.
        may_lack_passkey: whether the app takes a passkey alone, and who has none makes one on the way to it.
    """
    user, keeper = find_user_by_email(address), find_keeper(address)
    if user is not None:
        record(EventName.SIGNUP_REFUSED, user_id=user.id, outcome="refused")
        mail_signup_existing(user, app_name, has_password=has_password, may_lack_passkey=may_lack_passkey)
    elif keeper is not None:
        user_id, kept = keeper
        record(EventName.SIGNUP_REFUSED, user_id=user_id, outcome="refused", kept=True)
        mail_security_notice(get_user(user_id), _KEPT, to=kept)


def is_kept(address: str) -> bool:
    """Whether no account has the address, and one may have it back."""
    return find_user_by_email(address) is None and find_keeper(address) is not None
