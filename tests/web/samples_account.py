"""Each page of the account with each of its faces, filled in."""

import dataclasses

from idp.account.pages import (
    AccessLine,
    ActivityPage,
    AppsPage,
    DataPage,
    DeletedPage,
    DeletePage,
    EmailConfirmPage,
    EmailExpiredPage,
    EmailPage,
    EmailSentPage,
    EmailTakenPage,
    EventLine,
    NameField,
    PasswordPage,
    PasswordRemovePage,
    ProfilePage,
    SecurityPage,
    SessionLine,
    SessionsPage,
    WayLine,
)
from idp.infra.words import Moment, say
from idp.login.pages import UndoEmailPage
from idp.web.pages import AppView, Page
from idp.web.scope_words import scope_lines

EMAIL = "maria.lindqvist@example.com"
_AT = Moment(1795395849)
_PASSWORD = WayLine(
    label=say("Password"),
    icon="lock",
    state=say("Set on {time}", time=_AT),
    url="/account/password",
    is_on=True,
)
_PASSKEYS = WayLine(
    label=say("Passkeys"),
    icon="fingerprint",
    state=say("None yet: sign in with your fingerprint, face or screen lock instead"),
    url="/account/passkeys",
    is_on=False,
)
_TOTP = WayLine(
    label=say("Authenticator app"),
    icon="device",
    state=say("Not set up: codes from an app on your phone"),
    url="/account/totp",
    is_on=False,
)
_CODES = WayLine(
    label=say("Recovery codes"),
    change=say("Make new"),
    icon="list",
    state=say("{count} left", count=10),
    url="/account/recovery-codes",
    is_on=True,
)

_NAMES = (
    NameField(id="name", label=say("Full name"), value="Maria Lindqvist", autocomplete="name"),
    NameField(id="given_name", label=say("Given name"), value="Maria", autocomplete="given-name"),
    NameField(id="family_name", label=say("Family name"), value="Lindqvist", autocomplete="family-name"),
    NameField(id="nickname", label=say("What apps may call you"), value="", autocomplete="nickname"),
)
_CHROME = say("{browser} on {system}", browser="Chrome", system="Windows")
_PHONE = say("{browser} on {system}", browser="Safari", system="iPhone")
_SESSIONS = (
    SessionLine(
        sid="sid_1", device=_CHROME, icon="browser", address="203.0.113.7", began=_AT, last_used=_AT, is_this=True
    ),
    SessionLine(
        sid="sid_2", device=_PHONE, icon="device", address="2001:db8::7", began=_AT, last_used=_AT, is_this=False
    ),
    SessionLine(
        sid="sid_3",
        device=say("Unknown device"),
        icon="terminal",
        address=None,
        began=_AT,
        last_used=_AT,
        is_this=False,
    ),
)
_APPS = (
    AccessLine(
        client_id="kYq3",
        app=AppView(name="Fieldnotes", host="fieldnotes.app"),
        scopes=scope_lines(["openid", "profile", "email", "offline_access"], {}),
        since=_AT,
    ),
    AccessLine(
        client_id="Zb8L",
        app=AppView(name="Calendar Helper", third_party=True),
        scopes=scope_lines(["openid", "read:calendar"], {"read:calendar": "Read the events in your calendar"}),
        since=_AT,
    ),
)
_EVENTS = (
    EventLine(
        what=say("Signed in to {app}", app="Fieldnotes"), icon="check", at=_AT, device=_CHROME, address="203.0.113.7"
    ),
    EventLine(
        what=say("Somebody tried to sign in with a wrong password"),
        icon="alert",
        at=_AT,
        device=_PHONE,
        address="2001:db8:1234:5678::7",
        is_bad=True,
    ),
    EventLine(what=say("The account was made"), icon="user", at=_AT, device=None, address=None),
)

ACCOUNT_PAGES: dict[str, Page] = {
    "account-profile": ProfilePage(email=EMAIL, names=_NAMES, notice=say("Saved.")),
    "account-profile-picture": ProfilePage(
        email=EMAIL, names=_NAMES, picture_url="/static/0/favicon.svg", email_verified=False
    ),
    "account-profile-error": ProfilePage(
        email=EMAIL,
        names=(dataclasses.replace(_NAMES[0], error=say("Use at most {count} characters.", count=100)), *_NAMES[1:]),
    ),
    "account-picture-error": ProfilePage(
        email=EMAIL,
        names=_NAMES,
        picture_error=say("This file is not a picture that can be used. Choose a PNG, JPEG or WebP file."),
    ),
    "account-email": EmailPage(email=EMAIL),
    "account-email-error": EmailPage(email=EMAIL, value="maria", error="Enter an address, like name@example.com."),
    "account-email-sent": EmailSentPage(email=EMAIL, address="maria@fieldnotes.app", expires_in=3600),
    "account-email-confirm": EmailConfirmPage(
        email=EMAIL, action="/account/email/confirm?ticket=t", address="maria@fieldnotes.app"
    ),
    "undo-email": UndoEmailPage(action="/u/undo-email?ticket=t", email=EMAIL),
    "undo-email-claimed": UndoEmailPage(action="/u/undo-email?ticket=t", email=EMAIL, is_claimed=True),
    "account-email-expired": EmailExpiredPage(email=EMAIL),
    "account-email-taken": EmailTakenPage(
        email=EMAIL,
        message=say(
            "Another account has {email} by now, or had it until lately and may still have it back.",
            email="maria@fieldnotes.app",
        ),
    ),
    "account-password": PasswordPage(email=EMAIL, min_length=15, has_password=True, asks_current=True, can_remove=True),
    "account-password-error": PasswordPage(
        email=EMAIL,
        min_length=15,
        has_password=True,
        asks_current=True,
        can_remove=False,
        sign_out_everywhere=False,
        current_error=say("That is not your password."),
        password_error="Too much like your e-mail address.",
    ),
    "account-password-first": PasswordPage(
        email=EMAIL, min_length=15, has_password=False, asks_current=False, can_remove=False
    ),
    "account-password-remove": PasswordRemovePage(email=EMAIL),
    "account-password-only": PasswordRemovePage(
        email=EMAIL, error=say("Your password is your only way in. Add a passkey first, then remove it.")
    ),
    "account-sessions": SessionsPage(email=EMAIL, sessions=_SESSIONS, more=5, notice=say("That device is signed out.")),
    "account-sessions-one": SessionsPage(email=EMAIL, sessions=_SESSIONS[:1]),
    "account-apps": AppsPage(email=EMAIL, apps=_APPS),
    "account-apps-none": AppsPage(email=EMAIL, apps=()),
    "account-activity": ActivityPage(
        email=EMAIL, events=_EVENTS, older_url="/account/activity?before=7", newest_url="/account/activity"
    ),
    "account-activity-none": ActivityPage(email=EMAIL, events=()),
    "account-data": DataPage(email=EMAIL),
    "account-delete": DeletePage(email=EMAIL, is_last_administrator=False),
    "account-delete-error": DeletePage(
        email=EMAIL,
        is_last_administrator=False,
        typed="maria@",
        error=say("That is not the e-mail address of this account. Type it as it stands above."),
    ),
    "account-delete-last": DeletePage(email=EMAIL, is_last_administrator=True),
    "account-deleted": DeletedPage(),
    "account-security": SecurityPage(
        email=EMAIL, firsts=(_PASSWORD, _PASSKEYS), seconds=(_TOTP, _CODES), second_factor="optional"
    ),
    "account-security-required": SecurityPage(email=EMAIL, firsts=(), seconds=(_TOTP,), second_factor="required"),
}
