"""Which path of the account leads where."""

from collections.abc import Callable

from flask import Blueprint, Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from idp.account import (
    access,
    activity,
    apps,
    data,
    email,
    passkeys,
    password,
    profile,
    recovery_codes,
    security,
    sessions,
    totp,
)
from idp.domain.credentials.hashing import HashingBusy
from idp.web import csrf, languages
from idp.web.errors import busy

View = Callable[..., Response]

#: path, method, name, view. Every POST answers 303 to a page, or shows its form again.
PAGES: tuple[tuple[str, str, str, View], ...] = (
    ("/account", "GET", "profile", profile.show),
    ("/account", "POST", "profile-submit", profile.submit),
    (profile.PICTURE_PATH, "GET", "picture-page", profile.show),
    (profile.PICTURE_PATH, "POST", "picture-submit", profile.submit_picture),
    (email.PATH, "GET", "email", email.show),
    (email.PATH, "POST", "email-submit", email.submit),
    (email.CONFIRM_PATH, "GET", "email-confirm", email.show_confirm),
    (email.CONFIRM_PATH, "POST", "email-confirm-submit", email.confirm),
    ("/account/security", "GET", "security", security.show),
    (password.PATH, "GET", "password", password.show),
    (password.PATH, "POST", "password-submit", password.submit),
    (password.REMOVE_PATH, "GET", "password-remove", password.show_remove),
    (password.REMOVE_PATH, "POST", "password-remove-submit", password.remove),
    (sessions.PATH, "GET", "sessions", sessions.show),
    (sessions.PATH, "POST", "sessions-submit", sessions.submit),
    (apps.PATH, "GET", "apps", apps.show),
    (apps.PATH, "POST", "apps-submit", apps.submit),
    (activity.PATH, "GET", "activity", activity.show),
    (data.PATH, "GET", "data", data.show),
    (data.PATH, "POST", "data-download", data.download),
    (data.DELETE_PATH, "GET", "delete", data.show_delete),
    (data.DELETE_PATH, "POST", "delete-submit", data.delete),
    (passkeys.PATH, "GET", "passkeys", passkeys.show),
    (passkeys.PATH, "POST", "passkeys-submit", passkeys.submit),
    (passkeys.ADD_PATH, "GET", "passkey-add", passkeys.show_add),
    (passkeys.ADD_PATH, "POST", "passkey-add-submit", passkeys.submit_add),
    ("/account/totp", "GET", "totp", totp.show),
    ("/account/totp", "POST", "totp-submit", totp.submit),
    ("/account/recovery-codes", "GET", "recovery-codes", recovery_codes.show),
    ("/account/recovery-codes", "POST", "recovery-codes-submit", recovery_codes.submit),
)
#: For everybody: pictures are for apps and whoever they show them to.
OPEN_PAGES: tuple[tuple[str, str, View], ...] = (
    ("/pictures/<picture_id>", "picture", profile.serve_picture),
    ("/pictures/<picture_id>/small", "thumbnail", profile.serve_thumbnail),
    (access.DELETED_PATH, "deleted", data.show_deleted),
)


def create_blueprint() -> Blueprint:
    """The account's pages: for whoever is signed in, every form checked for forgery; and the few for all."""
    blueprint = Blueprint("account", __name__)
    csrf.protect(blueprint)
    blueprint.before_request(languages.remember_choice)
    blueprint.before_request(_check)
    blueprint.register_error_handler(access.NotFreshError, access.sign_in_again)
    blueprint.register_error_handler(access.NotStrongError, access.prove_it)
    blueprint.register_error_handler(HashingBusy, busy)
    blueprint.register_error_handler(RequestEntityTooLarge, profile.too_large)
    for path, method, name, view in PAGES:
        blueprint.add_url_rule(path, name, view, methods=[method])
    for path, name, view in OPEN_PAGES:
        blueprint.add_url_rule(path, name, view, methods=["GET"])
    return blueprint


def _check() -> Response | None:
    is_open = (request.endpoint or "").removeprefix("account.") in {name for _, name, _ in OPEN_PAGES}
    return None if is_open else access.check()
