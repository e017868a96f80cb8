"""What becomes of every way in, when something becomes of the account: before it, or between its two halves.

Whoever adds a way in, or a page below /u/ that takes a form, adds it here: a test says so.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine
from flask import Flask

import idp.login
from idp.domain.tenant.login_policy import FIRST_FACTORS, SECOND_FACTORS
from idp.login.methods import METHODS
from tests.support import ways_in
from tests.support.ways_in import Person

NOW = 1_800_000_015

#: in: the app gets its code, and tokens for it. new: the same, for a new account, as the address was free again.
#: refused, slowed, blocked: the page says so. over: the link or code does not work any more. login: it begins again.
#: mail: "check your e-mail". confirm, set_up, other: what is to be done first. A + is for who is signed in here then.
TABLE = """
way                  when   nothing  blocked  deleted  locked  reset   reset_alone no_factors unverified unverified_on
password             before in       blocked  refused  slowed  refused refused     in         in         confirm+
password             middle in       blocked  refused  slowed  refused refused     in         in         confirm+
password_step        before in       blocked  refused  slowed  refused refused     in         in         confirm+
password_step        middle in       blocked  refused  slowed  refused refused     in         in         confirm+
passkey              before in       blocked  refused  in      in      in          refused     in         confirm+
passkey              middle in       blocked  refused  in      in      in          refused     in         confirm+
email_code           before in       refused  refused  slowed  in      in          in         in         in
email_code           middle in       blocked  over     slowed  over    in          in         in         in
magic_link           before in       over     over     in      in      in          in         in         in
magic_link           middle in       blocked  over     in      over    in          in         in         in
sign_up              before in       mail     new      mail    mail    mail        in         in         confirm+
sign_up              middle in       mail     new      mail    mail    mail        in         in         confirm+
reset_link           before in       over     over     in      in      in          in         in         in
reset_link           middle in       blocked  over     in      over    over        in         in         in
invitation           before in       over     over     in      over    over        in         in         in
invitation           middle in       over     over     in      over    over        in         in         in
first_passkey        before in       over     new      in      over    over        in         in         in
first_passkey        middle in       over     over     in      over    over        in         in         in
second_totp          before in       blocked  refused  slowed  refused refused     other      in         confirm+
second_totp          middle in       login    login    slowed  login   login       login      in         confirm+
second_passkey       before in       blocked  refused  slowed  refused refused     other      in         confirm+
second_passkey       middle in       login    login    in      login   login       login      in         confirm+
second_recovery_code before in       blocked  refused  slowed  refused refused     other      in         confirm+
second_recovery_code middle in       login    login    slowed  login   login       login      in         confirm+
second_email_code    before in       blocked  refused  slowed  refused refused     in         set_up     set_up
second_email_code    middle in       login    login    slowed  login   login       login      set_up     set_up
set_up_totp          before in       blocked  refused  slowed  refused refused     in         in         confirm+
set_up_totp          middle in       login    login    in      login   login       login      in         confirm+
set_up_passkey       before in       blocked  refused  slowed  refused refused     in         in         confirm+
set_up_passkey       middle in       login    login    in      login   login       login      in         confirm+
passkey_duty         before in       blocked  refused  slowed  refused refused     in         in         confirm+
passkey_duty         middle in       login    login    in      login   in          in         in         confirm+
step_up              before in       login    login    slowed+ login   in          other+     in         confirm+
step_up              middle in       login    login    slowed+ login   in          other+     in         confirm+
single_sign_on       before in       login    login    in      login   in          in         in         confirm+
chosen_account       before in       login    login    in      login   in          in         in         confirm+
chosen_account       middle in       login    login    in      login   in          in         in         confirm+
consent              before in       login    login    in      login   in          in         in         confirm+
consent              middle in       login    login    in      login   in          in         in         confirm+
"""
#: Pages below /u/ that take a form → the ways of the table that end there, or why none does.
PAGES: dict[str, set[str] | str] = {
    "/u/login": {"password", "email_code", "magic_link", "reset_link"},
    "/u/login/password": {"password_step"},
    "/u/signup": {"sign_up"},
    "/u/passkey/sign-in": {"passkey"},
    "/u/email-code": {"email_code"},
    "/u/magic-link": {"magic_link"},
    "/u/invitation": {"invitation"},
    "/u/signup/finish": {"first_passkey"},
    "/u/reset-password": {"reset_link"},
    "/u/totp": {"second_totp", "step_up"},
    "/u/passkey": {"second_passkey"},
    "/u/recovery-code": {"second_recovery_code"},
    "/u/email-code/second": {"second_email_code"},
    "/u/totp/set-up": {"set_up_totp"},
    "/u/passkey/set-up": {"set_up_passkey"},
    "/u/passkey/first": {"passkey_duty"},
    "/u/second-factor": "leads back to the app with an error, or to the page that is due",
    "/u/select-account": {"chosen_account"},
    "/u/consent": {"consent"},
    "/u/passkey/options": "a question for an authenticator, the same for everybody",
    "/u/passkey/offer": "adds a passkey for who is signed in, and goes on as single_sign_on does",
    "/u/verify-email": "confirms an address",
    "/u/undo-email": "puts the address before back",
    "/u/confirm-email": "sends a mail to who is signed in, and goes on as single_sign_on does",
}
#: Functions that let somebody in or let somebody through → the ways of the table that call them.
GATES = {
    "login.check_password": {"password", "password_step", "reset_link"},
    "signup._create": {"sign_up"},
    "signup._taken": {"sign_up"},
    "invitation._accept": {"invitation"},
    "invitation._accept_by_passkey": {"first_passkey"},
    "methods/passkey.sign_in": {"passkey"},
    "methods/passkey.submit": {"second_passkey"},
    "methods/passkey.submit_set_up": {"set_up_passkey"},
    "passkey_duty.submit": {"passkey_duty"},
    "entering.enter_by_mail": {"email_code", "magic_link"},
    "methods/email_code.submit_second": {"second_email_code"},
    "methods/totp.submit": {"second_totp", "step_up"},
    "methods/totp.submit_set_up": {"set_up_totp"},
    "methods/recovery_code.submit": {"second_recovery_code"},
}
EVENTS, *ROWS = (line.split() for line in TABLE.strip().splitlines())
CELLS = [
    (way, when, event, outcome)
    for way, when, *outcomes in ROWS
    for event, outcome in zip(EVENTS[2:], outcomes, strict=True)
]
WAYS = {row[0] for row in ROWS}


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    """Standing still: who has to wait does so however slow the machine is."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.mark.parametrize(("way", "when", "event", "outcome"), CELLS, ids=["-".join(cell[:3]) for cell in CELLS])
def test_what_becomes_of_a_way_in(app: Flask, way: str, when: str, event: str, outcome: str) -> None:
    her = Person(app)
    steps = getattr(ways_in, way)(her)
    next(steps)
    if when == "before":
        her.befall(event)
    next(steps)
    if when == "middle":
        her.befall(event)
    next(steps, None)
    assert her.outcome == outcome


