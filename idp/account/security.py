"""/account/security: how the person signs in, and where each of these ways is changed."""

from collections.abc import Iterable

from flask import Response, request

from idp.account.access import owner
from idp.account.pages import SecurityPage, WayLine
from idp.domain.credentials.passkeys import list_passkeys
from idp.domain.credentials.passwords import find_password_since
from idp.domain.credentials.recovery_codes import count_recovery_codes
from idp.domain.credentials.totp import find_totp_since
from idp.domain.tenant.login_policy import find_login_policy
from idp.infra.words import Moment, Words, say
from idp.web.pages import render

PATH = "/account/security"
NOTICES = {
    "password_changed": say("Your password is changed."),
    "password_set": say("Your password is set."),
    "password_removed": say("Your password is removed."),
    "totp_added": say("Your authenticator app is set up."),
    "totp_removed": say("Your authenticator app is removed."),
}


def show() -> Response:
    """What there is of each way that is on; what is set up is shown even where it is off now."""
    policy, session = find_login_policy(), owner()
    lines = _lines(session.user_id)
    page = SecurityPage(
        email=session.email,
        notice=NOTICES.get(request.args.get("notice", "")),
        firsts=_those(lines, policy.first, ("password", "passkey")),
        seconds=_those(lines, policy.second, ("totp", "recovery_code")),
        second_factor=policy.second_factor,
    )
    return render(page)


def _those(lines: dict[str, WayLine], are_on: Iterable[str], names: tuple[str, ...]) -> tuple[WayLine, ...]:
    return tuple(lines[name] for name in names if name in are_on or lines[name].is_on)


def _lines(user_id: str) -> dict[str, WayLine]:
    password, totp = find_password_since(user_id), find_totp_since(user_id)
    passkeys, codes = list_passkeys(user_id), count_recovery_codes(user_id)
    return {
        "password": WayLine(
            label=say("Password"),
            icon="lock",
            state=say("Set on {time}", time=Moment(password)) if password else say("No password"),
            url="/account/password",
            is_on=password is not None,
        ),
        "passkey": WayLine(
            label=say("Passkeys"),
            icon="fingerprint",
            state=_passkeys(len(passkeys), max((each.created_at for each in passkeys), default=0)),
            url="/account/passkeys",
            is_on=bool(passkeys),
        ),
        "totp": WayLine(
            label=say("Authenticator app"),
            icon="device",
            state=_app(totp),
            url="/account/totp",
            is_on=totp is not None,
        ),
        "recovery_code": WayLine(
            label=say("Recovery codes"),
            icon="list",
            state=say("{count} left", count=codes) if codes else say("None: make some for when your device is lost"),
            url="/account/recovery-codes",
            is_on=codes > 0,
            change=say("Make new"),
        ),
    }


def _passkeys(count: int, newest: int) -> Words:
    if not count:
        return say("None yet: sign in with your fingerprint, face or screen lock instead")
    if count == 1:
        return say("One, added on {time}", time=Moment(newest))
    return say("{count}, the newest added on {time}", count=count, time=Moment(newest))


def _app(since: tuple[int, int | None] | None) -> Words:
    if since is None:
        return say("Not set up: codes from an app on your phone")
    set_up, used = since
    if used is not None:
        return say("Last used on {time}", time=Moment(used))
    return say("Set up on {time}", time=Moment(set_up))
