"""The edge, as far as it is ours and not the server's: sizes, paths, headers, CORS."""

import gzip

import pytest

from idp.oauth.server import GUESS_LIMIT
from tests.support.browser import Browser
from tests.support.factories import EMAIL, PASSWORD, make_client, make_user
from tests.support.protocol import ISSUER, assert_error

CALLED = ("/oauth/token", "/oauth/revoke", "/oauth/introspect", "/userinfo")
FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("path", CALLED)
@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"a=" + b"x" * 10 * 1024 * 1024, FORM),
        (b"&".join(b"a%d=1" % number for number in range(5000)), FORM),
        (b"&" * 100_000, FORM),
        (b"a" * 200_000, FORM),
        (b'{"a":"' + b"x" * 2 * 1024 * 1024 + b'"}', "application/json"),
        (gzip.compress(b"a=" + b"x" * 1024 * 1024), FORM),
    ],
    ids=["10MiB", "5000-parts", "separators", "one-name", "json", "gzip"],
)
def test_a_body_too_large_or_too_odd_is_refused(protocol, path, body, content_type):
    headers = {"Content-Encoding": "gzip"} if body[:2] == b"\x1f\x8b" else {}
    response = protocol.raw(path, data=body, content_type=content_type, headers=headers)
    assert 400 <= response.status_code < 500


@pytest.mark.parametrize("path", [*CALLED, "/authorize", "/.well-known/openid-configuration", "/u/login"])
def test_many_and_long_headers_do_no_harm(protocol, path):
    headers = {f"X-Header-{number}": "x" for number in range(1000)} | {"Authorization": "Bearer " + "x" * 65_536}
    assert protocol.http.get(path, base_url=ISSUER, headers=headers).status_code < 500


@pytest.mark.parametrize("path", CALLED)
def test_a_length_that_is_none_is_refused(protocol, path):
    for length in ("-1", "x", "9" * 30, ""):
        response = protocol.http.open(
            path, method="POST", base_url=ISSUER, content_type=FORM, environ_overrides={"CONTENT_LENGTH": length}
        )
        assert 400 <= response.status_code < 500


@pytest.mark.parametrize(
    "path",
    ["/OAUTH/TOKEN", "/oauth//token", "//oauth/token", "/oauth/token/", "/oauth/../oauth/token", "/oauth/./token",
     "/oauth/token;x", "/oauth/token%00", "/oauth/tok\xe9n", "/%2e%2e/oauth/token"],
)  # fmt: skip
def test_another_spelling_of_a_path_is_another_path(protocol, path):
    response = protocol.http.open(path, method="POST", base_url=ISSUER, data={"grant_type": "x"})
    assert response.status_code == 404
    assert response.mimetype in {"application/json", "text/html"}


def test_an_encoded_path_is_the_same_endpoint_with_the_same_limit(protocol):
    limit = int(GUESS_LIMIT.partition("/")[0])
    paths = ["/oauth/token", "/oauth/%74oken"]
    statuses = [
        protocol.raw(paths[number % 2], data={"grant_type": "refresh_token", "client_id": "a"}).status_code
        for number in range(limit + 2)
    ]
    assert statuses[-2:] == [429, 429]


def test_an_untrusted_hop_cannot_rotate_its_address(protocol):
    limit = int(GUESS_LIMIT.partition("/")[0])
    statuses = set()
    for number in range(limit + 2):
        headers = {"X-Forwarded-For": f"10.0.0.{number}", "Forwarded": f"for=10.0.1.{number}", "X-Real-IP": "1.1.1.1"}
        response = protocol.raw("/oauth/token", data={"grant_type": "refresh_token", "client_id": "a"}, headers=headers)
        statuses.add(response.status_code)
    assert 429 in statuses


# Headers


