"""/authorize and what can be sent to it, by mistake or on purpose."""

from urllib.parse import quote, urlencode

import pytest

from idp.domain.clients.registration import update_client
from idp.infra import jwt
from idp.infra.db import unit_of_work
from tests.support.factories import CALLBACK, make_api, make_client, make_user
from tests.support.protocol import (
    ISSUER,
    PAIR,
    assert_page,
    claims_of,
    later,
    make_person,
    sign_in_by_form,
)

EVIL = "https://evil.example/cb"


@pytest.fixture
def client(app, protocol):
    protocol.sign_in()
    return make_client(app)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"response_type": "x"},
        {"response_type": None},
        {"scope": '"'},
        {"prompt": "none"},
        {"prompt": "bogus"},
        {"response_mode": "fragment"},
        {"response_mode": "form_post"},
        {"request_uri": "http://127.0.0.1:1/"},
        {"code_challenge": None},
        {"max_age": "x"},
        {"audience": "x"},
    ],
    ids=repr,
)
@pytest.mark.parametrize("known", [False, True], ids=["unknown-client", "unregistered-uri"])
def test_nothing_else_that_is_wrong_makes_an_unsure_request_redirect(protocol, client, known, wrong):
    named = {} if known else {"client_id": "nobody"}
    assert_page(protocol.authorize(client, redirect_uri=EVIL, **named, **wrong))


#: Spellings of a registered address, each but a character or a part away from it: not one may pass (RFC 9700 §4.1.3)
MUTATIONS = [
    # the path
    CALLBACK + "/",
    CALLBACK + "//",
    CALLBACK + "/..;/x",
    CALLBACK + "/../callback",
    CALLBACK + "/%2e%2e/x",
    CALLBACK + "/./",
    CALLBACK + "%2f",
    CALLBACK + "%252f",
    CALLBACK + "%00",
    CALLBACK + "%0d%0aLocation:%20https://evil.example",
    CALLBACK + "\\..",
    "https://app.example.com//callback",
    "https://app.example.com/./callback",
    "https://app.example.com/x/../callback",
    "https://app.example.com/Callback",
    "https://app.example.com/%63allback",
    "https://app.example.com/callbac",
    "https://app.example.com/callback2",
    "https://app.example.com/",
    "https://app.example.com",
    "https://app.example.com\\callback",
    # the host
    "https://app.example.com@evil.example/callback",
    "https://app.example.com:443@evil.example/callback",
    "https://a@b@app.example.com/callback",
    "https://user:pw@app.example.com/callback",
    "https://app.example.com.evil.example/callback",
    "https://evil.example/app.example.com/callback",
    "https://evil.example#app.example.com/callback",
    "https://evil.example?app.example.com/callback",
    "https://evil.example\\@app.example.com/callback",
    "https://sub.app.example.com/callback",
    "https://app.example.com:443/callback",
    "https://app.example.com:8443/callback",
    "https://app.example.com./callback",
    "https://APP.example.com/callback",
    "https://app.exampl\u0435.com/callback",
    "https://app.example\u3002com/callback",
    "https://app%2eexample.com/callback",
    # query and fragment
    CALLBACK + "?",
    CALLBACK + "?x=1",
    CALLBACK + ";x=1",
    CALLBACK + "#",
    CALLBACK + "#f",
    CALLBACK + "&x=1",
    # the scheme, and no URL at all
    "http://app.example.com/callback",
    "HTTPS://app.example.com/callback",
    "//app.example.com/callback",
    "/callback",
    "callback",
    "javascript:alert(1)//app.example.com/callback",
    "data:text/html,app.example.com/callback",
    "urn:app.example.com/callback",
    " " + CALLBACK,
    CALLBACK + " ",
    CALLBACK + "\t",
    CALLBACK + "\n",
    "\ufeff" + CALLBACK,
    CALLBACK + "," + CALLBACK,
    CALLBACK + " https://evil.example/",
]


