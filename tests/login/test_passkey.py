"""Passkeys on the pages of the login: alone, as the second step, set up in mid-login, and offered after it."""

import html
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from flask import Flask

from idp.domain.credentials.passkeys import create_passkey, delete_passkey, list_passkeys, registration_options
from idp.domain.lifecycle.users import block_user
from idp.domain.users.queries import get_user
from idp.infra import clock
from idp.infra.db import unit_of_work
from tests.login.conftest import Begin
from tests.support.authenticator import VERIFIED, Authenticator
from tests.support.browser import Browser
from tests.support.factories import EMAIL, PASSWORD, App, make_user
from tests.support.protocol import Protocol, claims_of
from tests.support.second_factors import code_of, enrol_totp, set_policy

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
PASSKEYS = "idp_passkeys"


@pytest.fixture
def ada(app: Flask) -> str:
    """A person with a password; the id."""
    return make_user(app)


@pytest.fixture
def made(app: Flask, ada: str) -> Authenticator:
    """Ada's passkey."""
    return give_passkey(app, ada)


def give_passkey(app: Flask, user_id: str) -> Authenticator:
    authenticator = Authenticator()
    with app.app_context(), unit_of_work():
        user = get_user(user_id)
        create_passkey(authenticator.make(registration_options("br1_elsewhere", user)), "br1_elsewhere", user)
    return authenticator


def fetch_options(browser: Browser, able: str = "") -> dict[str, Any]:
    """What the login page's script fetches."""
    token = browser.forms[0].fields["csrf_token"]
    answer = browser.client.post(
        "/u/passkey/options", base_url="http://localhost:8000", data={"csrf_token": token, "able": able}
    )
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    found: dict[str, Any] = answer.get_json()
    return found


def options_on(browser: Browser) -> dict[str, Any]:
    """What the page tells its script to ask the authenticator."""
    found = re.search(r'data-options="([^"]+)"', browser.page.get_data(as_text=True))
    assert found is not None, browser.page.get_data(as_text=True)
    options: dict[str, Any] = json.loads(html.unescape(found[1]))
    return options


def press(browser: Browser, made: Authenticator, **changes: Any) -> Browser:
    browser.submit("passkey-sign-in", credential=made.use(fetch_options(browser), **changes))
    return browser


def path(browser: Browser) -> str:
    return browser.page.request.path


def text(browser: Browser) -> str:
    return browser.page.get_data(as_text=True)


def passkeys_of(app: Flask, user_id: str) -> list[str]:
    with app.app_context():
        return [each.id for each in list_passkeys(user_id)]


def id_token(app: Flask, client: App, browser: Browser) -> dict[str, Any]:
    answer = Protocol(app).redeem(client, browser.answer["code"], code_verifier=VERIFIER)
    assert answer.status_code == 200, answer.text
    return claims_of(answer.get_json()["id_token"])


def test_a_passkey_alone_is_two_factors_and_tokens_say_so(
    app: Flask, client: App, begin: Begin, made: Authenticator
) -> None:
    set_policy(app, second_factor="required")
    told = id_token(app, client, press(begin(), made))
    assert set(told["amr"]) == {"pop", "user", "mfa"}
    assert told["acr"] == "2"
    assert Protocol(app).events("login.succeeded") == [{"method": "passkey"}]


def test_what_is_asked_depends_on_nobody(app: Flask, begin: Begin, made: Authenticator) -> None:
    known, unknown = begin(), begin(Browser(app), login_hint="nobody@example.com")
    first, second = fetch_options(known), fetch_options(unknown)
    assert first.pop("challenge") != second.pop("challenge")
    assert first == second
    assert first["allowCredentials"] == []


def test_options_are_for_our_own_page_alone(app: Flask, browser: Browser) -> None:
    browser.get("/u/login")
    answer = browser.client.post("/u/passkey/options", base_url="http://localhost:8000", data={"csrf_token": "no"})
    assert answer.status_code == 403
    browser.post("/u/passkey/sign-in", {"credential": "{}"})
    assert browser.page.status_code == 403