def journey(protocol, client, browser):
    """Every kind of answer, by a name."""
    protocol.sign_in()
    tokens = protocol.tokens(client)
    protocol.forget_cookies()
    login = protocol.http.get(protocol.authorize(client).headers["Location"], base_url=ISSUER)
    browser.page = login
    return {
        "login": login,
        "authorize-page": protocol.authorize(client, client_id="nobody"),
        "form-post": protocol.authorize(client, response_mode="form_post", prompt="none"),
        "token": protocol.refresh(client, tokens["refresh_token"]),
        "token-refused": protocol.refresh(client, "x"),
        "token-invalid-client": protocol.raw("/oauth/token", data={"grant_type": "refresh_token"}),
        "introspect": protocol.introspect(client, tokens["access_token"]),
        "revoke": protocol.revoke(client, "x"),
        "userinfo": protocol.userinfo(tokens["access_token"]),
        "userinfo-refused": protocol.userinfo("x"),
        "logout": protocol.http.get("/oidc/logout", base_url=ISSUER),
        "redirect": protocol.authorize(client, response_type="token"),
        "not-found": protocol.http.get("/nothing", base_url=ISSUER),
        "oauth-not-found": protocol.http.get("/oauth/nothing", base_url=ISSUER),
        "method": protocol.http.get("/oauth/token", base_url=ISSUER),
        "discovery": protocol.http.get("/.well-known/openid-configuration", base_url=ISSUER),
        "jwks": protocol.http.get("/.well-known/jwks.json", base_url=ISSUER),
    }


def test_every_answer_has_its_headers(app, protocol, browser):
    answers = journey(protocol, make_client(app), browser)
    public = {"discovery", "jwks"}
    for name, response in answers.items():
        assert response.headers["X-Content-Type-Options"] == "nosniff", name
        assert len(response.headers["X-Request-Id"]) == 10, name
        assert "Server" not in response.headers, name
        if name not in public:
            assert response.headers.get("Cache-Control") == "no-store", name
        if response.mimetype == "text/html":
            policy = response.headers["Content-Security-Policy"]
            for part in ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "script-src 'self'"):
                assert part in policy, name
            assert "unsafe" not in policy, name
            assert response.headers["X-Frame-Options"] == "DENY", name
            assert response.headers["Referrer-Policy"] in {"no-referrer", "same-origin"}, name


def test_every_answer_has_another_reference(protocol):
    seen = {protocol.http.get("/healthz", base_url=ISSUER).headers["X-Request-Id"] for _ in range(20)}
    assert len(seen) == 20


def test_cookies_are_http_only_and_lax(app, protocol, browser):
    make_user(app)
    client = make_client(app)
    browser.page = protocol.authorize(client)
    cookies = browser.page.headers.getlist("Set-Cookie")
    browser.get(protocol.authorize(client).request.full_path)
    fields = browser.forms[0].fields | {"username": EMAIL, "password": PASSWORD}
    entered = browser.client.post(browser.page.request.full_path, base_url=ISSUER, data=fields)
    cookies += entered.headers.getlist("Set-Cookie")
    named = {cookie.partition("=")[0]: cookie for cookie in cookies}
    assert set(named) == {"idp_browser", "idp_session", "idp_device", "idp_op_state"}
    for name, cookie in named.items():
        # The one that our frame's script compares (OIDC Session Management §3.2): of no use to anybody else
        assert ("HttpOnly" in cookie) == (name != "idp_op_state")
        assert "SameSite=Lax" in cookie
        assert "Path=/" in cookie
        assert "Domain" not in cookie


