"""Which path of the account leads where."""

from collections.abc import Callable

from flask import Blueprint, Response

from idp.account import access, profile, recovery_codes, security, totp
from idp.domain.credentials.hashing import HashingBusy
from idp.web import csrf, languages
from idp.web.errors import busy

View = Callable[..., Response]

#: path, method, name, view. Every POST answers 303 to a page, or shows its form again.
PAGES: tuple[tuple[str, str, str, View], ...] = (
    ("/account", "GET", "profile", profile.show),
    ("/account", "POST", "profile-submit", profile.submit),
    ("/account/security", "GET", "security", security.show),
    ("/account/totp", "GET", "totp", totp.show),
    ("/account/totp", "POST", "totp-submit", totp.submit),
    ("/account/recovery-codes", "GET", "recovery-codes", recovery_codes.show),
    ("/account/recovery-codes", "POST", "recovery-codes-submit", recovery_codes.submit),
)


def create_blueprint() -> Blueprint:
    """The account's pages: for whoever is signed in, every form checked for forgery."""
    blueprint = Blueprint("account", __name__)
    csrf.protect(blueprint)
    blueprint.before_request(languages.remember_choice)
    blueprint.before_request(access.check)
    blueprint.register_error_handler(access.NotFreshError, access.sign_in_again)
    blueprint.register_error_handler(HashingBusy, busy)
    for path, method, name, view in PAGES:
        blueprint.add_url_rule(path, name, view, methods=[method])
    return blueprint
