"""The pages of authenticator apps and recovery codes with each of their faces, in the login and in the account."""

from typing import Any

from idp.account.code_pages import (
    AccountRecoveryCodesPage,
    AccountTotpPage,
    AccountTotpSetUpPage,
    NewRecoveryCodesPage,
)
from idp.infra.words import Moment
from idp.login.code_pages import RecoveryCodePage, RecoveryCodesPage, TotpPage, TotpSetUpPage
from idp.web.codes import qr_svg
from idp.web.pages import AppView, Page

EMAIL = "maria.lindqvist@example.com"
APP = AppView(name="Fieldnotes", host="fieldnotes.app", terms_url="https://fieldnotes.app/terms")
RECOVERY_CODES = tuple(f"{n}F7K-92MX-Q0TB-5CW{n}" for n in range(10))
_SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
_KEY_URI = f"otpauth://totp/Example:maria.lindqvist%40example.com?secret={_SEED}&issuer=Example"
_QR = qr_svg(_KEY_URI)
_FACTOR: dict[str, Any] = {"app": APP, "email": EMAIL, "switch_url": "/u/login?state=h&switch=1"}
_SET_UP = {**_FACTOR, "action": "/u/totp/set-up?state=h", "qr": _QR, "uri": _KEY_URI, "secret": _SEED}
_OTHER = "/u/second-factor?state=h&other=1"
_NOT_NOW = "That is not the code that your app shows now. Wait for the next one, and check the time on your device."
_NO_MATCH = "That code does not match. Scan the picture again, wait for a new code, and check the time on your device."
_NONE_OF_THEM = "That is not one of your unused recovery codes. Check each letter, or try another code."
_LAST = "A second step is required here, and this is your last one. Add another one first, then remove this."

CODE_PAGES: dict[str, Page] = {
    "totp": TotpPage(**_FACTOR, action="/u/totp?state=h", other_url=_OTHER),
    "totp-wrong": TotpPage(**_FACTOR, action="/u/totp?state=h", code_error=_NOT_NOW),
    "totp-throttled": TotpPage(**_FACTOR, action="/u/totp?state=h", other_url=_OTHER, retry_after=30),
    "totp-set-up": TotpSetUpPage(**_SET_UP, other_url=_OTHER),
    "totp-set-up-wrong": TotpSetUpPage(**_SET_UP, code_error=_NO_MATCH),
    "recovery-code": RecoveryCodePage(**_FACTOR, action="/u/recovery-code?state=h", other_url=_OTHER),
    "recovery-code-wrong": RecoveryCodePage(
        **_FACTOR,
        action="/u/recovery-code?state=h",
        code="4F7K",
        code_error=_NONE_OF_THEM,
        retry_after=4,
    ),
    "recovery-codes": RecoveryCodesPage(app=APP, email=EMAIL, codes=RECOVERY_CODES, continue_url="/authorize/resume"),
    "account-totp": AccountTotpPage(
        email=EMAIL, since=Moment(1790000000), replace_url="/account/totp?replace=1", asks_first=True
    ),
    "account-totp-last": AccountTotpPage(
        email=EMAIL,
        since=Moment(1790000000),
        used=Moment(1795395849),
        replace_url="/account/totp?replace=1",
        error=_LAST,
    ),
    "account-totp-set-up": AccountTotpSetUpPage(email=EMAIL, is_other=False, qr=_QR, uri=_KEY_URI, secret=_SEED),
    "account-totp-wrong": AccountTotpSetUpPage(
        email=EMAIL, is_other=True, qr=_QR, uri=_KEY_URI, secret=_SEED, code_error=_NO_MATCH
    ),
    "account-recovery-codes": AccountRecoveryCodesPage(email=EMAIL, left=7, has_factor=True, asks_first=True),
    "account-recovery-codes-none": AccountRecoveryCodesPage(email=EMAIL, left=0, has_factor=False),
    "account-new-recovery-codes": NewRecoveryCodesPage(
        email=EMAIL, codes=RECOVERY_CODES, notice="Your authenticator app is set up.", continue_url="/account/security"
    ),
}
