"""OpenID Connect Session Management 1.0: `session_state` in every answer, and the frame that apps ask."""

import hashlib

import pytest

from tests.support.browser import Browser
from tests.support.factories import CALLBACK, make_client, make_user
from tests.support.protocol import ISSUER, form_of, sign_in_by_form

SPEC = "OIDC Session Management 1.0"
COOKIE = "idp_op_state"
ORIGIN = "https://app.example.com"


def op_state(protocol):
    cookie = protocol.http.get_cookie(COOKIE)
    return cookie.value if cookie else None


def expected(client, origin, state, salt):
    return f"{hashlib.sha256(f'{client.id} {origin} {state} {salt}'.encode()).hexdigest()}.{salt}"


def holds(protocol, client, session_state, origin=ORIGIN):
    """What the script in the frame finds."""
    return session_state == expected(client, origin, op_state(protocol), session_state.partition(".")[2])


@pytest.fixture
def client(app):
    return make_client(app)


@pytest.mark.spec(SPEC, "2", "session_state is in the answer, made of client, origin, state of the browser and a salt")
def test_an_app_is_told_the_state_of_the_login(protocol, client):
    protocol.sign_in()
    first, second = (protocol.answer(client)["session_state"] for _ in range(2))
    assert first != second
    assert " " not in first
    assert holds(protocol, client, first)
    assert holds(protocol, client, second)
    assert not holds(protocol, client, first, "https://evil.example")


@pytest.mark.spec(SPEC, "2", "in every response mode")
@pytest.mark.parametrize("mode", ["query", "fragment"])
def test_every_way_of_redirecting_carries_it(protocol, client, mode):
    protocol.sign_in()
    assert holds(protocol, client, protocol.answer(client, response_mode=mode)["session_state"])


def test_a_form_carries_it(protocol, client):
    protocol.sign_in()
    page = protocol.authorize(client, response_mode="form_post")
    assert holds(protocol, client, form_of(page)["session_state"])


def test_a_message_carries_it(app, protocol):
    client = make_client(app, web_origins=[ORIGIN])
    protocol.sign_in()
    assert "session_state" in protocol.authorize(client, response_mode="web_message", prompt="none").text


@pytest.mark.spec(SPEC, "2", "an answer to prompt=none that says no carries it too")
def test_a_refusal_without_a_login_carries_the_state_of_nobody(protocol, client):
    refused = protocol.answer(client, prompt="none")
    assert refused["error"] == "login_required"
    assert holds(protocol, client, refused["session_state"])


@pytest.mark.spec(SPEC, "3.2", "the state of the browser changes when a person signs in or out")
def test_the_state_changes_with_each_login_and_logout(app, protocol, client):
    make_user(app)
    browser = Browser(app)
    browser.client = protocol.http
    seen = []
    for _ in range(2):
        browser.get("/u/login")
        sign_in_by_form(browser)
        seen.append(op_state(protocol))
        answer = protocol.answer(client)["session_state"]
        assert holds(protocol, client, answer)
        browser.get("/oidc/logout")
        browser.submit("logout-confirm")
        seen.append(op_state(protocol))
        assert not holds(protocol, client, answer)
    assert None not in seen
    # Nobody is nobody: the two times without a login need not differ
    assert len(set(seen)) == 3


@pytest.mark.spec(SPEC, "3.2", "a login that has run out shows when the browser comes by")
def test_a_login_that_ended_elsewhere_is_noticed(app, protocol, client):
    protocol.sign_in()
    answer = protocol.answer(client)["session_state"]
    protocol.http.set_cookie("idp_session", "se1_of_nobody", domain="localhost")
    protocol.answer(client, prompt="none")
    assert not holds(protocol, client, answer)