def test_every_method_is_a_row() -> None:
    names = {method.name for method in METHODS}
    assert names == set(FIRST_FACTORS) | set(SECOND_FACTORS)
    second = {f"second_{method.name}" for method in METHODS if method.path is not None}
    set_up = {f"set_up_{method.name}" for method in METHODS if method.set_up_path is not None}
    assert second == {f"second_{name}" for name in SECOND_FACTORS}
    assert {*FIRST_FACTORS, *second, *set_up} <= WAYS


def test_every_page_that_takes_a_form_is_a_row_or_says_why_not(app: Flask) -> None:
    pages = {
        rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/u/") and "POST" in (rule.methods or ())
    }
    assert pages == set(PAGES)
    assert set().union(*(ways for ways in PAGES.values() if isinstance(ways, set))) <= WAYS


def test_whatever_lets_somebody_in_is_a_row() -> None:
    folder = Path(idp.login.__file__).parent
    found = {
        f"{file.relative_to(folder).with_suffix('')}.{function.name}"
        for file in folder.rglob("*.py")
        for function in ast.walk(ast.parse(file.read_text()))
        if isinstance(function, ast.FunctionDef) and _calls_a_gate(function)
    }
    assert found == set(GATES)
    assert set().union(*GATES.values()) <= WAYS


def _calls_a_gate(function: ast.FunctionDef) -> bool:
    calls = (node.func for node in ast.walk(function) if isinstance(node, ast.Call))
    return any(isinstance(name, ast.Name) and name.id in {"enter", "prove"} for name in calls)
