"""What follows when a person proves to read an address: it is confirmed, and whoever only claimed it is out."""

from idp.domain.credentials.devices import find_device
from idp.domain.credentials.passwords import has_password, remove_password
from idp.domain.lifecycle.factors import drop_unproved_factors
from idp.domain.lifecycle.users import end_everything
from idp.domain.users.accounts import mark_email_verified
from idp.domain.users.mails import mail_security_notice
from idp.domain.users.models import User
from idp.infra.words import say


def prove_address(user: User, device: str | None) -> None:
    """Confirm the address of who signs in with what was mailed there.

    Anybody can make an account with an address that they do not read, and wait for its owner. So what was set before
    the address was confirmed counts no more, unless it was on this device: then it is the same person.

    Args:
        user: who signs in.
        device: the cookie of devices on which accounts have logged in before.
    """
    if user.email_verified:
        return
    mark_email_verified(user)
    if find_device(user.id, device) is not None:
        return
    end_everything(user, "the address was confirmed by its owner")
    drop_unproved_factors(user)
    if has_password(user.id):
        remove_password(user.id)
        mail_security_notice(
            user,
            say("The password was removed: it was chosen before the address was confirmed. You can choose another."),
        )