@pytest.mark.spec(SPEC, "2", "the origin is as browsers write it")
@pytest.mark.parametrize(
    ("redirect_uri", "origin"),
    [
        ("https://app.example.com:443/cb", "https://app.example.com"),
        ("https://app.example.com/cb?x=1", "https://app.example.com"),
        ("https://app.example.com:8443/cb", "https://app.example.com:8443"),
        ("http://localhost:3000/cb", "http://localhost:3000"),
        ("http://[::1]:3000/cb", "http://[::1]:3000"),
    ],
)
def test_the_origin_is_that_of_the_redirect_uri(app, protocol, redirect_uri, origin):
    protocol.sign_in()
    client = make_client(app, redirect_uris=[redirect_uri])
    assert holds(protocol, client, protocol.answer(client, redirect_uri=redirect_uri)["session_state"], origin)


@pytest.mark.spec(SPEC, "2", "only apps on the web, and only in answers of OpenID Connect")
def test_who_cannot_ask_is_not_told(app, protocol, client):
    protocol.sign_in()
    native = make_client(app, "native", redirect_uris=["com.example.app:/cb"])
    assert "session_state" not in protocol.answer(native, redirect_uri="com.example.app:/cb")
    assert "session_state" not in protocol.answer(client, scope="profile")


@pytest.mark.spec(SPEC, "3.2", "the cookie can be read by the script, in a frame on another site")
@pytest.mark.parametrize(("issuer", "name"), [(ISSUER, COOKIE), ("https://localhost/", f"__Host-{COOKIE}")])
def test_the_cookie_can_be_read_by_our_script_in_a_frame(protocol, client, monkeypatch, issuer, name):
    app = protocol.app
    monkeypatch.setitem(app.config, "IDP", app.config["IDP"].model_copy(update={"issuer": issuer}))
    response = protocol.authorize(client, prompt="none")
    (cookie,) = [each for each in response.headers.getlist("Set-Cookie") if each.startswith(f"{name}=")]
    parts = {part.strip() for part in cookie.split(";")}
    assert "HttpOnly" not in parts
    assert "Path=/" in parts
    if issuer.startswith("https"):
        assert {"Secure", "SameSite=None"} <= parts
    else:
        assert "SameSite=Lax" in parts
    others = [each for each in response.headers.getlist("Set-Cookie") if each is not cookie]
    assert all("HttpOnly" in each and "SameSite=Lax" in each for each in others)


@pytest.mark.spec(SPEC, "3.2", "a frame on another site cannot change the state: our other cookies do not reach it")
def test_a_frame_elsewhere_leaves_the_state_alone(app, protocol, client):
    protocol.sign_in()
    protocol.answer(client)
    before = op_state(protocol)
    frame = app.test_client()
    frame.set_cookie(COOKIE, before, domain="localhost")
    query = {"client_id": client.id, "redirect_uri": CALLBACK, "response_type": "code", "scope": "openid"}
    query |= {"prompt": "none", "code_challenge": "a" * 43, "code_challenge_method": "S256"}
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "iframe"}
    answer = frame.get("/authorize", base_url=ISSUER, query_string=query, headers=headers)
    assert "error=login_required" in answer.headers["Location"]
    assert not any(each.startswith(COOKIE) for each in answer.headers.getlist("Set-Cookie"))


@pytest.mark.spec(SPEC, "3.3", "check_session_iframe may be framed by every app, and no other page may")
def test_the_page_of_the_script_may_be_framed_and_no_other(protocol):
    url = protocol.document("/.well-known/openid-configuration")["check_session_iframe"]
    page = protocol.http.get(url.removeprefix(ISSUER.rstrip("/")), base_url=ISSUER)
    assert page.status_code == 200
    assert "X-Frame-Options" not in page.headers
    assert "frame-ancestors *" in page.headers["Content-Security-Policy"]
    assert f'data-cookie="{COOKIE}"' in page.text
    assert not page.headers.getlist("Set-Cookie")
    other = protocol.http.get("/u/login", base_url=ISSUER)
    assert other.headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in other.headers["Content-Security-Policy"]
