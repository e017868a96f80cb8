"""What follows when a second factor comes or goes: the log says it, its owner is told, logins that wait end."""

from collections.abc import Collection, Sequence

from idp.domain.credentials.factors import OWN_FACTORS, enrolled_factors
from idp.domain.credentials.passkeys import delete_passkeys
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
from idp.domain.users.standing import hold_standing
from idp.infra.words import say

TOTP = "totp"
PASSKEY = "passkey"
RECOVERY_CODE = "recovery_code"
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
    record(EventName.FACTOR_REMOVED, user_id=user.id, factor=RECOVERY_CODE, by=_OWNER)
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
    removed, _ = _remove(user, _OPERATOR)
    if removed:
        mail_security_notice(user, say("The second step of your sign-in was reset by the people who run it."))
    return removed


def drop_unproved_factors(user: User) -> None:
    """Forget what was set up before the address was confirmed: whoever did it may not be who reads the address.

    A passkey is a way in by itself: left there, it would let the one in who only claimed the address.
    """
    _remove_and_tell(user, "the owner of the address")


def drop_factors_since(user: User, since: int) -> None:
    """Forget what was added at that second or later, by whoever had taken the account; what was there before stays."""
    _remove_and_tell(user, "the owner of the address before", since)


def remove_all_factors(user: User, by: str) -> list[str]:
    """Take all second factors away, and tell nobody; which there were."""
    return _remove(user, by)[0]


def _remove_and_tell(user: User, by: str, since: int = 0) -> None:
    removed, passkeys = _remove(user, by, since)
    for name in passkeys:
        mail_security_notice(user, say("A passkey was removed from your account: {name}.", name=name))
    if TOTP in removed:
        mail_security_notice(user, _REMOVED)
    if RECOVERY_CODE in removed:
        mail_security_notice(user, say("The recovery codes of your account were removed."))


def _remove(user: User, by: str, since: int = 0) -> tuple[list[str], Sequence[str]]:
    """Take what was added since: which factors there were, and what the passkeys among them were called."""
    lock_factors(user)
    passkeys = delete_passkeys(user.id, since)
    found = {PASSKEY: passkeys, RECOVERY_CODE: remove_recovery_codes(user.id, since), TOTP: remove_totp(user.id, since)}
    removed = [name for name, was_there in found.items() if was_there]
    for name in removed:
        record(EventName.FACTOR_REMOVED, user_id=user.id, factor=name, by=by)
    end_pending_of_user(user.id)
    return removed, passkeys


def lock_factors(user: User) -> None:
    """One change of a person's factors at a time: two removals must not each leave the other's to be the last."""
    hold_standing(user.id)
