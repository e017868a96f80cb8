"""Second factors for tests: set up in the domain, and computed as an authenticator app computes them."""

from typing import Any

import pyotp
from flask import Flask

from idp.domain.credentials.recovery_codes import renew_recovery_codes
from idp.domain.credentials.totp import STEP_SECONDS, begin_totp, confirm_totp
from idp.domain.tenant.login_policy import change_login_policy
from idp.domain.users.queries import get_user
from idp.infra import clock
from idp.infra.db import unit_of_work

ELSEWHERE = "another browser"


def code_of(seed: str, steps: int = 0) -> str:
    """What an app with this seed shows, so many steps from now."""
    return pyotp.TOTP(seed).generate_otp(clock.now() // STEP_SECONDS + steps)


def enrol_totp(app: Flask, user_id: str) -> str:
    """An authenticator app of the user's; the seed. The code of this step is not used yet."""
    with app.app_context(), unit_of_work():
        seed = begin_totp(get_user(user_id), ELSEWHERE).secret
        assert confirm_totp(user_id, ELSEWHERE, code_of(seed, -1))
    return seed


def give_recovery_codes(app: Flask, user_id: str) -> tuple[str, ...]:
    """Ten recovery codes of the user's."""
    with app.app_context(), unit_of_work():
        return renew_recovery_codes(user_id)


def set_policy(app: Flask, **changes: Any) -> None:
    """Change how people sign in to this deployment."""
    with app.app_context(), unit_of_work():
        change_login_policy(**changes)
