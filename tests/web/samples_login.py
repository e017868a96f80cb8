"""The pages of sign-in, sign-up, second steps and consent, with each of their faces."""

from idp.login.account_choice_page import AccountLine, SelectAccountPage
from idp.login.pages import (
    CheckMailPage,
    ConsentPage,
    FactorChoicePage,
    FactorLine,
    LoginPage,
    NoFactorPage,
    PasswordPage,
    SignupPage,
)
from idp.login.passkey_pages import FirstPasskeyPage, PasskeyOfferPage, PasskeyPage, PasskeySetUpPage
from idp.web.pages import AppView, Page, static_url
from idp.web.passkeys import PasskeyForm
from idp.web.people import Portrait
from idp.web.scope_words import scope_lines

EMAIL = "maria.lindqvist@example.com"
ACTION = "/u/login?state=hKFo2SBxYz"
APP = AppView(
    name="Fieldnotes",
    host="fieldnotes.app",
    terms_url="https://fieldnotes.app/terms",
    privacy_url="https://fieldnotes.app/privacy",
    support_url="https://fieldnotes.app/support",
    terms_by="Fieldnotes",
)
LOGO_APP = AppView(name="Fieldnotes", host="fieldnotes.app", logo_url="/static/0/favicon.svg")
LONG_APP = AppView(
    name="Donaudampfschifffahrtsgesellschaftsverwaltung",
    host="example.de",
    privacy_url="https://a.de/",
    terms_by="Donau",
)
STRANGER = AppView(name="Calendar Helper", host="calendar-helper.example", third_party=True)

_RESET = "/u/reset-password/request?state=h"
_NO_ADDRESS = "Enter an e-mail address, like name@example.com."
_LATE = "That took too long, or was done before. Try again."
_NO_MATCH = "That e-mail address and password do not match. Try again, or choose a new password."
_WAYS = (
    FactorLine(label="Authenticator app", icon="device", url="/u/code?state=h"),
    FactorLine(label="Recovery code", icon="key", url="/u/recovery?state=h"),
)
_FACTOR = {"app": APP, "email": EMAIL, "switch_url": "/u/login?state=h&switch=1"}
_OTHER = "/u/second-factor?state=h&other=1"
_OPTIONS = '{"challenge":"a","rpId":"localhost","allowCredentials":[]}'
_PASSKEY = PasskeyForm(action="/u/passkey?state=h", options=_OPTIONS)
_NEW_PASSKEY = PasskeyForm(action="/u/passkey/offer?state=h", creates=True, options=_OPTIONS)
_AUTOFILL = PasskeyForm(action="/u/passkey/sign-in?state=h", options_url="/u/passkey/options")
_LOGIN = {"app": APP, "action": ACTION, "reset_url": _RESET, "signup_url": "/u/signup?state=h"}
_PASSWORD = {**_FACTOR, "action": "/u/login/password?state=h", "reset_url": _RESET, "has_app": True}
_SIGNUP = {"app": APP, "action": "/u/signup?state=h", "login_url": ACTION, "min_length": 10}
_LETTER, _PICTURE = Portrait(initial="M"), Portrait(initial="M", picture_url=static_url("favicon.svg"))
_ACCOUNTS = (
    AccountLine(sid="sid_1", email=EMAIL, portrait=_PICTURE, name="Maria Lindqvist", is_current=True),
    AccountLine(sid="sid_2", email="maria@studio-lindqvist.example", portrait=_LETTER),
    AccountLine(
        sid="sid_3",
        email=f"{'a-long-' * 8}name@donaudampfschifffahrt.example",
        portrait=Portrait(initial="Æ"),
        name="Ærøskøbing " * 5,
    ),
)

