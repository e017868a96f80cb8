"""What events of the audit log mean to the person whom they happened to; those that mean nothing have no words here."""

from collections.abc import Callable
from dataclasses import dataclass

from idp.domain.clients.queries import find_client
from idp.domain.events.models import Event
from idp.domain.events.names import EventName
from idp.infra.words import Words, say


@dataclass(frozen=True, slots=True)
class Telling:
    """How an event is told. `is_bad`: its owner should look twice."""

    what: Words | Callable[[Event], Words]
    icon: str
    is_bad: bool = False


def tell(event: Event) -> tuple[Words, Telling]:
    """The sentence of an event, and how it is shown."""
    telling = TOLD[EventName(event.name)]
    return (telling.what if isinstance(telling.what, Words) else telling.what(event)), telling


def _app(event: Event) -> str | None:
    client = find_client(event.client_id) if event.client_id else None
    return client.name if client is not None else None


def _signed_in(event: Event) -> Words:
    app = _app(event)
    return say("Signed in to {app}", app=app) if app else say("Signed in")


def _failed(event: Event) -> Words:
    if (event.details or {}).get("reason") == "wrong password":
        return say("Somebody tried to sign in with a wrong password")
    return say("A sign-in failed")


def _factor_added(event: Event) -> Words:
    is_passkey = (event.details or {}).get("factor") == "passkey"
    return say("A passkey was added") if is_passkey else say("An authenticator app was added")


def _factor_removed(event: Event) -> Words:
    factor = (event.details or {}).get("factor")
    if factor == "recovery_code":
        return say("The recovery codes were removed")
    return say("A passkey was removed") if factor == "passkey" else say("The authenticator app was removed")


def _allowed(event: Event) -> Words:
    return say("{app} was allowed to use your account", app=_app(event) or say("An app"))


def _withdrawn(event: Event) -> Words:
    return say("{app} can no longer use your account", app=_app(event) or say("An app"))


def _denied(event: Event) -> Words:
    return say("{app} was not allowed to use your account", app=_app(event) or say("An app"))


TOLD: dict[EventName, Telling] = {
    EventName.LOGIN_SUCCEEDED: Telling(_signed_in, "check"),
    EventName.LOGIN_FAILED: Telling(_failed, "alert", is_bad=True),
    EventName.LOGIN_THROTTLED: Telling(say("Signing in was paused after too many wrong tries"), "alert", is_bad=True),
    EventName.LOGIN_MAILED: Telling(say("A sign-in e-mail was requested"), "mail"),
    EventName.LOGOUT: Telling(say("Signed out"), "out"),
    EventName.USER_CREATED: Telling(say("The account was made"), "user"),
    EventName.USER_BLOCKED: Telling(say("The account was blocked"), "alert", is_bad=True),
    EventName.USER_UNBLOCKED: Telling(say("The account was unblocked"), "check"),
    EventName.PROFILE_CHANGED: Telling(say("The profile was changed"), "user"),
    EventName.DATA_EXPORTED: Telling(say("The data of the account was downloaded"), "download"),
    EventName.SIGNUP_REFUSED: Telling(say("Somebody tried to sign up with your e-mail address"), "alert", is_bad=True),
    EventName.EMAIL_VERIFIED: Telling(say("The e-mail address was confirmed"), "mail"),
    EventName.ACCOUNT_DISOWNED: Telling(say("You said that you did not make this account"), "shield"),
    EventName.EMAIL_CHANGE_REQUESTED: Telling(say("Another e-mail address was requested"), "mail"),
    EventName.EMAIL_CHANGED: Telling(say("The e-mail address was changed"), "mail"),
    EventName.PASSWORD_RESET_REQUESTED: Telling(say("A link to choose a new password was requested"), "mail"),
    EventName.PASSWORD_CHANGED: Telling(say("The password was changed"), "lock"),
    EventName.PASSWORD_REMOVED: Telling(say("The password was removed"), "lock"),
    EventName.FACTOR_ADDED: Telling(_factor_added, "shield"),
    EventName.FACTOR_REMOVED: Telling(_factor_removed, "shield"),
    EventName.PASSKEY_RENAMED: Telling(say("A passkey was renamed"), "fingerprint"),
    EventName.PASSKEY_COPY_SUSPECTED: Telling(
        say("A passkey was refused: it may have been copied"), "alert", is_bad=True
    ),
    EventName.RECOVERY_CODES_MADE: Telling(say("New recovery codes were made"), "list"),
    EventName.RECOVERY_CODE_USED: Telling(say("A recovery code was used"), "list"),
    EventName.CONSENT_GIVEN: Telling(_allowed, "app"),
    EventName.CONSENT_WITHDRAWN: Telling(_withdrawn, "app"),
    EventName.CONSENT_DENIED: Telling(_denied, "app"),
}
