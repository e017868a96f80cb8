"""The pages of the login, each with the way there.

Pages of ways in are found by METHODS, so one that is added is abused as the others are.
"""

from collections.abc import Callable
from functools import partial

from idp.domain.clients.queries import find_client_now
from idp.domain.credentials.passkeys import create_passkey, registration_options
from idp.domain.credentials.passwords import pair_password, remove_password
from idp.domain.lifecycle.invitations import invite
from idp.domain.users.models import User
from idp.domain.users.queries import get_user
from idp.domain.users.tickets import issue_ticket
from idp.infra.db import unit_of_work
from idp.login.methods import METHODS
from tests.journeys.abuse.traveller import NEW_PASSWORD, Traveller
from tests.support.authenticator import Authenticator
from tests.support.factories import EMAIL, make_client
from tests.support.second_factors import code_of, enrol_totp, give_recovery_codes, set_policy

EVERY = {
    "first": ("password", "passkey", "email_code", "magic_link"),
    "second": ("passkey", "totp", "email_code", "recovery_code"),
}
SECOND_PAGES = tuple(method.path for method in METHODS if method.path is not None)
SET_UP_PAGES = tuple(method.set_up_path for method in METHODS if method.set_up_path is not None)
Step = Callable[[Traveller], None]


def come_to(her: Traveller, step: str) -> None:
    """Stand on a page of the sign-in, and have seen it."""
    path, go = STEPS[step]
    go(her)
    page = her.browser.page
    assert her.browser.elsewhere is None
    assert page.status_code == 200, page.text[:2000]
    assert page.request.path == path


# The pages that an app's sign-in begins and ends with


def login(her: Traveller) -> None:
    her.begin()


def password(her: Traveller) -> None:
    set_policy(her.app, identifier_first=True)
    her.begin()
    her.browser.submit("login-submit", username=EMAIL)


def signup(her: Traveller) -> None:
    her.begin(screen_hint="signup")
    her.typed["email"] = "newcomer@example.com"


def select_account(her: Traveller) -> None:
    her.begin()
    her.sign_in()
    her.begin(prompt="select_account")


def consent(her: Traveller) -> None:
    her.client = make_client(her.app, name="Asking App", requires_consent=True)
    her.begin()
    her.sign_in()


def passkey_offer(her: Traveller) -> None:
    her.begin()
    her.browser.client.set_cookie("idp_passkeys", "able", domain="localhost")
    her.sign_in()


# What comes by mail


def email_code(her: Traveller) -> None:
    set_policy(her.app, **EVERY)
    her.begin()
    her.browser.submit("login-mail", username=EMAIL)
    her.typed["code"] = her.mailed(r"^(\d{3} \d{3})$")


def magic_link(her: Traveller) -> None:
    email_code(her)
    her.open_mailed()


def forgotten(her: Traveller) -> None:
    her.begin()
    her.browser.get("/u/reset-password", state=her.browser.state)


def new_password(her: Traveller) -> None:
    forgotten(her)
    her.browser.submit("reset-submit", email=EMAIL)
    her.open_mailed()
    her.typed["password"] = NEW_PASSWORD


def confirm_email(her: Traveller) -> None:
    _change(her, lambda user: setattr(user, "email_verified", False))
    set_policy(her.app, verified_email=True)
    her.begin()
    her.sign_in()


def verify_email(her: Traveller) -> None:
    confirm_email(her)
    her.open_mailed()


def invitation(her: Traveller) -> None:
    her.begin()
    _change(her, _wait_for_owner)
    with her.app.app_context(), unit_of_work():
        invite(EMAIL, find_client_now(her.client.id))
    her.open_mailed()


def first_passkey(her: Traveller) -> None:
    set_policy(her.app, first=("passkey",))
    _change(her, _wait_for_owner)
    her.begin(screen_hint="signup")
    her.browser.submit("signup-submit", email=EMAIL)
    her.open_mailed()


