"""/u/recovery-code: a way in for whoever lost the second factor, each once."""

from typing import Any

import pytest
from flask import Flask

from tests.login.conftest import Begin
from tests.support.browser import Browser
from tests.support.factories import EMAIL, PASSWORD, make_user
from tests.support.protocol import Protocol
from tests.support.second_factors import enrol_totp, give_recovery_codes


@pytest.fixture
def codes(app: Flask) -> tuple[str, ...]:
    """Those of a user with an authenticator app."""
    user_id = make_user(app)
    enrol_totp(app, user_id)
    return give_recovery_codes(app, user_id)


def at_the_code(browser: Browser) -> Browser:
    browser.submit("login-submit", username=EMAIL, password=PASSWORD)
    browser.get("/u/recovery-code", state=browser.state)
    return browser


def test_a_recovery_code_signs_in_once_and_its_owner_is_told(
    app: Flask, begin: Begin, codes: tuple[str, ...], mails: Any
) -> None:
    browser = at_the_code(begin())
    browser.submit("recovery-submit", code=codes[3])
    assert "code" in browser.answer
    assert Protocol(app).events("recovery_code.used") == [{"left": 9}]
    assert Protocol(app).events("login.succeeded") == [{"method": "password recovery_code"}]
    assert [mail.subject for mail in mails()] == ["A recovery code was used to sign in to your account"]
    other = at_the_code(begin(Browser(app)))
    page = other.submit("recovery-submit", code=codes[3])
    assert page.status_code == 422
    assert "not one of your unused recovery codes" in page.get_data(as_text=True)
    assert f'value="{codes[3]}"' in page.get_data(as_text=True)


def test_it_does_not_matter_how_it_is_typed(begin: Begin, codes: tuple[str, ...]) -> None:
    typed = codes[0].lower().replace("-", " ").replace("1", "l").replace("0", "O")
    browser = at_the_code(begin())
    browser.submit("recovery-submit", code=f"  {typed} ")
    assert "code" in browser.answer


@pytest.mark.parametrize("code", ["", "   ", "-", "0000-0000-0000-0000", "é" * 16, "A" * 9000])
def test_what_is_no_code_is_told_at_the_field(begin: Begin, codes: tuple[str, ...], code: str) -> None:
    browser = at_the_code(begin())
    page = browser.submit("recovery-submit", code=code)
    assert page.status_code == 422
    assert 'aria-describedby="code-error"' in page.get_data(as_text=True)


def test_a_code_of_somebody_else_is_none(app: Flask, begin: Begin, codes: tuple[str, ...]) -> None:
    theirs = give_recovery_codes(app, make_user(app, "grace@example.com"))
    assert at_the_code(begin()).submit("recovery-submit", code=theirs[0]).status_code == 422


def test_codes_alone_are_no_factor(app: Flask, begin: Begin) -> None:
    give_recovery_codes(app, make_user(app))
    browser = begin()
    browser.submit("login-submit", username=EMAIL, password=PASSWORD)
    assert "code" in browser.answer
