"""What is begun while the person is signed out everywhere, blocked or deleted does not outlive it, on either store.

SQLite has one writer at a time: there only what lets go of the database in between (a hash) can be overtaken.
"""

import html
import json
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pkgutil import resolve_name
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text, update

from idp.app import create_app
from idp.cli import schema
from idp.config import Settings
from idp.domain.credentials import hashing
from idp.domain.credentials.passkeys import create_passkey, delete_passkeys, list_passkeys, registration_options
from idp.domain.credentials.passwords import find_hash
from idp.domain.errors import DomainError
from idp.domain.interactions import progress
from idp.domain.interactions.request import AuthorizationRequest
from idp.domain.keys import rotation
from idp.domain.lifecycle.passwords import Change, change_password, reset_password
from idp.domain.lifecycle.users import block_user, unblock_user
from idp.domain.sessions.browser_sessions import begin_session
from idp.domain.tenant import settings as tenant_settings
from idp.domain.tenant.config_version import cache
from idp.domain.users.models import User
from idp.domain.users.queries import find_user, get_user
from idp.domain.users.tickets import issue_ticket
from idp.infra.db import db, unit_of_work
from idp.infra.secrets import new_id
from idp.web import rate_limits
from tests.faults.conftest import STORES, sqlite_url
from tests.login.conftest import request_of
from tests.support.authenticator import Authenticator
from tests.support.browser import ORIGIN, Browser
from tests.support.factories import PASSWORD, make_client, make_user
from tests.support.second_factors import code_of, enrol_totp, set_policy

NEW = "another long and quiet sentence"
PATIENCE = 30
#: Where others can write in the middle of a request.
POSTGRES_ONLY = pytest.mark.parametrize("opened", STORES[1:], indirect=True)


