"""Each page with each of its faces, filled in; and the mails. What tests render, and what one looks at."""

import json

from idp.admin.pages import (
    ApiChoice,
    AppCreatedPage,
    AppLine,
    FirstAppPage,
    HomePage,
    NextStep,
    ScopeChoice,
    SetupPage,
)
from idp.infra.words import Moment, say
from idp.login.pages import (
    ExpiredPage,
    ResetDonePage,
    ResetPasswordPage,
    ResetRequestPage,
    ResetSentPage,
    SignedInPage,
    VerifiedPage,
    VerifyEmailPage,
)
from idp.oauth.pages import FormPostPage, LoggedOutPage, LogoutPage, SessionPage, WebMessagePage
from idp.sample.pages import SampleAccountPage, SampleErrorPage, SampleHomePage, TokenView
from idp.web.pages import (
    ErrorPage,
    FailedCheck,
    MailboxPage,
    MailLine,
    MailView,
    OperatorErrorPage,
    Page,
)
from tests.web.samples_account import ACCOUNT_PAGES
from tests.web.samples_branding import BRANDING_PAGES
from tests.web.samples_codes import CODE_PAGES
from tests.web.samples_login import ACTION, APP, EMAIL, LOGIN_PAGES
from tests.web.samples_mail import MAIL_PAGES
from tests.web.samples_passkeys import PASSKEY_PAGES

ISSUER = "https://login.example.com/"
TIME = Moment(1_795_395_849)
CLAIMS = {"iss": ISSUER, "sub": "auth0|01JD9X", "aud": "https://api.example.com", "exp": 1795400000, "scope": "openid"}
RAW = "eyJhbGciOiJSUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6IkRmNkFnUUsifQ." * 6

_NO_ADDRESS = "Enter an e-mail address, like name@example.com."
_CREATED = {
    "issuer": ISSUER,
    "client_id": "kYq3vN8sT2mXw0RbL5cJ7fHd",
    "audience": "https://api.example.com",
    "home_url": "/admin",
}
_SECRET = "idp_cs_9vYtq0m4x7ZkR2sWfB1nPj8uLhEoGd6aCiVyTzXQw3M"
_ERROR = {
    "title": "This app’s link is not right",
    "message": "The app sent you here with an address to return to that it has not registered, so we stopped.",
    "advice": "Go back to the app and try again. If it goes on, give its support the reference below.",
    "reference": "7K3QF9XW2M",
    "time": TIME,
}
_CHECKS = (
    FailedCheck(
        check="redirect_uri is registered",
        expected="one of: https://fieldnotes.app/callback, http://localhost:3000/callback",
        received="https://fieldnotes.app/callback/?next=/home",
    ),
    FailedCheck(check="response_type is known", expected="code", received="(none)"),
)
_STEPS = (
    NextStep(title="Create the first administrator", detail="That is you.", done=True),
    NextStep(
        title="Register an app",
        detail="Credentials and code in three answers.",
        url="/admin/apps/new",
        label="Register",
    ),
    NextStep(title="Set up mail", detail="IDP_SMTP_URL sends verification and reset mails."),
)
_APIS = (
    ApiChoice(
        id="a1",
        name="Notes API",
        audience="https://api.example.com",
        scopes=(
            ScopeChoice(name="read:notes", description="Read your notes", is_ticked=True),
            ScopeChoice(name="write:notes", description=""),
        ),
        is_chosen=True,
    ),
    ApiChoice(id="a2", name="Weather", audience="urn:weather"),
)
_APPS = (
    AppLine(name="Fieldnotes", kind="web", client_id="kYq3vN8sT2mXw0RbL5cJ7fHd"),
    AppLine(name="Nightly report", kind="machine", client_id="Zb8LkQ1pV6tYx3WnRc0sJm5D"),
)
_MAILS = (
    MailLine(url="/dev/mailbox/2", to=EMAIL, subject="Choose a new password", time=TIME),
    MailLine(url="/dev/mailbox/1", to=EMAIL, subject="Confirm your e-mail address", time=Moment(1_795_395_520)),
)
_MAIL = MailView(
    sender="Sign-in <no-reply@localhost>",
    to=EMAIL,
    subject="Choose a new password",
    time=TIME,
    text=f"Someone asked for a new password.\n\nChoose it here:\n\n{ISSUER}u/reset-password?ticket={RAW[:43]}\n",
    html_url="/dev/mailbox/2/html",
)
_TOKENS = (
    TokenView(
        title="ID token",
        raw=RAW,
        claims=json.dumps(CLAIMS | {"email": EMAIL, "email_verified": True, "nonce": "n-0S6_WzA2Mj"}, indent=2),
        header='{\n  "alg": "RS256",\n  "typ": "JWT"\n}',
        expires="expires in 10 hours",
    ),
    TokenView(
        title="Access token",
        raw=RAW,
        claims=json.dumps(CLAIMS, indent=2),
        header='{\n  "alg": "RS256",\n  "typ": "at+jwt"\n}',
        expires="expires in 10 minutes",
    ),
    TokenView(title="Refresh token", raw="idp_rt_" + RAW[:43]),
)
_PERSON = {"issuer": ISSUER, "name": "Maria Lindqvist", "email": EMAIL, "tokens": _TOKENS}

