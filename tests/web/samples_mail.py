"""The pages of codes, links and invitations by mail, with each of their faces."""

from idp.infra.words import Moment, say
from idp.login.mail_pages import (
    ConfirmEmailPage,
    ElsewherePage,
    EmailCodePage,
    InvitationPage,
    InvitedPage,
    MagicLinkPage,
)
from idp.login.pages import DisownedPage, VerifyEmailPage
from idp.web.pages import AppView, Page

EMAIL = "maria.lindqvist@example.com"
ACTION = "/u/login?state=hKFo2SBxYz"
APP = AppView(name="Fieldnotes", host="fieldnotes.app", terms_url="https://fieldnotes.app/terms")
_MAILED = {
    "app": APP,
    "action": "/u/email-code?state=h&sent=s",
    "masked": "m•••t@example.com",
    "expires_in": 600,
    "pause": 24,
}
_CONFIRM = {
    "app": APP,
    "action": "/u/confirm-email?state=h",
    "email": EMAIL,
    "expires_in": 259200,
    "pause": 24,
    "switch_url": ACTION,
}

MAIL_PAGES: dict[str, Page] = {
    "email-code": EmailCodePage(**_MAILED, has_code=True, has_link=False, change_url=ACTION, other_url=ACTION),
    "email-code-both": EmailCodePage(
        **_MAILED, has_code=True, has_link=True, change_url=ACTION, notice="Another message is on its way."
    ),
    "email-code-link": EmailCodePage(**_MAILED, has_code=False, has_link=True, change_url=ACTION, other_url=ACTION),
    "email-code-wrong": EmailCodePage(
        **_MAILED,
        has_code=True,
        has_link=False,
        change_url=ACTION,
        code_error="That is not the code. Look at the newest message, and type its six digits.",
    ),
    "email-code-throttled": EmailCodePage(
        **_MAILED, has_code=True, has_link=False, change_url=ACTION, other_url=ACTION, retry_after=290
    ),
    "email-code-early": EmailCodePage(
        **_MAILED, has_code=True, has_link=False, change_url=ACTION, error="A message was sent a moment ago."
    ),
    "email-code-second": EmailCodePage(**_MAILED, has_code=True, has_link=False, other_url="/o", switch_url=ACTION),
    "magic-link": MagicLinkPage(app=APP, action="/u/magic-link?link=l", masked="m•••t@example.com"),
    "elsewhere": ElsewherePage(has_code=True, login_url="/u/login"),
    "elsewhere-link": ElsewherePage(app=APP, has_code=False, login_url="/u/login"),
    "confirm-email": ConfirmEmailPage(**_CONFIRM),
    "confirm-email-again": ConfirmEmailPage(**_CONFIRM, notice="Another message is on its way."),
    "confirm-email-not-yet": ConfirmEmailPage(**_CONFIRM, error="It is not confirmed yet."),
    "invitation": InvitationPage(app=APP, action="/u/invitation?ticket=t", email=EMAIL, min_length=10),
    "invitation-error": InvitationPage(
        app=APP,
        action="/u/invitation?ticket=t",
        email=EMAIL,
        min_length=10,
        has_other=False,
        password_error="Too short: 10 characters at least.",
    ),
    "invitation-no-password": InvitationPage(
        app=APP, action="/u/invitation?ticket=t", email=EMAIL, min_length=10, has_password=False
    ),
    "invited": InvitedPage(
        app=APP, email=EMAIL, continue_url="https://fieldnotes.app/", continue_label="Continue to Fieldnotes"
    ),
    "verify-email-elsewhere": VerifyEmailPage(
        app=APP,
        action="/u/verify-email?ticket=t",
        email=EMAIL,
        made_at=Moment(1795395849),
        device=say("{browser} on {system}", browser="Firefox", system="Windows"),
    ),
    "verify-email-elsewhere-unknown": VerifyEmailPage(action="/u/v?ticket=t", email=EMAIL, made_at=Moment(1795395849)),
    "disowned": DisownedPage(reset_url="/u/reset-password", login_url=ACTION),
}
