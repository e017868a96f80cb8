"""What follows when a passkey comes, goes or is renamed: the log says it, its owner is told, logins that wait end."""

from idp.domain.credentials.factors import enrolled_factors
from idp.domain.credentials.models import Passkey
from idp.domain.credentials.passkeys import create_passkey, delete_passkey, get_passkey, list_passkeys, rename_passkey
from idp.domain.events.names import EventName
from idp.domain.events.recording import record
from idp.domain.lifecycle.factors import PASSKEY, drop_codes_of_last_factor, lock_factors, refuse_last_factor
from idp.domain.lifecycle.ways_in import LastWayInError, ways_in
from idp.domain.sessions.pending_logins import end_pending_of_user
from idp.domain.tenant.login_policy import find_login_policy
from idp.domain.users.mails import mail_security_notice
from idp.domain.users.models import User
from idp.infra.words import say


def add_passkey(user: User, text: str, browser: str | None, pending: str | None = None) -> Passkey:
    """Let a passkey that was made in this browser count.

    Args:
        user: whose it is.
        text: what the authenticator answered, in JSON.
        browser: the id of the browser.
        pending: the cookie of the login that goes on with it; the others end.

    Raises:
        PasskeyRefusedError: it was not accepted.
    """
    lock_factors(user)
    added = create_passkey(text, browser, user)
    record(EventName.FACTOR_ADDED, user_id=user.id, factor=PASSKEY, passkey=added.id)
    mail_security_notice(user, say("A passkey was added to your account: {name}.", name=added.name))
    end_pending_of_user(user.id, keep=pending)
    return added


def name_passkey(user: User, passkey_id: str, name: str) -> None:
    """Call a passkey what its owner calls it.

    Raises:
        NotFoundError: it is not this person's.
        InvalidInputError: the name cannot be shown.
    """
    before = get_passkey(user.id, passkey_id).name
    after = rename_passkey(user.id, passkey_id, name).name
    if after == before:
        return
    record(EventName.PASSKEY_RENAMED, user_id=user.id, passkey=passkey_id)
    what = say("A passkey of your account was renamed: {before} is now {after}.", before=before, after=after)
    mail_security_notice(user, what)


def drop_passkey(user: User, passkey_id: str) -> None:
    """Forget a passkey, and with the last factor the recovery codes.

    Raises:
        NotFoundError: it is not this person's.
        LastFactorError: a second factor is required, and this is the last.
        LastWayInError: there would be no other way in.
    """
    lock_factors(user)
    get_passkey(user.id, passkey_id)
    left = set(enrolled_factors(user.id))
    if len(list_passkeys(user.id)) == 1:
        left.discard(PASSKEY)
        if not ways_in(user) - {PASSKEY}:
            raise LastWayInError(say("This passkey is your only way in. Add another one first, then remove this."))
    refuse_last_factor(find_login_policy(), left)
    name = delete_passkey(user.id, passkey_id)
    with_codes = drop_codes_of_last_factor(user, left)
    record(EventName.FACTOR_REMOVED, user_id=user.id, factor=PASSKEY, by="the user", passkey=passkey_id)
    what = say("A passkey was removed from your account: {name}.", name=name)
    if with_codes:
        what = say("A passkey was removed from your account, and the recovery codes with it: {name}.", name=name)
    mail_security_notice(user, what)
    end_pending_of_user(user.id)
