"""What follows when a person proves to read an address: it is confirmed, and whoever only claimed it is out.

Anybody can make an account with an address that they do not read, and wait for its owner. An address confirmed where
the account is not known is confirmed all the same, but remembered as such: whoever pressed the button may have
confirmed what another had made.
"""

from typing import Final

from idp.domain.credentials.devices import find_device
from idp.domain.events.names import EventName
from idp.domain.events.recording import record
from idp.domain.lifecycle.factors import drop_unproved_factors, remove_all_factors
from idp.domain.lifecycle.password_removal import drop_password
from idp.domain.lifecycle.users import end_everything
from idp.domain.users.accounts import mark_email_verified
from idp.domain.users.models import User
from idp.domain.users.tickets import end_tickets
from idp.infra import clock
from idp.infra.words import say

_OWNER: Final = "the owner of the address"
_CLAIMED: Final = say(
    "The password was removed: it was chosen before the address was confirmed. You can choose another."
)
#: So long after "yes, that was me" on a device unknown to the account it may still have been a mistake.
_IN_DOUBT_SECONDS: Final = 30 * 86400


def is_mere_claim(user: User) -> bool:
    """Whether who set the account up may be another than who reads its address."""
    at = user.confirmed_elsewhere_at
    return not user.email_verified or (at is not None and clock.now() - at < _IN_DOUBT_SECONDS)


def confirm_address(user: User, *, is_here: bool) -> None:
    """The button of the confirmation mail was pressed; `is_here`: where the account is signed in, or was."""
    mark_email_verified(user)
    user.confirmed_elsewhere_at = None if is_here else clock.now()


def confirm_own_address(user: User) -> None:
    """Who signed in with something of the account also read a mail to it: that is one person."""
    user.confirmed_elsewhere_at = None


def settle_address(user: User, device: str | None) -> bool:
    """Confirm the address of who opened what was mailed there; second factors that another may have set up go.

    Args:
        user: who reads the address.
        device: the cookie of devices on which accounts have logged in before.

    Returns:
        Whether all that was set up is the same person's.
    """
    if not is_mere_claim(user):
        return True
    if not user.email_verified:
        mark_email_verified(user)
    user.confirmed_elsewhere_at = None
    if find_device(user.id, device) is not None:
        return True
    user.language = None
    drop_unproved_factors(user)
    return False


def prove_address(user: User, device: str | None) -> None:
    """Confirm the address of who signs in with what was mailed there.

    What was set before its owner came counts no more, unless it was on this device: then it is the same person.

    Args:
        user: who signs in.
        device: the cookie of devices on which accounts have logged in before.
    """
    if settle_address(user, device):
        return
    end_everything(user, "the address was confirmed by its owner")
    drop_password(user, _OWNER, _CLAIMED)


def disown_account(user: User) -> None:
    """Who reads the address did not make the account: nobody keeps anything, and the address is not confirmed."""
    end_everything(user, "the owner of the address did not make the account")
    remove_all_factors(user, _OWNER)
    drop_password(user, _OWNER, notice=None)
    user.email_verified, user.confirmed_elsewhere_at = False, None
    end_tickets(user.id, "verify_email", "reset_password", "invite", "change_email")
    record(EventName.ACCOUNT_DISOWNED, user_id=user.id)
