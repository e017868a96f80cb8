import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from idp.app import create_app
from idp.cli import schema
from idp.config import Settings
from idp.domain.clients.queries import list_records
from idp.domain.clients.registration import NewClient, register_client
from idp.domain.keys import rotation
from idp.domain.lifecycle.setup import SetupOverError, create_first_administrator
from idp.domain.tenant.setup import new_setup_token
from idp.domain.users.accounts import create_user
from idp.domain.users.queries import find_user_by_email, has_administrator
from idp.infra.db import db, unit_of_work

CALLBACK = "http://localhost:3000/callback"
EMAIL = "ada@example.com"
PASSWORD = "lantern orbit velvet canoe"


@pytest.fixture
def app(tmp_path) -> Iterator[Flask]:
    settings = Settings(
        database_url=f"sqlite:///{tmp_path}/idp.sqlite3",
        secret_key="3fK9-zQ71xVtLm02_rUwYhBn4sDpEcGj",
        data_dir=tmp_path,
    )
    schema.upgrade(settings.database_url)
    app = create_app(settings)
    with app.app_context(), unit_of_work():
        rotation.ensure("RS256")
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def token(app) -> str:
    with app.app_context(), unit_of_work():
        return new_setup_token()


@pytest.fixture
def browser(app) -> FlaskClient:
    return app.test_client()


def form_token(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found
    return found[1]


def post(browser: FlaskClient, path: str, **fields: str):
    return browser.post(path, data={"csrf_token": form_token(browser.get(path).text), **fields})


def set_up(browser: FlaskClient, token: str, email: str = EMAIL, password: str = PASSWORD):
    return post(browser, f"/setup?token={token}", email=email, password=password)


def test_the_link_makes_a_verified_administrator_who_is_signed_in(app, browser, token):
    answer = set_up(browser, token)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/apps/new")
    with app.app_context():
        user = find_user_by_email(EMAIL)
        assert user
        assert user.is_admin
        assert user.email_verified
    assert browser.get("/admin/apps/new").status_code == 200
    assert EMAIL in browser.get("/admin").text


def test_the_link_works_once(browser, token, app):
    set_up(browser, token)
    second = app.test_client()
    answer = second.get(f"/setup?token={token}")
    assert answer.status_code == 410
    assert "idp users create" in answer.text


@pytest.mark.parametrize("wrong", ["", "su1_nonsense", "x" * 5000])
def test_a_link_that_was_never_given_shows_the_way_on(browser, token, wrong):
    answer = browser.get("/setup", query_string={"token": wrong})
    assert answer.status_code == 410
    assert "prints a new link" in answer.text
    assert ">idp users create you@example.com --admin</code>" in answer.text


def test_a_newer_link_replaces_the_older(app, browser, token):
    with app.app_context(), unit_of_work():
        newer = new_setup_token()
    assert browser.get(f"/setup?token={token}").status_code == 410
    assert browser.get(f"/setup?token={newer}").status_code == 200


def test_the_link_is_over_once_there_is_an_administrator_by_other_means(app, browser, token):
    with app.app_context(), unit_of_work():
        create_user("other@example.com", is_admin=True)
    assert browser.get(f"/setup?token={token}").status_code == 410


@pytest.mark.parametrize(("email", "password"), [("nonsense", PASSWORD), (EMAIL, "short"), (EMAIL, "password" * 3)])
def test_what_cannot_be_used_is_told_and_spends_nothing(app, browser, token, email, password):
    assert set_up(browser, token, email, password).status_code == 422
    with app.app_context():
        assert not has_administrator()
    assert set_up(browser, token).status_code == 303


def test_an_address_that_is_taken_spends_nothing(app, browser, token):
    with app.app_context(), unit_of_work():
        create_user(EMAIL)
    answer = set_up(browser, token)
    assert answer.status_code == 422
    assert "There is an account" in answer.text
    assert set_up(browser, token, "other@example.com").status_code == 303


def test_a_form_from_elsewhere_is_refused(app, browser, token):
    browser.get(f"/setup?token={token}")
    answer = browser.post(f"/setup?token={token}", data={"email": EMAIL, "password": PASSWORD})
    assert answer.status_code == 403
    with app.app_context():
        assert not has_administrator()


def test_of_two_who_hold_the_link_one_becomes_administrator(app, token):
    with app.app_context(), unit_of_work():
        create_first_administrator(token, EMAIL, "hash")
    with app.app_context(), pytest.raises(SetupOverError):
        create_first_administrator(token, "eve@example.com", "hash")


def test_the_console_sends_whoever_is_not_signed_in_to_the_login_and_back(browser):
    answer = browser.get("/admin/apps/new")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/u/login?return_to=%2Fadmin%2Fapps%2Fnew"


def test_the_console_is_for_administrators_alone(app, browser, token):
    set_up(browser, token)
    with app.app_context(), unit_of_work():
        user = find_user_by_email(EMAIL)
        assert user
        user.is_admin = False
    for path in ("/admin", "/admin/apps/new"):
        assert browser.get(path).status_code == 403


def test_the_sample_app_beside_the_server_is_no_app_of_the_operators(app, browser, token):
    with app.app_context(), unit_of_work():
        sample = register_client(NewClient(name="Sample app", kind="web", redirect_uris=[CALLBACK]))
        app.config["SAMPLE_CLIENT_ID"] = sample.record.id
    set_up(browser, token)
    assert "Register your first app" in browser.get("/admin/apps/new").text
    assert browser.get("/admin").text.count('class="done"') == 1
    post(browser, "/admin/apps/new", name="Fieldnotes", kind="web", callback=CALLBACK)
    assert "Register your first app" not in browser.get("/admin/apps/new").text
    assert browser.get("/admin").text.count('class="done"') == 2


def test_a_registered_app_is_shown_with_its_real_values_once(app, browser, token):
    set_up(browser, token)
    answer = post(browser, "/admin/apps/new", name="Fieldnotes", kind="web", callback="http://localhost:3000/callback")
    with app.app_context():
        [record] = list_records()
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]
    assert record.id in answer.text
    secret = re.search(r"cs1_[\w-]{43}", answer.text)
    assert secret
    assert secret[0] not in browser.get("/admin").text


@pytest.mark.parametrize("callback", ["", "http://example.com/cb", "nonsense", "https://a.example/*"])
def test_a_callback_that_cannot_be_used_is_told_at_its_field(app, browser, token, callback):
    set_up(browser, token)
    answer = post(browser, "/admin/apps/new", name="Fieldnotes", kind="web", callback=callback)
    assert answer.status_code == 422
    assert 'id="callback-error"' in answer.text
    with app.app_context():
        assert not list_records()
