"""/account/recovery-codes: how many are left, and new ones for who signed in a moment ago."""

from flask import Response

from idp.account import security
from idp.account.access import asks_first, owner, owner_user, require_strong, see_other
from idp.account.code_pages import AccountRecoveryCodesPage, NewRecoveryCodesPage
from idp.domain.credentials.factors import OWN_FACTORS, enrolled_factors
from idp.domain.credentials.recovery_codes import count_recovery_codes
from idp.domain.lifecycle.factors import make_recovery_codes
from idp.domain.users.models import User
from idp.web.pages import render

PATH = "/account/recovery-codes"


def show() -> Response:
    """How many there are."""
    user_id = owner().user_id
    page = AccountRecoveryCodesPage(
        email=owner().email,
        left=count_recovery_codes(user_id),
        has_factor=_has_factor(user_id),
        asks_first=asks_first(),
    )
    return render(page)


def submit() -> Response:
    """Make new ones; those before are good no more."""
    require_strong()
    if not _has_factor(owner().user_id):
        return see_other(PATH)
    return show_new(owner_user())


def show_new(user: User, *, notice: str | None = None, is_told: bool = True) -> Response:
    """New ones, shown once: nothing here can show them again."""
    codes = make_recovery_codes(user, is_told=is_told)
    return render(NewRecoveryCodesPage(email=user.email, codes=codes, notice=notice, continue_url=security.PATH))


def _has_factor(user_id: str) -> bool:
    return bool(OWN_FACTORS & enrolled_factors(user_id))
