"""/admin/apps/new: a machine gets the access that was chosen for it and no other, and the page says which."""

import html
import re
import shlex

import pytest
from click.testing import CliRunner
from werkzeug.datastructures import MultiDict

from idp.cli import main
from idp.domain.apis.queries import find_client_grants
from idp.domain.apis.registration import register_api
from idp.domain.clients.queries import list_records
from idp.domain.tenant.config_version import cache
from idp.infra.db import unit_of_work
from tests.support.app import SECRET
from tests.support.factories import AUDIENCE, CALLBACK, EMAIL, PASSWORD, make_api, make_user

FIRST = "https://aardvark.example/"


@pytest.fixture
def console(app, browser):
    """An administrator's browser at the form."""
    make_user(app, is_admin=True)
    browser.get("/u/login")
    browser.submit("login-submit", username=EMAIL, password=PASSWORD)
    browser.get("/admin/apps/new")
    return browser


@pytest.fixture
def apis(app):
    """Two APIs with scopes of the same names; one is first in the alphabet."""
    make_api(app)
    with app.app_context(), unit_of_work():
        register_api("Aardvarks", FIRST, scopes={"read": "Read aardvarks", "feed": ""}, signing_alg="ES256")


def api_id(console, audience):
    """The id that the form has for an API."""
    found = re.findall(r'name="api" value="([^"]+)".*?scope-detail">([^<]+)<', text(console), re.DOTALL)
    return {named: value for value, named in found}[audience]


def text(console):
    return html.unescape(console.page.get_data(as_text=True))


def register(console, kind="machine", **answers):
    form = console.forms[0]
    return console.post(form.action, MultiDict({**form.fields, "name": "Nightly", "kind": kind, **answers}))


def granted(app):
    with app.app_context():
        [client] = list_records()
        return find_client_grants(client.id)


def ask_for_a_token(app, console):
    """The request that the page shows for curl."""
    [command] = re.findall(r'<code id="code-curl">(.+?)</code>', text(console), re.DOTALL)
    words = shlex.split(command)
    data = dict(value.split("=", 1) for value in words if "=" in value)
    return app.test_client().post("/oauth/token", data=data)


def test_a_machine_gets_the_scopes_that_were_ticked_at_the_api_that_was_chosen(app, console, apis):
    console.get("/admin/apps/new")
    chosen, other = api_id(console, AUDIENCE), api_id(console, FIRST)
    page = register(console, api=chosen, **{f"scopes-{chosen}": ["read"], f"scopes-{other}": ["read", "feed"]})
    assert page.status_code == 200
    assert granted(app) == {AUDIENCE: frozenset({"read"})}
    assert f"It may call <strong>Example API</strong> (<code>{AUDIENCE}</code>)" in text(console)
    assert re.findall(r'<code class="tag">(\w+)<', text(console)) == ["read"]
    answer = ask_for_a_token(app, console)
    assert (answer.status_code, answer.json["scope"]) == (200, "read")


def test_nothing_is_ticked_beforehand_and_an_api_without_scopes_ticked_gives_none(app, console, apis):
    console.get("/admin/apps/new")
    assert console.forms[0].fields.keys() == {"csrf_token", "name", "kind", "callback"}
    register(console, api=api_id(console, AUDIENCE))
    assert granted(app) == {AUDIENCE: frozenset()}
    assert "It has no scopes there" in text(console)
    assert ask_for_a_token(app, console).json["scope"] == ""


@pytest.mark.parametrize("answer", [{}, {"api": ""}, {"api": "of another deployment"}])
def test_which_api_is_asked_again_if_it_was_not_said_and_nothing_is_registered(app, console, apis, answer):
    console.get("/admin/apps/new")
    chosen = api_id(console, AUDIENCE)
    assert register(console, **answer, **{f"scopes-{chosen}": "write"}).status_code == 422
    assert 'id="api-error"' in text(console)
    assert f'name="scopes-{chosen}" value="write" checked' in text(console)
    assert 'value="machine" checked' in text(console)
    with app.app_context():
        assert list_records() == []


def test_a_scope_that_the_api_does_not_have_is_not_given(app, console, apis):
    console.get("/admin/apps/new")
    chosen = api_id(console, AUDIENCE)
    register(console, api=chosen, **{f"scopes-{chosen}": ["feed", "write"]})
    assert granted(app) == {AUDIENCE: frozenset({"write"})}


def test_a_machine_without_access_is_told_so_and_gets_no_token(app, console, apis):
    console.get("/admin/apps/new")
    register(console, api="none")
    assert granted(app) == {}
    assert "It has no access yet" in text(console)
    assert ask_for_a_token(app, console).json["error"] == "access_denied"


@pytest.mark.parametrize("has_api", [True, False])
def test_the_commands_on_the_page_give_a_machine_access(app, console, request, monkeypatch, has_api):
    if has_api:
        request.getfixturevalue("apis")
        console.get("/admin/apps/new")
        register(console, api="none")
    else:
        assert "No API is registered yet" in text(console)
        register(console)
    commands = re.findall(r'<code id="(?:api|grant)-command">idp ([^<]+)<', text(console))
    assert len(commands) == (1 if has_api else 2)
    monkeypatch.setenv("IDP_DATA_DIR", str(app.config["IDP"].data_dir))
    monkeypatch.setenv("IDP_SECRET_KEY", SECRET)
    for command in commands:
        done = CliRunner().invoke(main, shlex.split(command))
        assert done.exit_code == 0, done.output
    cache.clear()
    assert ask_for_a_token(app, console).status_code == 200


@pytest.mark.parametrize("kind", ["web", "spa", "native"])
def test_an_app_that_people_sign_in_to_gets_no_access_of_its_own(app, console, apis, kind):
    console.get("/admin/apps/new")
    chosen = api_id(console, AUDIENCE)
    assert register(console, kind, callback=CALLBACK, api=chosen, **{f"scopes-{chosen}": "read"}).status_code == 200
    assert granted(app) == {}
    assert 'id="access"' not in text(console)


def test_the_snippet_of_an_api_verifies_with_the_algorithm_that_it_signs_with(app, console, apis):
    console.get("/admin/apps/new")
    register(console, api=api_id(console, FIRST))
    assert 'algorithms=["ES256"]' in text(console)
    assert f'audience="{FIRST}"' in text(console)
    assert "Protect Aardvarks: FastAPI" in text(console)


@pytest.mark.parametrize(
    ("callback", "listens"),
    [
        ("http://127.0.0.1:8400/in", ('HTTPServer(("127.0.0.1", 8400)', 'redirect_uri="http://127.0.0.1:8400/in"')),
        ("http://127.0.0.1/in", ('HTTPServer(("127.0.0.1", 3000)', 'redirect_uri="http://127.0.0.1:3000/in"')),
        ("http://localhost/in", ('HTTPServer(("127.0.0.1", 80)', 'redirect_uri="http://localhost/in"')),
        ("http://[::1]:8400/in", ("AF_INET6", 'HTTPServer(("::1", 8400)')),
        ("com.example.app:/in", ("registered for com.example.app:", "sys.argv[1]")),
        ("https://app.example.com/in", ("registered for https://app.example.com", "sys.argv[1]")),
    ],
)
def test_the_snippet_of_a_native_app_listens_only_where_its_callback_is_a_port(console, callback, listens):
    assert register(console, "native", callback=callback).status_code == 200
    for line in listens:
        assert line in text(console)
    assert ("HTTPServer" in text(console)) == callback.startswith("http:")
