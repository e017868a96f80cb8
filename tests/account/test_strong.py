"""Whoever has a second factor has proved it before another one takes its place, also where no policy asks for one."""

import pytest
import time_machine
from flask import Flask

from idp.domain.credentials.factors import enrolled_factors
from idp.domain.credentials.recovery_codes import count_recovery_codes
from tests.account.conftest import Visitor, visitor
from tests.support.factories import EMAIL, make_user
from tests.support.second_factors import code_of, enrol_totp, set_policy

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


@pytest.mark.parametrize("path", ["/account/totp", "/account/passkeys/add"])
def test_who_has_none_sets_one_up_by_a_fresh_login(app: Flask, user_id: str, path: str) -> None:
    her = visitor(app, user_id)
    her.get(path)
    assert her.page.request.path == path
    assert her.page.status_code == 200