def test_the_cookie_for_frames_is_the_only_one_sent_from_other_sites(app, protocol, monkeypatch):
    make_user(app)
    changed = app.config["IDP"].model_copy(update={"issuer": "https://login.example.com/"})
    monkeypatch.setitem(app.config, "IDP", changed)
    origin = "https://login.example.com"
    page = protocol.app.test_client()
    browser = Browser(app)
    browser.page = page.get("/u/login", base_url=origin)
    cookies = browser.page.headers.getlist("Set-Cookie")
    fields = browser.forms[0].fields | {"username": EMAIL, "password": PASSWORD}
    cookies += page.post("/u/login", base_url=origin, data=fields).headers.getlist("Set-Cookie")
    named = {cookie.partition("=")[0]: cookie for cookie in cookies}
    assert {"__Host-idp_session", "__Host-idp_browser", "__Host-idp_op_state"} <= set(named)
    for name, cookie in named.items():
        assert ("SameSite=None" in cookie) == ("HttpOnly" not in cookie) == (name == "__Host-idp_op_state")
        assert "Secure" in cookie
    state = named["__Host-idp_op_state"].partition("=")[2].partition(";")[0]
    assert not [name for name, cookie in named.items() if name != "__Host-idp_op_state" and state in cookie]


@pytest.mark.parametrize(
    ("issuer", "expected"), [("https://login.example.com/", True), ("https://localhost:8443/", False), (ISSUER, False)]
)
def test_https_is_demanded_of_a_name_of_its_own_not_of_every_program_on_localhost(
    app, protocol, monkeypatch, issuer, expected
):
    monkeypatch.setitem(app.config, "IDP", app.config["IDP"].model_copy(update={"issuer": issuer}))
    response = protocol.http.get("/u/login", base_url=issuer)
    assert ("Strict-Transport-Security" in response.headers) == expected


@pytest.mark.parametrize("path", ["/authorize", "/oidc/logout"])
@pytest.mark.parametrize(("size", "status"), [(40_000, 303), (60_000, 413)])
def test_a_form_that_no_address_can_hold_is_refused_and_not_sent_on(protocol, path, size, status):
    response = protocol.http.post(path, base_url=ISSUER, data={"state": "x" * size})
    assert response.status_code == status
    assert ("Location" in response.headers) == (status == 303)


# CORS

ORIGIN = "https://spa.example.com"


@pytest.fixture
def spa(app):
    return make_client(app, "spa", redirect_uris=[f"{ORIGIN}/callback"], web_origins=["https://other.example.com"])


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/revoke", "/userinfo"])
@pytest.mark.parametrize("origin", [ORIGIN, "https://other.example.com"])
def test_a_registered_origin_may_call(protocol, spa, path, origin):
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    preflight = protocol.http.open(path, method="OPTIONS", base_url=ISSUER, headers=asked)
    assert preflight.status_code in {200, 204}
    assert preflight.headers["Access-Control-Allow-Origin"] == origin
    assert "POST" in preflight.headers["Access-Control-Allow-Methods"]
    assert "content-type" in preflight.headers["Access-Control-Allow-Headers"]
    response = protocol.raw(path, headers={"Origin": origin})
    assert response.headers["Access-Control-Allow-Origin"] == origin
    assert "Access-Control-Allow-Credentials" not in response.headers
    assert "Origin" in response.headers["Vary"]


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/revoke", "/userinfo"])
@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "https://spa.example.com.evil.example", "http://spa.example.com",
     "https://spa.example.com:444", "https://spa.example.com/", "https://SPA.example.com", "https://spa.example.co"],
)  # fmt: skip
def test_an_origin_that_is_not_registered_may_not(protocol, spa, path, origin):
    for method in ("OPTIONS", "POST"):
        response = protocol.http.open(path, method=method, base_url=ISSUER, headers={"Origin": origin})
        assert "Access-Control-Allow-Origin" not in response.headers


@pytest.mark.parametrize("path", ["/authorize", "/oauth/introspect", "/u/login", "/oidc/logout", "/v2/logout"])
def test_what_no_browser_calls_is_open_to_no_origin(protocol, spa, path):
    for method in ("OPTIONS", "GET", "POST"):
        response = protocol.http.open(path, method=method, base_url=ISSUER, headers={"Origin": ORIGIN})
        assert "Access-Control-Allow-Origin" not in response.headers


def test_errors_can_be_read_by_a_registered_origin(protocol, spa):
    response = protocol.raw("/oauth/token", data={"grant_type": "x"}, headers={"Origin": ORIGIN})
    assert_error(response, "unsupported_grant_type")
    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
