"""The hosted login: what answers below /u/."""

from flask import Blueprint, Response

from idp.domain.credentials.hashing import HashingBusy
from idp.login import (
    confirm_email,
    consent,
    factor_choice,
    invitation,
    login,
    passkey_duty,
    passkey_offer,
    password_step,
    reset,
    second_factor,
    select_account,
    signup,
    undo_email,
    verify,
)
from idp.login.entering import PASSKEY_OFFER, SECOND_FACTOR, NotLetInError
from idp.login.methods import METHODS
from idp.login.second_factor import NotDueError
from idp.login.transaction import LOGIN, LostWayError, see_other, show_way_back
from idp.web import csrf, languages
from idp.web.errors import busy

PAGES = (
    (LOGIN, login.show, login.submit),
    (password_step.PATH, password_step.show, password_step.submit),
    (select_account.PATH, select_account.show, select_account.submit),
    ("/u/signup", signup.show, signup.submit),
    ("/u/consent", consent.show, consent.submit),
    ("/u/reset-password", reset.show, reset.submit),
    ("/u/verify-email", verify.show, verify.submit),
    ("/u/confirm-email", confirm_email.show, confirm_email.submit),
    (invitation.PATH, invitation.show, invitation.submit),
    (invitation.SIGNUP_PATH, invitation.show, invitation.submit),
    (undo_email.PATH, undo_email.show, undo_email.submit),
    (PASSKEY_OFFER, passkey_offer.show, passkey_offer.submit),
    (passkey_duty.PATH, passkey_duty.show, passkey_duty.submit),
    (SECOND_FACTOR, factor_choice.show, factor_choice.submit),
)


def create_blueprint() -> Blueprint:
    """Each page answers GET with a form and POST with 303, or with the form again."""
    blueprint = Blueprint("login", __name__)
    csrf.protect(blueprint)
    blueprint.before_request(languages.remember_choice)
    blueprint.register_error_handler(LostWayError, show_way_back)
    blueprint.register_error_handler(NotDueError, second_factor.show_what_is_due)
    blueprint.register_error_handler(NotLetInError, login.show_not_let_in)
    blueprint.register_error_handler(HashingBusy, busy)
    for path, show, submit in PAGES:
        name = path.removeprefix("/u/").replace("/", "-")
        blueprint.add_url_rule(path, name, show, methods=["GET"])
        blueprint.add_url_rule(path, f"{name}-submit", submit, methods=["POST"])
    for path, show, submit in (route for method in METHODS for route in method.routes):
        name = path.removeprefix("/u/").replace("/", "-")
        blueprint.add_url_rule(path, name, show, methods=["GET"])
        blueprint.add_url_rule(path, f"{name}-submit", submit, methods=["POST"])
    blueprint.add_url_rule("/", "front", _front, methods=["GET"])
    blueprint.add_url_rule(invitation.WELCOME, "invitation-welcome", invitation.welcome, methods=["GET"])
    blueprint.add_url_rule(verify.DISOWNED, "verify-email-not-me", verify.disowned, methods=["GET"])
    blueprint.add_url_rule("/u/reset-password/done", "reset-done", reset.done, methods=["GET"])
    return blueprint


def _front() -> Response:
    """The bare host: whoever types it signs in, or sees who is."""
    return see_other(LOGIN)