@pytest.mark.parametrize("uri", MUTATIONS)
def test_a_mutated_redirect_uri_is_refused_on_a_page(protocol, client, uri):
    response = protocol.authorize(client, redirect_uri=uri)
    assert_page(response)
    assert "<script>alert" not in response.text


def test_an_empty_redirect_uri_is_an_absent_one(app, protocol, client):
    assert "code" in protocol.answer(client, redirect_uri="")
    several = make_client(app, redirect_uris=[CALLBACK, EVIL])
    assert_page(protocol.authorize(several, redirect_uri=""))
    assert_page(protocol.authorize(make_client(app, redirect_uris=[]), redirect_uri=None))


@pytest.mark.parametrize("scope", ["x" * 8193, "openid " * 2000, "openid\x00", "openid\nprofile", '"', "o\u200bpenid"])
def test_a_scope_that_is_none_is_an_error_or_narrowed(protocol, client, scope):
    answer = protocol.answer(client, scope=scope)
    assert answer["error"] in {"invalid_scope", "invalid_request"}


def test_a_scope_beyond_the_clients_list_is_left_out(app, protocol):
    client = make_client(app, changes={"scopes": ["openid", "email"]})
    tokens = protocol.tokens(client, scope="openid email profile phone")
    assert tokens["scope"] == "openid email"
    assert "name" not in protocol.userinfo(tokens["access_token"]).get_json()


def test_the_scope_of_an_api_is_no_scope_without_it(app, protocol, client):
    make_api(app)
    assert protocol.tokens(client, scope="openid read")["scope"] == "openid"


def log_in(browser, client, email, **asked):
    request = {
        "client_id": client.id,
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "openid",
        "code_challenge": PAIR.challenge,
        "code_challenge_method": "S256",
        **asked,
    }
    browser.get("/authorize", **request)
    if email is not None:
        sign_in_by_form(browser, email)
    return browser.answer


def test_another_user_at_the_forced_login_is_the_one_answered_with(app, protocol, client, browser):
    make_user(app, "one@example.com")
    two = make_user(app, "two@example.com")
    log_in(browser, client, "one@example.com")
    answer = log_in(browser, client, "two@example.com", prompt="login")
    token = protocol.redeem(client, answer["code"]).get_json()["id_token"]
    assert claims_of(token)["sub"] == two
    assert "code" in log_in(browser, client, None, prompt="none")


def test_cancelling_the_forced_login_answers_nothing_but_a_refusal(app, client, browser):
    make_user(app, "one@example.com")
    log_in(browser, client, "one@example.com")
    browser.get("/authorize", client_id=client.id, redirect_uri=CALLBACK, response_type="code", prompt="login",
                code_challenge=PAIR.challenge, code_challenge_method="S256")  # fmt: skip
    browser.submit("cancel")
    assert browser.answer["error"] == "access_denied"


def test_another_user_than_the_hint_names_is_login_required(app, protocol, browser):
    client = make_client(app)
    hint = protocol.tokens(client)["id_token"]
    make_user(app, "two@example.com")
    assert log_in(browser, client, "two@example.com", id_token_hint=hint)["error"] == "login_required"


def test_a_hint_that_is_none_leaks_nothing(app, protocol, client):
    good = protocol.tokens(client)
    other = protocol.tokens(make_client(app))["id_token"]
    unsigned = "eyJhbGciOiJub25lIn0." + good["id_token"].split(".")[1] + "."
    forged = jwt.sign(claims_of(good["id_token"]), jwt.new_key("ES256"), "JWT")
    protocol.sign_in(make_person(app, "grace@example.com"))
    for hint in ("garbage", other, unsigned, forged, good["access_token"], "x" * 20_000, "é"):
        answer = protocol.answer(client, prompt="none", id_token_hint=hint)
        # Passed over: the answer is about whoever is signed in, as if no hint had come
        assert ("code" in answer) != ("error" in answer)
        assert answer.get("error", "invalid_request") == "invalid_request"