PAGES: dict[str, Page] = {
    **LOGIN_PAGES,
    **MAIL_PAGES,
    **CODE_PAGES,
    "reset-request": ResetRequestPage(app=APP, action="/u/reset-password/request", login_url=ACTION),
    "reset-request-error": ResetRequestPage(action="/u/r", email="maria", email_error=_NO_ADDRESS),
    "reset-request-refused": ResetRequestPage(
        action="/u/r", email=EMAIL, error="Too many mails were asked for. Wait 15 minutes."
    ),
    "reset-sent": ResetSentPage(
        app=APP, email=EMAIL, expires_in=3600, login_url=ACTION, again_url="/u/reset-password/request"
    ),
    "reset-password": ResetPasswordPage(app=APP, action="/u/reset-password?ticket=t", email=EMAIL, min_length=10),
    "reset-password-error": ResetPasswordPage(
        action="/u/r",
        email=EMAIL,
        min_length=10,
        sign_out_everywhere=False,
        error="Not saved.",
        password_error="Too much like your e-mail address.",
    ),
    "reset-done": ResetDonePage(app=APP, login_url=ACTION, signed_out_everywhere=True),
    "reset-done-alone": ResetDonePage(signed_out_everywhere=False),
    "verify-email": VerifyEmailPage(app=APP, action="/u/verify-email?ticket=t", email=EMAIL),
    "verified": VerifiedPage(
        app=APP, email=EMAIL, continue_url="https://fieldnotes.app/", continue_label="Continue to Fieldnotes"
    ),
    "verified-alone": VerifiedPage(email=EMAIL, continue_url="/", continue_label="Sign in"),
    "signed-in": SignedInPage(email=EMAIL, switch_url="/u/login?switch=1"),
    "signed-in-admin": SignedInPage(email=EMAIL, continue_url="/admin", switch_url="/u/login?switch=1"),
    "expired": ExpiredPage(app=APP, action_url="/authorize/resume?state=h"),
    "expired-lost": ExpiredPage(action_url=None),
    "logout": LogoutPage(app=APP, action="/oidc/logout", email=EMAIL, hidden={"state": "a&b", "client_id": "kYq3"}),
    "logout-several": LogoutPage(
        app=APP, action="/oidc/logout", email=EMAIL, others=("maria@studio-lindqvist.example", "m@example.com")
    ),
    "logged-out-others-left": LoggedOutPage(accounts_url="/u/select-account"),
    "logged-out": LoggedOutPage(app=APP, continue_url="https://fieldnotes.app/"),
    "logged-out-frames": LoggedOutPage(
        app=APP,
        continue_url="https://fieldnotes.app/?state=a%26b",
        frames=("https://calendar.example/logout?iss=https%3A%2F%2Flogin.example.com%2F&sid=sid_x",),
    ),
    "web-message": WebMessagePage(target_origin="https://fieldnotes.app", response={"code": "a", "state": "<s>"}),
    "check-session": SessionPage(cookie="__Host-idp_op_state"),
    "logged-out-stayed": LoggedOutPage(stayed=True, action_url="/admin", action_label="Open the console"),
    "logged-out-alone": LoggedOutPage(),
    "form-post": FormPostPage(
        app_name="Fieldnotes", action="https://fieldnotes.app/callback", fields={"code": 'a"b', "state": "<s>"}
    ),
    "form-post-nameless": FormPostPage(action="https://fieldnotes.app/callback", fields={"submit": "x"}),
    "error": ErrorPage(**_ERROR, app=APP),
    "error-operator": OperatorErrorPage(**_ERROR, command="idp users list", action_url="/admin", checks=_CHECKS),
    "error-checks": ErrorPage(**_ERROR, checks=_CHECKS, action_url="/authorize/resume?state=h"),
    "setup": SetupPage(action="/setup?token=t", issuer=ISSUER, min_length=10),
    "setup-error": SetupPage(
        action="/setup?token=t",
        issuer=ISSUER,
        min_length=10,
        email="x",
        error="Not yet.",
        email_error="Enter an e-mail address.",
        password_error="Too short: 10 characters at least.",
    ),
    **BRANDING_PAGES,
    "first-app": FirstAppPage(action="/admin/apps/new", skip_url="/admin"),
    "first-app-error": FirstAppPage(
        action="/admin/apps/new",
        skip_url="/admin",
        first=False,
        name="Fieldnotes",
        kind="spa",
        callback="fieldnotes",
        error="Not registered yet.",
        name_error="Another app has this name.",
        callback_error="Start with https://, or http://localhost.",
    ),
    "first-app-machine": FirstAppPage(action="/admin/apps/new", skip_url="/admin", kind="machine"),
    "first-app-apis": FirstAppPage(
        action="/admin/apps/new", skip_url="/admin", first=False, name="Nightly report", kind="machine", apis=_APIS
    ),
    "first-app-api-error": FirstAppPage(
        action="/admin/apps/new",
        skip_url="/admin",
        name="Nightly report",
        kind="machine",
        apis=(_APIS[1],),
        no_api_chosen=True,
        api_error="Choose the API that it calls, or that it gets no access yet.",
    ),
    "app-web": AppCreatedPage(
        **_CREATED, name="Fieldnotes", kind="web", client_secret=_SECRET, callback="http://localhost:3000/callback"
    ),
    "app-spa": AppCreatedPage(**_CREATED, name="Fieldnotes", kind="spa", callback="http://localhost:3000/callback"),
    "app-native": AppCreatedPage(**_CREATED, name="Fieldnotes", kind="native", callback="http://127.0.0.1:8400/"),
    "app-native-scheme": AppCreatedPage(**_CREATED, name="Fieldnotes", kind="native", callback="app.fieldnotes:/in"),
    "app-machine": AppCreatedPage(
        **_CREATED,
        name="Nightly report",
        kind="machine",
        client_secret=_SECRET,
        api_name="Notes API",
        signing_alg="ES256",
        has_access=True,
        scopes=("read:notes", "write:notes"),
    ),
    "app-machine-no-access": AppCreatedPage(**_CREATED, name="Nightly report", kind="machine", client_secret=_SECRET),
    "home": HomePage(email=EMAIL, issuer=ISSUER, steps=_STEPS, apps=_APPS),
    "home-empty": HomePage(email=EMAIL, issuer=ISSUER, steps=_STEPS),
    "mailbox": MailboxPage(messages=_MAILS),
    "mailbox-empty": MailboxPage(),
    "mailbox-message": MailboxPage(messages=_MAILS, selected=_MAIL),
    "sample-home": SampleHomePage(issuer=ISSUER),
    "sample-home-notice": SampleHomePage(issuer=ISSUER, notice="You are signed out here and at the provider."),
    "sample-account": SampleAccountPage(**_PERSON, email_verified=True),
    "sample-account-api": SampleAccountPage(
        **_PERSON,
        email_verified=False,
        notice="Fresh tokens.",
        error="The API is not there.",
        api_answer='{\n  "hello": "auth0|01JD9X"\n}',
        api_status="200 OK",
        api_ok=True,
    ),
    "sample-error": SampleErrorPage(
        issuer=ISSUER,
        title="You did not sign in",
        message="You chose to come back without signing in.",
        code="access_denied",
    ),
    **ACCOUNT_PAGES,
    **PASSKEY_PAGES,
}