@pytest.fixture(scope="module", params=STORES)
def opened(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An app on one store, made once for all of these tests."""
    folder = tmp_path_factory.mktemp("meanwhile")
    is_embedded = request.param == "sqlite"
    url = sqlite_url(folder) if is_embedded else request.getfixturevalue("postgres_server").new_database()
    before = list(tenant_settings._current)
    schema.upgrade(url)
    app = create_app(Settings(secret_key="x" * 40, data_dir=folder, database_url=url, name="Example Login"))
    with app.app_context(), unit_of_work():
        rotation.ensure("RS256")
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    tenant_settings._current[:] = before
    cache.clear()


@pytest.fixture
def app(opened: Flask) -> Flask:
    """The same, with nothing counted and the policy of a new deployment."""
    tenant_settings.use(opened.config["IDP"])
    with opened.app_context(), unit_of_work():
        db.session.execute(text("UPDATE tenant SET login = '{}'"))
    cache.clear()
    rate_limits.local.storage.reset()
    return opened


class Ada:
    """A person, and what happens to her account in another process."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.email = f"{new_id(12).lower()}@example.com"
        self.id = make_user(app, self.email)

    def sign_in(self, password: str = PASSWORD) -> Browser:
        browser = Browser(self.app)
        browser.get("/u/login")
        browser.submit("login-submit", username=self.email, password=password)
        return browser

    def is_in(self, browser: Browser) -> bool:
        browser.get("/account")
        return browser.page.request.path == "/account"

    def reset_link(self) -> str:
        with self.app.app_context(), unit_of_work():
            return issue_ticket(get_user(self.id), "reset_password")

    def follow(self, link: str, password: str = NEW, *, everywhere: bool = True) -> bool:
        """Choose a password by a link; False if it is not good any more."""
        stored = hashing.compute(hashing.normalise(password) or b"")
        with self.app.app_context(), unit_of_work():
            return reset_password(link, stored, None, everywhere=everywhere) is not None

    def reset(self, password: str = NEW, *, everywhere: bool = True) -> None:
        assert self.follow(self.reset_link(), password, everywhere=everywhere)

    def change_password(self) -> None:
        stored = hashing.compute(hashing.normalise(NEW) or b"")
        with self.app.app_context(), unit_of_work(), suppress(DomainError):
            _, sid = begin_session(get_user(self.id), ("pwd",))
            change = Change(seen=find_hash(self.id), stored=stored)
            change_password(get_user(self.id), change, None, keep=sid, everywhere=False)

    def block(self) -> None:
        with self.app.app_context(), unit_of_work():
            block_user(get_user(self.id))

    def unblock(self) -> None:
        with self.app.app_context(), unit_of_work():
            unblock_user(get_user(self.id))


@pytest.fixture
def ada(app: Flask) -> Ada:
    return Ada(app)


Meanwhile = Callable[..., None]


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    """Let another thread do something before (or after) the first call of a function, by its name."""

    def arrange(name: str, what: Callable[[], object], *, is_after: bool = False) -> None:
        then = resolve_name(name)
        done = threading.Event()

        def once() -> None:
            if not done.is_set():
                done.set()
                with ThreadPoolExecutor(1) as other:
                    other.submit(what).result(PATIENCE)

        def both(*values: Any, **named: Any) -> Any:
            if not is_after:
                once()
            found = then(*values, **named)
            once()
            return found

        monkeypatch.setattr(name.replace(":", "."), both)

    return arrange


def test_a_password_that_is_reset_while_it_is_checked_is_a_wrong_one(ada: Ada, meanwhile: Meanwhile) -> None:
    meanwhile("idp.domain.credentials.hashing:matches", ada.reset, is_after=True)
    thief = ada.sign_in()
    assert thief.page.status_code == 422
    assert not ada.is_in(thief)
    assert ada.is_in(ada.sign_in(NEW))


def test_a_login_while_the_user_is_blocked_is_none(ada: Ada, meanwhile: Meanwhile) -> None:
    meanwhile("idp.domain.credentials.hashing:matches", ada.block, is_after=True)
    thief = ada.sign_in()
    ada.unblock()
    assert not ada.is_in(thief)


@POSTGRES_ONLY
def test_a_login_by_what_needs_no_hash_is_none_either(ada: Ada, meanwhile: Meanwhile) -> None:
    thief, credential = with_passkey_of(ada)
    meanwhile("idp.domain.credentials.passkeys:hold_standing", ada.block)
    thief.submit("passkey-sign-in", credential=credential)
    assert "This account is blocked" in thief.page.get_data(as_text=True)
    ada.unblock()
    assert not ada.is_in(thief)


@POSTGRES_ONLY
def test_a_passkey_removed_while_it_is_used_opens_nothing(ada: Ada, meanwhile: Meanwhile) -> None:
    thief, credential = with_passkey_of(ada)

    def remove() -> None:
        with ada.app.app_context(), unit_of_work():
            assert delete_passkeys(ada.id)

    meanwhile("idp.domain.credentials.passkeys:hold_standing", remove)
    thief.submit("passkey-sign-in", credential=credential)
    assert thief.page.status_code == 422
    assert not ada.is_in(thief)


@POSTGRES_ONLY
def test_an_administrator_whose_last_fellow_is_blocked_in_that_instant_stays(ada: Ada, meanwhile: Meanwhile) -> None:
    fellow = Ada(ada.app)
    administrators(ada.app, ada, fellow)
    browser = ada.sign_in()
    browser.get("/account/delete")
    meanwhile("idp.domain.lifecycle.deletion:hold_administrators", fellow.block)
    browser.submit("delete-submit", email=ada.email)
    administrators(ada.app)
    assert browser.page.status_code == 422
    assert "You are the only administrator" in browser.page.text
    assert ada.is_in(browser)


def test_whatever_ends_logins_never_waits_for_one_another_in_a_circle(ada: Ada) -> None:
    """PostgreSQL would end one of two that do, with an error."""
    fellow = Ada(ada.app)
    administrators(ada.app, ada, fellow)
    for _ in range(4):
        changes: list[Callable[[], object]] = []
        for each in (ada, fellow):
            follow = partial(each.follow, each.reset_link())
            changes += [follow, each.change_password, each.block, each.unblock, follow]
        with ThreadPoolExecutor(len(changes)) as threads:
            for done in [threads.submit(change) for change in changes]:
                done.result(PATIENCE)
    administrators(ada.app)


def with_passkey_of(ada: Ada) -> tuple[Browser, str]:
    """A browser at the login page, and what a passkey of hers answered there."""
    made = Authenticator()
    with ada.app.app_context(), unit_of_work():
        user = get_user(ada.id)
        create_passkey(made.make(registration_options("br1_elsewhere", user)), "br1_elsewhere", user)
    browser = Browser(ada.app)
    browser.get("/u/login")
    token = browser.forms[0].fields["csrf_token"]
    asked = browser.client.post("/u/passkey/options", base_url=ORIGIN, data={"csrf_token": token})
    return browser, made.use(asked.get_json())


def administrators(app: Flask, *people: Ada) -> None:
    """Who may administer from now on."""
    with app.app_context(), unit_of_work():
        db.session.execute(update(User).values(is_admin=User.id.in_([each.id for each in people])))


@pytest.mark.parametrize("everywhere", [True, False])
def test_a_change_of_the_password_never_overwrites_a_reset(ada: Ada, meanwhile: Meanwhile, everywhere: bool) -> None:
    thief = ada.sign_in()
    thief.get("/account/password")
    meanwhile("idp.account.password:prepare_password", lambda: ada.reset(everywhere=everywhere), is_after=True)
    thief.submit("password-submit", password="a thief's own quiet sentence")
    if everywhere:
        assert thief.page.request.path == "/u/login"
    else:
        assert "Your password was changed elsewhere a moment ago" in thief.page.get_data(as_text=True)
    assert ada.is_in(ada.sign_in(NEW))
    assert ada.sign_in("a thief's own quiet sentence").page.status_code == 422


@POSTGRES_ONLY
def test_a_login_that_ends_while_it_is_made_stronger_stays_ended(ada: Ada, meanwhile: Meanwhile) -> None:
    thief = ada.sign_in()
    seed = enrol_totp(ada.app, ada.id)
    thief.get("/u/second-factor?return_to=/account")
    meanwhile("idp.login.second_factor:hold_standing", ada.reset)
    thief.submit("totp-submit", code=code_of(seed))
    assert thief.page.request.path == "/u/login"
    assert not ada.is_in(thief)


@POSTGRES_ONLY
def test_of_two_who_set_up_a_passkey_in_mid_login_the_second_does_not(ada: Ada, meanwhile: Meanwhile) -> None:
    set_policy(ada.app, first=("password", "passkey"), second_factor="required", second=("passkey",))
    owner, thief = ada.sign_in(), ada.sign_in()
    made = {browser: Authenticator().make(_options(browser)) for browser in (owner, thief)}
    meanwhile(
        "idp.login.second_factor:hold_standing",
        lambda: owner.submit("passkey-set-up-submit", credential=made[owner]),
    )
    thief.submit("passkey-set-up-submit", credential=made[thief])
    assert thief.page.request.path == "/u/login"
    assert ada.is_in(owner)
    assert not ada.is_in(thief)
    with ada.app.app_context():
        assert len(list_passkeys(ada.id)) == 1


@POSTGRES_ONLY
def test_a_form_of_the_account_sent_while_its_login_ends_does_nothing(ada: Ada, meanwhile: Meanwhile) -> None:
    thief = ada.sign_in()
    thief.get("/account")
    token = thief.forms[0].fields["csrf_token"]
    meanwhile("idp.web.sessions:hold_standing", ada.reset)
    thief.post("/account", {"csrf_token": token, "name": "A Thief"})
    assert thief.page.request.path == "/u/login"
    with ada.app.app_context():
        assert get_user(ada.id).claims["name"] != "A Thief"


@POSTGRES_ONLY
def test_an_app_gets_nothing_of_a_login_that_ends_while_it_is_answered(ada: Ada, meanwhile: Meanwhile) -> None:
    thief, client = ada.sign_in(), make_client(ada.app)
    meanwhile("idp.oauth.authorization.answer:begin_grant", ada.reset)
    thief.get("/authorize", **request_of(client))
    assert thief.answer["error"] == "login_required"


def test_of_six_deletions_at_once_each_ends_well(ada: Ada) -> None:
    browser = ada.sign_in()
    browser.get("/account/delete")
    form = next(form for form in browser.forms if "delete-submit" in form.buttons)
    cookies = {name: browser.client.get_cookie(name).value for name in ("idp_session", "idp_browser")}  # type: ignore[union-attr]

    def send(_: int) -> str:
        client = ada.app.test_client()
        for name, value in cookies.items():
            client.set_cookie(name, value, domain="localhost")
        answer = client.post("/account/delete", base_url=ORIGIN, data=form.filled("delete-submit", email=ada.email))
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"].partition("?")[0]

    with ThreadPoolExecutor(6) as threads:
        seen = set(threads.map(send, range(6)))
    assert "/account/deleted" in seen
    assert seen <= {"/account/deleted", "/u/login"}
    with ada.app.app_context():
        assert find_user(ada.id) is None


def test_tabs_of_one_interaction_lose_no_mark_of_each_other(app: Flask) -> None:
    asked = AuthorizationRequest(
        client_id="x", redirect_uri="y", redirect_uri_was_sent=True, response_type="code", response_mode="query"
    )
    with app.app_context(), unit_of_work():
        begun = progress.start(asked, "a browser")

    def note(number: int) -> None:
        with app.app_context(), unit_of_work():
            progress.mark(begun, {f"step {number}": number})

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(note, range(6)))
    with app.app_context():
        found = progress.find(begun.id, "a browser")
    assert found is not None
    assert found.marks == {f"step {number}": number for number in range(6)}


def _options(browser: Browser) -> dict[str, Any]:
    """What the page asks an authenticator for."""
    found = re.search(r'data-options="([^"]+)"', browser.page.get_data(as_text=True))
    assert found is not None, browser.page.get_data(as_text=True)
    asked: dict[str, Any] = json.loads(html.unescape(found[1]))
    return asked