@pytest.mark.parametrize("uri", ["http://127.0.0.1:1/", "file:///etc/passwd", "gopher://x/", "urn:ietf:params:x"])
def test_an_unregistered_request_uri_is_never_fetched(protocol, client, uri, monkeypatch):
    def connect(*_):
        raise AssertionError("a connection was made")

    monkeypatch.setattr("socket.socket.connect", connect)
    assert protocol.answer(client, request_uri=uri)["error"] == "invalid_request_uri"
    monkeypatch.undo()


@pytest.mark.parametrize("name", ["state", "nonce", "login_hint", "ui_locales", "display", "acr_values", "audience"])
@pytest.mark.parametrize(
    "value",
    [
        "<script>alert(1)</script>",
        "\"'><img src=x onerror=alert(1)>",
        "../../x " * 1000,
        "\u202e\ufeff",
        "%00%0d%0a",
        "{{7*7}}",
    ],
    ids=["script", "attribute", "path", "bidi", "percent", "template"],
)
@pytest.mark.parametrize("mode", ["query", "form_post"])
def test_awkward_values_are_inert(protocol, client, name, value, mode):
    response = protocol.authorize(client, response_mode=mode, **{name: value})
    assert response.status_code in {200, 303}
    assert not [bad for bad in ("<script>alert", "<img src=x", "onerror=alert(1)>") if bad in response.text]
    assert "\n" not in response.headers.get("Location", "")


@pytest.mark.parametrize("length", [8 * 1024, 16 * 1024])
def test_a_long_state_comes_back(protocol, client, length):
    assert protocol.answer(client, state="s" * length)["state"] == "s" * length


@pytest.mark.parametrize("value", ["x" * 16_385, "a\x00b"], ids=["long", "nul"])
@pytest.mark.parametrize("name", ["state", "nonce", "login_hint", "claims", "id_token_hint", "unknown"])
def test_what_no_store_could_hold_is_refused(protocol, client, name, value):
    assert protocol.answer(client, **{name: value})["error"] == "invalid_request"


def test_no_acr_is_claimed_that_was_not_met(protocol, client):
    for asked in ({"acr_values": "mfa http://schemas.example/mfa 3"}, {"claims": '{"id_token":{"acr":{"value":"3"}}}'}):
        claims = claims_of(protocol.tokens(client, **asked)["id_token"])
        # What the login was: one factor, whatever was asked for
        assert claims["acr"] == "1"
        assert claims["amr"] == ["pwd"]


def test_consent_is_not_given_from_elsewhere(app, protocol):
    protocol.sign_in()
    client = make_client(app, is_third_party=True)
    page = protocol.http.get(protocol.authorize(client).headers["Location"], base_url=ISSUER)
    token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
    path, data = page.request.full_path, {"csrf_token": token, "decision": "allow"}
    elsewhere = [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}]
    for headers in elsewhere:
        assert protocol.http.post(path, base_url=ISSUER, data=data, headers=headers).status_code == 403
    assert protocol.http.post(path, base_url=ISSUER, data={"decision": "allow"}).status_code == 403
    assert protocol.answer(client, prompt="none")["error"] == "consent_required"


def test_no_other_site_may_read_the_authorization_endpoint(protocol, client):
    for method in ("OPTIONS", "GET"):
        response = protocol.http.open(
            "/authorize", method=method, base_url=ISSUER, headers={"Origin": "https://app.example.com"}
        )
        assert "Access-Control-Allow-Origin" not in response.headers


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "PATCH", "TRACE"])
def test_other_methods_are_refused(protocol, client, method):
    query = {"client_id": client.id, "redirect_uri": CALLBACK, "response_type": "code", "scope": "openid"}
    query |= {"code_challenge": PAIR.challenge, "code_challenge_method": "S256"}
    response = protocol.http.open("/authorize", method=method, base_url=ISSUER, query_string=query)
    assert response.status_code == 405
    assert "Location" not in response.headers
    assert protocol.events("authorize.granted") == []