LOGIN_PAGES: dict[str, Page] = {
    "login": LoginPage(**_LOGIN, cancel_action=ACTION),
    "login-wrong": LoginPage(
        **_LOGIN,
        cancel_action=ACTION,
        username=EMAIL,
        error=_NO_MATCH,
    ),
    "login-fields": LoginPage(
        **_LOGIN, username="maria", username_error=_NO_ADDRESS, password_error="Enter your password."
    ),
    "login-throttled": LoginPage(**_LOGIN, username=EMAIL, retry_after=290, cancel_action=ACTION),
    "login-notice": LoginPage(
        app=LOGO_APP, action=ACTION, reset_url="/r", username=EMAIL, notice="Your password is changed. Sign in with it."
    ),
    "login-mail-only": LoginPage(**_LOGIN, has_password=False, mails="both", cancel_action=ACTION),
    "login-link": LoginPage(**_LOGIN, mails="link", cancel_action=ACTION),
    "login-password-only": LoginPage(**_LOGIN, mails=None),
    "login-long": LoginPage(app=LONG_APP, action=ACTION, reset_url="/r", signup_url="/s", cancel_action=ACTION),
    "login-address": LoginPage(**_LOGIN, is_identifier_first=True, passkey=_AUTOFILL, cancel_action=ACTION),
    "login-address-wrong": LoginPage(**_LOGIN, is_identifier_first=True, username="maria", username_error=_NO_ADDRESS),
    "password": PasswordPage(**_PASSWORD),
    "password-wrong": PasswordPage(**_PASSWORD, error=_NO_MATCH),
    "password-empty": PasswordPage(
        **{**_PASSWORD, "mails": None, "has_app": False}, password_error="Enter your password."
    ),
    "password-throttled": PasswordPage(**_PASSWORD, retry_after=290),
    "signup": SignupPage(**_SIGNUP),
    "signup-mail-only": SignupPage(**_SIGNUP, has_password=False),
    "signup-error": SignupPage(
        **_SIGNUP,
        email=EMAIL,
        password_error="This is one of the passwords that are tried first. Choose words that do not belong together.",
    ),
    "signup-refused": SignupPage(**_SIGNUP, email="x", email_error=_NO_ADDRESS, error="Sign-up did not work."),
    "check-mail": CheckMailPage(app=APP, email=EMAIL, expires_in=86400, login_url=ACTION),
    "consent": ConsentPage(
        app=APP,
        action="/u/consent?state=h",
        email=EMAIL,
        portrait=_PICTURE,
        switch_url="/s",
        scopes=scope_lines(["openid", "profile", "email"], {}),
        redirect_host="fieldnotes.app",
        manage_url="/account/apps",
    ),
    "consent-stranger": ConsentPage(
        app=STRANGER,
        action="/u/consent?state=h",
        email=EMAIL,
        portrait=_LETTER,
        switch_url="/s",
        scopes=scope_lines(
            ["openid", "email", "read:calendar", "offline_access"],
            {"read:calendar": "Read the events in your calendar"},
        ),
        redirect_host="calendar-helper.example",
    ),
    "login-passkey": LoginPage(**_LOGIN, passkey=_AUTOFILL, cancel_action=ACTION),
    "login-passkey-refused": LoginPage(
        **_LOGIN,
        passkey=_AUTOFILL,
        refusal="This passkey is not known here any more. Sign in another way, and set up a new one.",
    ),
    "login-passkey-alone": LoginPage(**_LOGIN, passkey=_AUTOFILL, has_password=False, mails=None),
    "login-passkey-asked": LoginPage(
        **_LOGIN, passkey=_AUTOFILL, has_password=False, mails=None, may_lack_passkey=True, cancel_action=ACTION
    ),
    "passkey": PasskeyPage(**_FACTOR, passkey=_PASSKEY, other_url=_OTHER),
    "passkey-refused": PasskeyPage(**_FACTOR, passkey=_PASSKEY, error=_LATE),
    "passkey-set-up": PasskeySetUpPage(**_FACTOR, passkey=_NEW_PASSKEY, other_url=_OTHER),
    "passkey-set-up-refused": PasskeySetUpPage(**_FACTOR, passkey=_NEW_PASSKEY, error=_LATE),
    "passkey-offer": PasskeyOfferPage(app=APP, email=EMAIL, passkey=_NEW_PASSKEY),
    "passkey-offer-refused": PasskeyOfferPage(app=APP, email=EMAIL, passkey=_NEW_PASSKEY, error=_LATE),
    "first-passkey": FirstPasskeyPage(app=APP, email=EMAIL, passkey=_NEW_PASSKEY, is_invited=False),
    "first-passkey-invited": FirstPasskeyPage(app=LONG_APP, email=EMAIL, passkey=_NEW_PASSKEY, is_invited=True),
    "first-passkey-refused": FirstPasskeyPage(app=APP, email=EMAIL, passkey=_NEW_PASSKEY, is_invited=True, error=_LATE),
    "first-passkey-duty": FirstPasskeyPage(
        app=APP,
        email=EMAIL,
        passkey=_NEW_PASSKEY,
        is_invited=False,
        switch_url="/u/login?state=h&switch=1",
        cancel_action="/u/login?state=h",
    ),
    "factor-choice": FactorChoicePage(
        app=APP, email=EMAIL, is_set_up=False, ways=_WAYS, switch_url="/u/login?state=h&switch=1"
    ),
    "factor-choice-back": FactorChoicePage(**_FACTOR, is_set_up=False, ways=_WAYS[1:], back_url="/u/totp?state=h"),
    "factor-set-up": FactorChoicePage(
        app=APP, email=EMAIL, is_set_up=True, ways=_WAYS, switch_url="/u/login?state=h&switch=1"
    ),
    "no-factor": NoFactorPage(app=APP, email=EMAIL, action="/u/second-factor", switch_url="/u/login?state=h&switch=1"),
    "select-account": SelectAccountPage(
        app=APP, action="/u/select-account", accounts=_ACCOUNTS, other_url="/u/login", has_app=True
    ),
    "select-account-alone": SelectAccountPage(
        app=LONG_APP, action="/u/select-account", accounts=_ACCOUNTS[2:], other_url="/u/login", has_app=False
    ),
}
