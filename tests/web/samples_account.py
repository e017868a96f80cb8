"""Each page of the account with each of its faces, filled in."""

from idp.account.pages import ProfilePage, SecurityPage, WayLine
from idp.infra.words import Moment, say
from idp.web.pages import Page

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
    label=say("Passkeys"), icon="fingerprint", state=say("None yet"), url="/account/passkeys", is_on=False
)
_TOTP = WayLine(label=say("Authenticator app"), icon="phone", state=say("Not set up"), url="/account/totp", is_on=False)
_CODES = WayLine(
    label=say("Recovery codes"),
    icon="list",
    state=say("{count} left", count=10),
    url="/account/recovery-codes",
    is_on=True,
)

ACCOUNT_PAGES: dict[str, Page] = {
    "account-profile": ProfilePage(email=EMAIL, name="Maria Lindqvist", notice=say("Saved.")),
    "account-profile-error": ProfilePage(email=EMAIL, name_error=say("That is too long.")),
    "account-security": SecurityPage(
        email=EMAIL, firsts=(_PASSWORD, _PASSKEYS), seconds=(_TOTP, _CODES), second_factor="optional"
    ),
    "account-security-required": SecurityPage(email=EMAIL, firsts=(), seconds=(_TOTP,), second_factor="required"),
}