def test_an_interaction_of_another_browser_is_not_gone_on_with(app, protocol, client):
    """What it asked for begins anew, as if its link were opened here; the other browser's sign-in is left alone."""
    protocol.forget_cookies()
    first = protocol.http
    location = protocol.authorize(client).headers["Location"]
    state = location.partition("state=")[2]
    protocol.forget_cookies()
    assert (
        "/u/login?state=" in protocol.http.get(f"/authorize/resume?state={state}", base_url=ISSUER).headers["Location"]
    )
    protocol.sign_in()
    answer = protocol.http.get(f"/authorize/resume?state={state}", base_url=ISSUER).headers["Location"]
    assert answer.startswith(CALLBACK)
    assert first.get(location, base_url=ISSUER).status_code == 200


@pytest.mark.parametrize(
    "state", ["", "x", "in1_x", "in1_" + "x" * 43, "in1_" + "x" * 100_000, "\x00", "é", "' OR 1=1"]
)
def test_an_interaction_that_is_none_ends_on_a_page(protocol, state):
    response = protocol.http.get("/authorize/resume", base_url=ISSUER, query_string={"state": state})
    assert_page(response)


@pytest.mark.parametrize(
    "raw",
    [
        "%ff%fe",
        "\xff\xfe",
        "%",
        "%zz",
        "&&&===",
        "a" * 100_000,
        "client_id[]=x",
        "client_id=%00",
        "client_id=%ed%a0%80",
    ],
    ids=["percent-latin1", "raw-latin1", "percent", "zz", "separators", "long", "brackets", "nul", "surrogate"],
)
def test_a_query_that_is_no_query_ends_on_a_page(protocol, raw):
    response = protocol.http.open("/authorize", base_url=ISSUER, environ_overrides={"QUERY_STRING": raw})
    assert_page(response)


@pytest.mark.parametrize("raw", ["state=%ff", "state=\xff", "state=%ed%a0%80", "nonce=%ff%00", "scope=%c3%28"])
def test_bytes_that_are_no_text_never_break_an_answer(protocol, client, raw):
    known = urlencode({"client_id": client.id, "redirect_uri": CALLBACK, "response_type": "code"})
    query = f"{known}&code_challenge={PAIR.challenge}&code_challenge_method=S256&{raw}"
    response = protocol.http.open("/authorize", base_url=ISSUER, environ_overrides={"QUERY_STRING": query})
    assert response.status_code in {303, 400}
    assert response.headers.get("Location", CALLBACK).startswith(CALLBACK)


def test_a_client_removed_while_its_user_signs_in_is_not_answered(app, protocol, client, browser):
    make_user(app, "one@example.com")
    browser.get("/authorize", client_id=client.id, redirect_uri=CALLBACK, response_type="code",
                code_challenge=PAIR.challenge, code_challenge_method="S256")  # fmt: skip
    with app.app_context(), unit_of_work():
        update_client(client.id, redirect_uris=["https://app.example.com/moved"])
    sign_in_by_form(browser, "one@example.com")
    assert browser.elsewhere is None
    assert_page(browser.page)


def test_an_old_page_starts_its_own_request_anew(app, protocol, browser):
    client = make_client(app)
    make_user(app)
    browser.get("/authorize", client_id=client.id, redirect_uri=CALLBACK, response_type="code", state=quote("s/1"),
                code_challenge=PAIR.challenge, code_challenge_method="S256")  # fmt: skip
    with later(3700):
        browser.get("/authorize/resume", state=browser.state)
        sign_in_by_form(browser)
    assert (browser.answer["state"], "code" in browser.answer) == (quote("s/1"), True)


def test_one_interaction_gives_one_code(app, protocol, browser):
    client = make_client(app)
    make_user(app)
    browser.get("/authorize", client_id=client.id, redirect_uri=CALLBACK, response_type="code",
                code_challenge=PAIR.challenge, code_challenge_method="S256")  # fmt: skip
    state = browser.state
    sign_in_by_form(browser)
    assert "code" in browser.answer
    browser.get("/authorize/resume", state=state)
    assert browser.elsewhere is None
    assert len(protocol.events("authorize.granted")) == 1