@pytest.mark.parametrize("page", ["/u/passkey/options", "/u/passkey/sign-in"])
def test_the_address_of_a_form_leads_to_the_login(browser: Browser, page: str) -> None:
    browser.get(page)
    assert path(browser) == "/u/login"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"origin": "https://evil.example"}, "could not be checked"),
        ({"without": VERIFIED}, "could not be checked"),
        ({"challenge": "A" * 43}, "took too long"),
    ],
)
def test_a_refused_passkey_leads_back_to_a_login_that_works(
    app: Flask, begin: Begin, made: Authenticator, changes: dict[str, Any], words: str
) -> None:
    browser = press(begin(), made, **changes)
    assert browser.page.status_code == 422
    assert words in text(browser)
    assert browser.client.get_cookie("idp_session") is None
    assert Protocol(app).events("login.failed")[0]["reason"].startswith("passkey: ")
    browser.submit("login-submit", username=EMAIL, password=PASSWORD)
    assert "code" in browser.answer


def test_a_form_without_scripts_is_told_what_is_missing(begin: Begin, made: Authenticator) -> None:
    browser = begin()
    browser.submit("passkey-sign-in")
    assert "No passkey came from this browser" in text(browser)
    press(browser, made)
    assert "code" in browser.answer


def test_a_removed_passkey_says_so_and_the_password_goes_on_working(
    app: Flask, begin: Begin, ada: str, made: Authenticator
) -> None:
    with app.app_context(), unit_of_work():
        delete_passkey(ada, list_passkeys(ada)[0].id)
    browser = press(begin(), made)
    assert "not known here any more" in text(browser)


def test_a_passkey_that_may_be_a_copy_is_refused_and_its_owner_is_told(
    begin: Begin, made: Authenticator, mails: Callable[[], list[Any]]
) -> None:
    press(begin(), made, count=7)
    browser = press(begin(prompt="login"), made, count=6)
    assert "looks like a copy" in text(browser)
    assert mails()[0].subject.startswith("A passkey of your account was refused")


def test_a_blocked_person_gets_no_further(app: Flask, begin: Begin, ada: str, made: Authenticator) -> None:
    with app.app_context(), unit_of_work():
        block_user(get_user(ada))
    browser = press(begin(), made)
    assert browser.page.status_code == 422
    assert "This account is blocked" in text(browser)
    assert browser.client.get_cookie("idp_session") is None


def test_where_passkeys_are_off_none_is_taken_nor_shown(app: Flask, begin: Begin, made: Authenticator) -> None:
    browser = begin()
    set_policy(app, first=("password",))
    press(browser, made)
    assert browser.elsewhere is None
    assert "switched off" in text(browser)
    begin()
    assert "passkey" not in text(browser)
    assert 'autocomplete="username"' in text(browser)


def enter_password(browser: Browser) -> Browser:
    browser.submit("login-submit", username=EMAIL, password=PASSWORD)
    return browser


def test_a_passkey_that_is_a_way_in_asks_nothing_more_of_a_password(begin: Begin, made: Authenticator) -> None:
    assert "code" in enter_password(begin()).answer


def test_after_a_password_a_passkey_is_the_second_step(
    app: Flask, client: App, begin: Begin, made: Authenticator
) -> None:
    browser = enter_password(begin(acr_values="2"))
    assert path(browser) == "/u/passkey"
    asked = options_on(browser)
    assert len(asked["allowCredentials"]) == 1
    browser.submit("passkey-submit", credential=made.use(asked, handle=None))
    told = id_token(app, client, browser)
    assert set(told["amr"]) == {"pwd", "pop", "user", "mfa"}
    assert told["acr"] == "2"


def test_another_persons_passkey_is_no_second_step(app: Flask, begin: Begin, made: Authenticator) -> None:
    theirs = give_passkey(app, make_user(app, "bob@example.com"))
    browser = enter_password(begin(acr_values="2"))
    page = browser.submit("passkey-submit", credential=theirs.use(options_on(browser)))
    assert page.status_code == 422
    assert "belongs to another account" in text(browser)
    browser.submit("passkey-submit", credential=made.use(options_on(browser)))
    assert "code" in browser.answer


def test_the_answer_of_the_login_page_is_none_of_the_second_step(begin: Begin, made: Authenticator) -> None:
    browser = begin(acr_values="2")
    of_login = made.use(fetch_options(browser))
    enter_password(browser)
    assert browser.submit("passkey-submit", credential=of_login).status_code == 422
    assert browser.submit("passkey-submit").status_code == 422