_LINK = ISSUER + "u/verify-email?ticket=" + RAW[:43]
_CODE: dict[str, str | int | None] = {"email": EMAIL, "app_name": "Fieldnotes", "expires_in": 3600, "ip": "203.0.113.7"}
#: Template, and in brackets which of its faces → what it is given.
_TAKEN: dict[str, str | int | None] = {
    "email": EMAIL,
    "app_name": None,
    "login_url": _LINK,
    "reset_url": _LINK + "2",
    "may_lack_passkey": False,
}
MAILS: dict[str, dict[str, str | int | None]] = {
    "verify_email": {
        "email": EMAIL,
        "app_name": "Fieldnotes",
        "url": _LINK,
        "expires_in": 86400,
        "when": 1795395849,
        "device": "Mozilla/5.0 (Windows NT 10.0; rv:130.0) Gecko/20100101 Firefox/130.0",
        "ip": "203.0.113.7",
    },
    "reset_password": {"email": EMAIL, "url": _LINK, "expires_in": 3600, "ip": "203.0.113.7"},
    "signup_existing": _TAKEN,
    "signup_existing (passkey)": {**_TAKEN, "app_name": "Fieldnotes", "reset_url": None},
    "signup_existing (first passkey)": {**_TAKEN, "reset_url": None, "may_lack_passkey": True},
    "sign_up": {"email": EMAIL, "app_name": "Fieldnotes", "url": _LINK, "expires_in": 3600},
    "password_changed": {"email": EMAIL, "when": 1795395849, "reset_url": _LINK},
    "sign_in": _CODE | {"code": "123 456", "url": _LINK},
    "sign_in (code)": _CODE | {"code": "003 456", "url": None},
    "sign_in (link)": _CODE | {"code": None, "url": _LINK},
    "change_email": {"email": EMAIL, "address": "maria@fieldnotes.app", "url": _LINK, "expires_in": 3600},
    "email_changed": {"email": EMAIL, "before": "old@a.example", "when": 1795395849, "url": _LINK, "expires_in": 3600},
    "account_deleted": {"email": EMAIL, "when": 1795395849},
    "invitation": {"email": EMAIL, "app_name": "Fieldnotes", "url": _LINK, "expires_in": 3600},
    "security_notice": {
        "email": EMAIL,
        "what": say("A passkey was added: {name}.", name="Maria’s laptop"),
        "when": 1795395849,
        "ip": "203.0.113.7",
        "reset_url": _LINK,
    },
}