def undo_email(her: Traveller) -> None:
    her.begin()
    with her.app.app_context(), unit_of_work():
        ticket = issue_ticket(get_user(her.user_id), "undo_email", address="before@example.com")
    her.browser.get("/u/undo-email", ticket=ticket)
    her.typed["password"] = NEW_PASSWORD


# The second step


def second(path: str, her: Traveller) -> None:
    _have_every_factor(her)
    her.begin()
    her.sign_in()
    her.browser.get(path, state=her.browser.state)
    _read_code(path, her)


def set_up(path: str, her: Traveller) -> None:
    # A verified address needs no setting up
    set_policy(her.app, **{**EVERY, "second": ("passkey", "totp", "recovery_code")}, second_factor="required")
    her.begin()
    her.sign_in()
    her.browser.get(path, state=her.browser.state)


def choice(her: Traveller) -> None:
    second("/u/totp", her)
    her.browser.get("/u/second-factor", state=her.browser.state, other="1")


# The same where no app waits


def own_login(page: str, her: Traveller) -> None:
    her.browser.get(page)


def own_email_code(her: Traveller) -> None:
    set_policy(her.app, **EVERY)
    her.browser.get("/account")
    her.browser.submit("login-mail", username=EMAIL)
    her.typed["code"] = her.mailed(r"^(\d{3} \d{3})$")


def own_magic_link(her: Traveller) -> None:
    own_email_code(her)
    her.open_mailed()


def own_second(path: str, her: Traveller) -> None:
    _have_every_factor(her)
    her.browser.get("/account/security")
    her.sign_in()
    her.browser.get(path, return_to="/account/security")
    _read_code(path, her)


def _change(her: Traveller, change: Callable[[User], None]) -> None:
    with her.app.app_context(), unit_of_work():
        change(get_user(her.user_id))


def _wait_for_owner(user: User) -> None:
    remove_password(user.id)
    user.email_verified = False


def _have_every_factor(her: Traveller) -> None:
    set_policy(her.app, **EVERY, second_factor="required")
    her.typed["seed"] = enrol_totp(her.app, her.user_id)
    her.typed["recovery"] = give_recovery_codes(her.app, her.user_id)[0]
    _change(her, _give_passkey)


def _give_passkey(user: User) -> None:
    pair_password(user.id)  # or a mail does not stand in for what is there
    create_passkey(Authenticator().make(registration_options("br1_elsewhere", user)), "br1_elsewhere", user)


def _read_code(path: str, her: Traveller) -> None:
    if path == "/u/email-code/second":
        her.typed["code"] = her.mailed(r"^(\d{3} \d{3})$")
    else:
        her.typed["code"] = her.typed["recovery"] if path == "/u/recovery-code" else code_of(her.typed["seed"])


#: Name → the address where one then stands, and the way there.
STEPS: dict[str, tuple[str, Step]] = {
    "login": ("/u/login", login),
    "password": ("/u/login/password", password),
    "signup": ("/u/signup", signup),
    "select-account": ("/u/select-account", select_account),
    "choice": ("/u/second-factor", choice),
    "consent": ("/u/consent", consent),
    "passkey-offer": ("/u/passkey/offer", passkey_offer),
    "email-code": ("/u/email-code", email_code),
    "magic-link": ("/u/magic-link", magic_link),
    "forgotten": ("/u/reset-password", forgotten),
    "new-password": ("/u/reset-password", new_password),
    "confirm-email": ("/u/confirm-email", confirm_email),
    "verify-email": ("/u/verify-email", verify_email),
    "invitation": ("/u/invitation", invitation),
    "first-passkey": ("/u/signup/finish", first_passkey),
    "undo-email": ("/u/undo-email", undo_email),
    "account login": ("/u/login", partial(own_login, "/account")),
    "console login": ("/u/login", partial(own_login, "/admin")),
    "account email-code": ("/u/email-code", own_email_code),
    "account magic-link": ("/u/magic-link", own_magic_link),
    "account totp": ("/u/totp", partial(own_second, "/u/totp")),
    **{path: (path, partial(second, path)) for path in SECOND_PAGES},
    **{path: (path, partial(set_up, path)) for path in SET_UP_PAGES},
}
