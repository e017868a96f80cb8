"""A try at a second factor: counted before it is checked, in the buckets that all second factors share.

Six wrong codes of one factor are six wrong guesses at the next one, too.
"""

from collections.abc import Callable

from idp.domain.credentials.authentication import Attempt, Outcome
from idp.domain.credentials.devices import find_device
from idp.domain.credentials.throttle import buckets_for, clear, record_failure, too_many
from idp.domain.events.context import facts
from idp.domain.events.names import EventName
from idp.domain.events.recording import record
from idp.domain.users.models import User


def try_factor(user: User, name: str, device: str | None, is_right: Callable[[], bool]) -> Attempt:
    """Check what somebody gives as a second factor.

    Args:
        user: who has proved a first one.
        name: the factor, as the audit log says it.
        device: the cookie of devices on which accounts have logged in before.
        is_right: checks it and spends it; not called when too many were wrong before.
    """
    buckets = buckets_for(user.email, facts().ip or "", find_device(user.id, device), factor="second")
    who = {"user_id": user.id, "client_id": facts().client_id}
    wait = record_failure(buckets)
    if wait:
        told = {"factor": name, **too_many(wait)}
        record(EventName.LOGIN_THROTTLED, **who, outcome="refused", retry_after=wait, **told)
        return Attempt(outcome=Outcome.THROTTLED, user=user, retry_after=wait)
    if not is_right():
        reason = f"wrong {name}"
        told = {"reason": reason, "check": name, "expected": "one that is good now", "received": reason}
        record(EventName.LOGIN_FAILED, **who, outcome="refused", **told)
        return Attempt(outcome=Outcome.FAILED, user=user)
    clear(buckets)
    return Attempt(outcome=Outcome.SUCCEEDED, user=user)
