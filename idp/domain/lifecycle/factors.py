"""What follows when a second factor comes or goes: the log says it, its owner is told, logins that wait end."""

from collections.abc import Collection

from sqlalchemy import delete, select

from idp.domain.credentials.factors import OWN_FACTORS, enrolled_factors
from idp.domain.credentials.models import Passkey
from idp.domain.credentials.recovery_codes import (
    count_recovery_codes,
    remove_recovery_codes,
    renew_recovery_codes,
    use_recovery_code,
)
from idp.domain.credentials.totp import confirm_totp, remove_totp
from idp.domain.errors import DomainError
from idp.domain.events.names import EventName
from idp.domain.events.recording import record
from idp.domain.sessions.pending_logins import end_pending_of_user
from idp.domain.tenant.login_policy import LoginPolicy, find_login_policy
from idp.domain.users.mails import mail_security_notice
from idp.domain.users.models import User
from idp.infra.db import db
from idp.infra.words import say

TOTP = "totp"
_OPERATOR = "an operator"
_OWNER = "the user"
_ADDED = say("An authenticator app was added to your account.")
_REPLACED = say("The authenticator app of your account was replaced by another one.")
_REMOVED = say("The authenticator app was removed from your account.")
_REMOVED_WITH_CODES = say("The authenticator app was removed from your account, and the recovery codes with it.")


class LastFactorError(DomainError):
    """The last second factor of a person who has to have one."""


def add_totp(user: User, browser: str, code: str, pending: str | None = None) -> bool:
    """Let the authenticator app set up in this browser count, if the code is right.

    Args:
        user: whose it is.
        browser: as `begin_totp` was told.
        code: as typed.
        pending: the cookie of the login that goes on with it; the others end.
    """
    lock_factors(user)
    is_replaced = TOTP in enrolled_factors(user.id)
    if not confirm_totp(user.id, browser, code):
        return False
    if is_replaced:
        record(EventName.FACTOR_REMOVED, user_id=user.id, factor=TOTP, by=_OWNER)
    record(EventName.FACTOR_ADDED, user_id=user.id, factor=TOTP)
    mail_security_notice(user, _REPLACED if is_replaced else _ADDED)
    end_pending_of_user(user.id, keep=pending)
    return True


def drop_totp(user: User) -> None:
    """Forget the person's authenticator app, and with the last factor the recovery codes.

    Raises:
        LastFactorError: a second factor is required, and this is the last.
    """
    lock_factors(user)
    left = enrolled_factors(user.id) - {TOTP}
    refuse_last_factor(find_login_policy(), left)
    if not remove_totp(user.id):
        return
    with_codes = drop_codes_of_last_factor(user, left)
    record(EventName.FACTOR_REMOVED, user_id=user.id, factor=TOTP, by=_OWNER)
    mail_security_notice(user, _REMOVED_WITH_CODES if with_codes else _REMOVED)
    end_pending_of_user(user.id)


def drop_codes_of_last_factor(user: User, left: Collection[str]) -> bool:
    """Forget the recovery codes where no factor is left that they could stand for; whether any went."""
    if OWN_FACTORS & set(left) or not remove_recovery_codes(user.id):
        return False
    record(EventName.FACTOR_REMOVED, user_id=user.id, factor="recovery_code", by=_OWNER)
    return True


def refuse_last_factor(policy: LoginPolicy, left: Collection[str]) -> None:
    """Keep a person from removing what they could not sign in without.

    Raises:
        LastFactorError: a second factor is required, and none of `left` is one that is on.
    """
    if policy.second_factor == "required" and not OWN_FACTORS & set(left) & set(policy.second):
        raise LastFactorError(
            say("A second step is required here, and this is your last one. Add another one first, then remove this.")
        )


def make_recovery_codes(user: User, *, is_told: bool = True) -> tuple[str, ...]:
    """Ten new codes, to be shown once; those before are good no more.

    `is_told` is False where they come with a factor, of which the mail tells.
    """
    lock_factors(user)
    codes = renew_recovery_codes(user.id)
    record(EventName.RECOVERY_CODES_MADE, user_id=user.id)
    if is_told:
        mail_security_notice(user, say("New recovery codes were made for your account."))
    return codes


def spend_recovery_code(user: User, typed: str) -> bool:
    """Spend a code, in the transaction that signs in; its owner is told."""
    if not use_recovery_code(user.id, typed):
        return False
    record(EventName.RECOVERY_CODE_USED, user_id=user.id, left=count_recovery_codes(user.id))
    mail_security_notice(user, say("A recovery code was used to sign in to your account."))
    return True


def reset_factors(user: User) -> list[str]:
    """Take all second factors from a person who lost them; which there were."""
    removed = remove_all_factors(user, _OPERATOR)
    if removed:
        mail_security_notice(user, say("The second step of your sign-in was reset by the people who run it."))
    return removed


def drop_unproved_factors(user: User) -> None:
    """Forget what was set up before the address was confirmed: whoever did it may not be who reads the address.

    A passkey is a way in by itself: left there, it would let the one in who only claimed the address.
    """
    passkeys = db.session.execute(select(Passkey.name).where(Passkey.user_id == user.id)).scalars().all()
    removed = remove_all_factors(user, "the owner of the address")
    for name in passkeys:
        mail_security_notice(user, say("A passkey was removed from your account: {name}.", name=name))
    if TOTP in removed:
        mail_security_notice(user, _REMOVED)


def remove_all_factors(user: User, by: str) -> list[str]:
    """Take all second factors away, and tell nobody; which there were."""
    lock_factors(user)
    removed = sorted(enrolled_factors(user.id))
    remove_totp(user.id)
    remove_recovery_codes(user.id)
    db.session.execute(delete(Passkey).where(Passkey.user_id == user.id))
    for name in removed:
        record(EventName.FACTOR_REMOVED, user_id=user.id, factor=name, by=by)
    end_pending_of_user(user.id)
    return removed


def lock_factors(user: User) -> None:
    """One change of a person's factors at a time: two removals must not each leave the other's to be the last."""
    db.session.execute(select(User.id).where(User.id == user.id).with_for_update())