def test_the_page_of_the_second_step_leads_on_where_it_is_not_due(begin: Begin, made: Authenticator) -> None:
    browser = begin()
    state = browser.state
    for page in ("/u/passkey", "/u/passkey/set-up", "/u/passkey/offer"):
        browser.get(f"{page}?{urlencode({'state': state})}")
        assert path(browser) == "/u/login", page


def test_a_passkey_is_set_up_in_mid_login(app: Flask, client: App, begin: Begin, ada: str) -> None:
    set_policy(app, second_factor="required", second=("passkey", "recovery_code"))
    browser = enter_password(begin())
    assert path(browser) == "/u/passkey/set-up"
    authenticator = Authenticator()
    assert browser.submit("passkey-set-up-submit", credential="junk").status_code == 422
    browser.submit("passkey-set-up-submit", credential=authenticator.make(options_on(browser)))
    assert "recovery codes" in text(browser).lower()
    browser.get(next(link for link in browser.links if "resume" in link))
    assert set(id_token(app, client, browser)["amr"]) == {"pwd", "pop", "user", "mfa"}
    assert len(passkeys_of(app, ada)) == 1


def test_the_owner_is_told_of_a_new_passkey(app: Flask, begin: Begin, ada: str, mails: Any) -> None:
    browser = offered(begin())
    browser.submit("passkey-create", credential=Authenticator().make(options_on(browser)))
    assert "A passkey was added to your account: Passkey." in mails()[0].text
    assert [each["factor"] for each in Protocol(app).events("factor.added")] == ["passkey"]


def offered(browser: Browser) -> Browser:
    """After a password, in a browser whose script has said that it can keep a passkey."""
    fetch_options(browser, able="yes")
    return enter_password(browser)


def test_the_offer_makes_a_passkey_and_goes_on_to_the_app(app: Flask, client: App, begin: Begin, ada: str) -> None:
    browser = offered(begin())
    assert path(browser) == "/u/passkey/offer"
    assert "Faster next time" in text(browser)
    authenticator = Authenticator()
    browser.submit("passkey-create", credential=authenticator.make(options_on(browser)))
    assert id_token(app, client, browser)["amr"] == ["pwd"]
    again = Browser(app)
    assert "code" in press(begin(again), authenticator).answer


def test_the_offer_declined_is_not_made_again_for_ninety_days(app: Flask, begin: Begin, ada: str) -> None:
    with time_machine.travel(clock.now(), tick=False) as traveller:
        browser = offered(begin())
        browser.submit("passkey-later")
        assert "code" in browser.answer
        traveller.shift(89 * 86400)
        assert "code" in offered(begin(Browser(app))).answer
        traveller.shift(86400)
        assert path(offered(begin(Browser(app)))) == "/u/passkey/offer"


def test_the_app_never_waits_for_the_offer(begin: Begin, ada: str) -> None:
    browser = offered(begin())
    state = browser.state
    assert browser.submit("passkey-create").status_code == 422
    browser.get(f"/authorize/resume?state={state}")
    assert "code" in browser.answer
    browser.get(f"/u/passkey/offer?state={state}")
    assert "This sign-in is finished" in text(browser)


def test_an_old_login_is_offered_nothing(app: Flask, begin: Begin, ada: str) -> None:
    with time_machine.travel(clock.now(), tick=False) as traveller:
        browser = offered(begin())
        credential = Authenticator().make(options_on(browser))
        form = browser.forms[0]
        traveller.shift(301)
        browser.post(form.action, {**form.fields, "credential": credential})
        assert "code" in browser.answer
        assert passkeys_of(app, ada) == []


@pytest.mark.parametrize("policy", [{"first": ("password",)}, {}])
def test_nothing_is_offered_where_passkeys_are_off_or_the_browser_has_none(
    app: Flask, begin: Begin, ada: str, policy: dict[str, Any]
) -> None:
    browser = begin()
    set_policy(app, **policy)
    if policy:
        browser.client.set_cookie(PASSKEYS, "able", domain="localhost")
    assert "code" in enter_password(browser).answer


def test_whoever_has_a_second_factor_is_offered_a_passkey_only_after_proving_it(
    app: Flask, begin: Begin, ada: str
) -> None:
    seed = enrol_totp(app, ada)
    set_policy(app, second_factor="off")
    browser = offered(begin())
    assert "code" in browser.answer
    set_policy(app, second_factor="optional")
    again = offered(begin(Browser(app)))
    again.submit("totp-submit", code=code_of(seed))
    assert path(again) == "/u/passkey/offer"
