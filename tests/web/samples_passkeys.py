"""The account's pages of passkeys, filled in."""

from idp.account.passkey_pages import AccountPasskeysPage, AddPasskeyPage, PasskeyLine
from idp.infra.words import Moment
from idp.web.pages import Page
from idp.web.passkeys import PasskeyForm

_EMAIL = "maria.lindqvist@example.com"
_FORM = PasskeyForm(action="/account/passkeys/add", creates=True, options='{"challenge":"a"}')
_AT = Moment(1795395849)
_LATE = "That took too long, or was done before. Try again."
_REMOVED = "The passkey is removed. You can delete it on your device, too."
_LINES = (
    PasskeyLine(id="1", name="iCloud Keychain", created=_AT, used=_AT, is_synced=True),
    PasskeyLine(id="2", name="The laptop in the study, which is rather old by now", created=_AT),
)

PASSKEY_PAGES: dict[str, Page] = {
    "account-passkeys": AccountPasskeysPage(
        email=_EMAIL, passkeys=_LINES, add_url="/account/passkeys/add", asks_first=True
    ),
    "account-passkeys-none": AccountPasskeysPage(email=_EMAIL, passkeys=(), notice=_REMOVED),
    "account-passkeys-error": AccountPasskeysPage(email=_EMAIL, passkeys=_LINES, error="Use a name."),
    "account-passkey-add": AddPasskeyPage(email=_EMAIL, passkey=_FORM),
    "account-passkey-add-error": AddPasskeyPage(email=_EMAIL, passkey=_FORM, error=_LATE),
}
