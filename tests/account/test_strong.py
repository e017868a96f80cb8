"""Whoever has a passkey or an authenticator app has proved one before any factor changes, in every policy.

No login with a password asks for a passkey that is a way in by itself; but nothing is added or removed without it.
"""

import pytest
import time_machine
from flask import Flask

from idp.domain.credentials.factors import enrolled_factors
from idp.domain.credentials.recovery_codes import count_recovery_codes
from idp.domain.lifecycle.factors import reset_factors
from idp.domain.users.queries import get_user
from idp.infra.db import unit_of_work
from tests.account.conftest import Visitor, visitor
from tests.login.conftest import request_of
from tests.login.test_passkey import give_passkey, options_on, press
from tests.support.authenticator import Authenticator
from tests.support.browser import Browser
from tests.support.factories import EMAIL, PASSWORD, make_client, make_user
from tests.support.second_factors import code_of, enrol_totp, give_recovery_codes, set_policy

NOW = 1_800_000_015
SENSITIVE = (
    "/account/totp?replace=1",
    "/account/passkeys/add",
    "/account/email",
    "/account/password",
    "/account/password/remove",
    "/account/delete",
)


@pytest.fixture
def user_id(app: Flask) -> str:
    set_policy(app, second_factor="off")
    return make_user(app)


def factors(app: Flask, user_id: str) -> frozenset[str]:
    with app.app_context():
        return enrolled_factors(user_id)


def post(thief: Visitor, path: str, **fields: str) -> None:
    thief.get("/account")
    thief.post(path, {"csrf_token": thief.forms[0].fields["csrf_token"], **fields})


@pytest.mark.parametrize("path", SENSITIVE)
def test_a_page_that_adds_one_asks_for_the_one_there_is_and_goes_on(app: Flask, user_id: str, path: str) -> None:
    with time_machine.travel(NOW, tick=False):
        seed = enrol_totp(app, user_id)
        owner = visitor(app, user_id)
        owner.get(path)
        assert owner.page.request.path == "/u/totp"
        owner.submit("totp-submit", code=code_of(seed))
        assert owner.page.request.full_path.rstrip("?") == path
        assert owner.page.status_code == 200


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/account/totp", {"action": "remove"}),
        ("/account/totp", {"code": "000000"}),
        ("/account/recovery-codes", {}),
        ("/account/passkeys/add", {"credential": "{}"}),
        ("/account/passkeys", {"action": "remove", "passkey": "x"}),
        ("/account/email", {"email": "thief@example.com"}),
        ("/account/password", {"password": "a thief's own quiet sentence"}),
        ("/account/password/remove", {}),
        ("/account/data", {}),
        ("/account/delete", {"email": EMAIL}),
    ],
)
def test_no_form_leads_past_it(app: Flask, user_id: str, path: str, fields: dict[str, str]) -> None:
    enrol_totp(app, user_id)
    thief = visitor(app, user_id)
    post(thief, path, **fields)
    assert thief.page.request.path == "/u/totp"
    assert factors(app, user_id) == {"totp"}
    with app.app_context():
        assert count_recovery_codes(user_id) == 0


@pytest.fixture
def passkey(app: Flask, user_id: str) -> Authenticator:
    """What Ada has beside the password, where a second step is optional."""
    set_policy(app, second_factor="optional")
    return give_passkey(app, user_id)


def prove(browser: Browser, made: Authenticator) -> None:
    assert browser.page.request.path == "/u/passkey"
    browser.submit("passkey-submit", credential=made.use(options_on(browser)))


@pytest.mark.parametrize("second", [("passkey", "totp", "recovery_code"), ("totp", "recovery_code"), ("totp",)])
@pytest.mark.parametrize("path", ["/account/totp", "/account/passkeys/add"])
def test_a_passkey_is_proved_before_another_factor_is_set_up(
    app: Flask, user_id: str, passkey: Authenticator, path: str, second: tuple[str, ...]
) -> None:
    set_policy(app, second=second)
    owner = visitor(app, user_id)
    assert owner.get("/account").request.path == "/account"
    owner.get(path)
    prove(owner, passkey)
    assert owner.page.request.path == path
    assert owner.page.status_code == 200


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/account/totp", {"code": "000000"}),
        ("/account/recovery-codes", {}),
        ("/account/passkeys/add", {"credential": "{}"}),
        ("/account/passkeys", {"action": "remove", "passkey": "x"}),
    ],
)
@pytest.mark.parametrize("policy", ["off", "optional", "required"])
def test_no_form_leads_past_a_passkey(  # noqa: PLR0917
    app: Flask, user_id: str, passkey: Authenticator, path: str, fields: dict[str, str], policy: str
) -> None:
    thief = visitor(app, user_id)
    thief.get("/account")
    token = thief.forms[0].fields["csrf_token"]
    set_policy(app, second_factor=policy)
    thief.post(path, {"csrf_token": token, **fields})
    assert thief.page.request.path == "/u/passkey"
    assert factors(app, user_id) == {"passkey"}


def test_who_signed_in_by_the_passkey_is_not_asked_again(app: Flask, user_id: str, passkey: Authenticator) -> None:
    owner = Browser(app)
    owner.get("/u/login", return_to="/account/totp")
    press(owner, passkey)
    assert owner.page.request.path == "/account/totp"


def test_a_recovery_code_helps_who_lost_the_passkey(app: Flask, user_id: str, passkey: Authenticator) -> None:
    codes = give_recovery_codes(app, user_id)
    owner = visitor(app, user_id)
    page = owner.get("/account/passkeys").text
    assert "Lost it? Use a recovery code, or ask the people who run this sign-in" in page
    owner.submit("passkey-remove-1")
    assert owner.page.request.path == "/u/passkey"
    owner.get(next(link for link in owner.links if "other=" in link))
    owner.get(next(link for link in owner.links if "recovery-code" in link))
    owner.submit(code=codes[0])
    assert owner.page.request.path == "/account/passkeys"
    owner.submit("passkey-remove-1")
    assert factors(app, user_id) == set()


def test_who_lost_it_without_codes_is_told_whom_to_ask_and_helped(
    app: Flask, user_id: str, passkey: Authenticator
) -> None:
    owner = visitor(app, user_id)
    assert "Ask the people who run this sign-in to reset your second step." in owner.get("/account/totp").text
    with app.app_context(), unit_of_work():
        reset_factors(get_user(user_id))
    owner.get("/account/totp")
    assert owner.page.request.path == "/account/totp"


def test_a_passkey_that_is_off_altogether_is_not_asked_for(app: Flask, user_id: str, passkey: Authenticator) -> None:
    set_policy(app, first=("password",), second=("totp",))
    owner = visitor(app, user_id)
    owner.get("/account/totp")
    assert owner.page.request.path == "/account/totp"
    assert "totp-set-up-submit" in owner.page.text


@pytest.mark.parametrize("login", [{}, {"first": ["password"]}], ids=["any app", "an app that wants passwords"])
def test_an_app_that_wants_two_factors_leads_nobody_past_it(
    app: Flask, user_id: str, passkey: Authenticator, login: dict[str, list[str]]
) -> None:
    set_policy(app, second=("totp",))
    client = make_client(app, changes={"login": login})
    thief = Browser(app)
    thief.get("/authorize", **request_of(client, acr_values="2"))
    thief.submit("login-submit", username=EMAIL, password=PASSWORD)
    assert thief.page.request.path == "/u/passkey"
    thief.get(f"/u/totp/set-up?state={thief.state}")
    assert thief.page.request.path == "/u/passkey"
    prove(thief, passkey)
    assert thief.answer["code"]


@pytest.mark.parametrize("path", ["/account/totp", "/account/passkeys/add"])
def test_who_has_none_sets_one_up_by_a_fresh_login(app: Flask, user_id: str, path: str) -> None:
    her = visitor(app, user_id)
    her.get(path)
    assert her.page.request.path == path
    assert her.page.status_code == 200
