"""Whatever is sent to /authorize and /oauth/token: never a 5xx, no unregistered place, no token without a grant."""

from types import SimpleNamespace
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.factories import CALLBACK, make_client
from tests.support.protocol import ISSUER, PAIR, Protocol, basic, forgive_refusals, parameters_of

bounded = settings(
    max_examples=200,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
REGISTERED = [CALLBACK, "http://127.0.0.1/cb", "com.example.app:/cb"]
UNSAFE = st.text(max_size=60) | st.sampled_from(
    [
        "",
        "\x00",
        '"',
        "\\",
        "é",
        "\u202e",
        "x" * 3000,
        "%00",
        "\r\nLocation: https://evil.example/",
        "' OR 1=1 --",
        "{}",
    ]
)


@pytest.fixture
def world(app):
    protocol = Protocol(app)
    protocol.sign_in()
    clients = {
        kind: make_client(app, kind, redirect_uris=[] if kind == "machine" else REGISTERED)
        for kind in ("web", "spa", "machine")
    }
    return SimpleNamespace(protocol=protocol, clients=clients, ids=[each.id for each in clients.values()])


def mostly(*usual):
    """Usually one of these, now and then anything."""
    return st.sampled_from(usual) | UNSAFE


AUTHORIZE = {
    "response_type": mostly("code", "token", "code id_token"),
    "redirect_uri": mostly(*REGISTERED, "http://127.0.0.1:5000/cb", "https://evil.example/", CALLBACK + "/"),
    "scope": mostly("openid", "openid offline_access profile", "email"),
    "state": UNSAFE,
    "nonce": UNSAFE,
    "response_mode": mostly("query", "fragment", "form_post"),
    "code_challenge": mostly(PAIR.challenge),
    "code_challenge_method": mostly("S256", "plain"),
    "prompt": mostly("none", "login", "consent", "select_account", "none login"),
    "max_age": mostly("0", "600", "-1"),
    "login_hint": UNSAFE,
    "id_token_hint": UNSAFE,
    "ui_locales": UNSAFE,
    "audience": mostly("https://api.example.com/", f"{ISSUER}userinfo"),
    "resource": UNSAFE,
    "claims": mostly("{}", "[]"),
    "acr_values": UNSAFE,
    "display": mostly("page"),
    "screen_hint": mostly("signup"),
}
queries = st.fixed_dictionaries({}, optional=AUTHORIZE) | st.fixed_dictionaries(
    {
        "response_type": st.just("code"),
        "redirect_uri": st.sampled_from(REGISTERED),
        "code_challenge": st.just(PAIR.challenge),
        "code_challenge_method": st.just("S256"),
    },
    optional={
        name: AUTHORIZE[name] for name in AUTHORIZE if not name.startswith(("code", "redirect", "response_type"))
    },
)
extras = st.lists(st.tuples(st.sampled_from(list(AUTHORIZE)) | UNSAFE, UNSAFE), max_size=2)


def is_registered(location):
    bare = location.partition("?")[0].partition("#")[0]
    return bare in REGISTERED or bare.startswith("http://127.0.0.1:")


def is_ours(location):
    return location.startswith(("/u/", "/authorize?"))


@bounded
@given(query=queries, extra=extras, client=st.sampled_from(["web", "spa", "machine", "unknown"]), post=st.booleans())
def test_authorize_never_fails_and_never_redirects_elsewhere(world, query, extra, client, post):
    forgive_refusals()
    client_id = world.clients[client].id if client in world.clients else client
    pairs = [("client_id", client_id), *query.items(), *extra]
    options = {"data": urlencode(pairs), "content_type": "application/x-www-form-urlencoded"}
    http = world.protocol.http
    response = (
        http.post("/authorize", base_url=ISSUER, **options)
        if post
        else http.get("/authorize", base_url=ISSUER, query_string=urlencode(pairs))
    )
    if post and response.status_code == 303:
        assert is_ours(response.headers["Location"])
        response = http.get(response.headers["Location"], base_url=ISSUER)
    assert response.status_code in {200, 303, 400}
    location = response.headers.get("Location")
    if location is None:
        assert response.mimetype == "text/html"
        return
    assert is_registered(location) or is_ours(location)
    if is_registered(location):
        answer = parameters_of(location)
        assert not {"access_token", "id_token"} & set(answer)
        assert ("code" in answer) != ("error" in answer)
        assert answer["iss"] == ISSUER


@bounded
@given(raw=st.binary(max_size=300))
def test_authorize_takes_any_bytes(world, raw):
    forgive_refusals()
    environ = {"QUERY_STRING": f"client_id={world.ids[0]}&" + raw.decode("latin-1")}
    response = world.protocol.http.open("/authorize", base_url=ISSUER, environ_overrides=environ)
    assert response.status_code in {303, 400}
    assert is_registered(response.headers.get("Location", CALLBACK))


TOKEN = {
    "grant_type": mostly("authorization_code", "refresh_token", "client_credentials", "password"),
    "code": mostly("ac1_" + "x" * 43),
    "refresh_token": mostly("rt1_" + "x" * 43),
    "redirect_uri": mostly(*REGISTERED),
    "code_verifier": mostly(PAIR.verifier),
    "scope": mostly("openid", "read"),
    "audience": mostly("https://api.example.com/"),
    "resource": UNSAFE,
    "client_secret": UNSAFE,
    "client_assertion": mostly("a.b.c"),
    "client_assertion_type": mostly("urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
    "token": UNSAFE,
    "token_type_hint": UNSAFE,
}
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
headers = st.none() | st.sampled_from(["Basic", "Bearer x", "Basic !!!", "Basic YTpi"]) | st.text(
    alphabet=st.characters(max_codepoint=255, exclude_categories=["Cc"]), max_size=40
)  # fmt: skip


def assert_refused(response):
    assert response.status_code in {400, 401, 413, 415}, response.text
    body = response.get_json()
    assert set(body) == {"error", "error_description"}
    assert not [c for c in body["error_description"] if c in '"\\' or not "\x20" <= c <= "\x7e"]


def sent_by(world, client, header, *, is_proved):
    """The parameters and headers by which a client says who it is, rightly or not."""
    known = world.clients.get(client)
    pairs = [] if client is None else [("client_id", known.id if known else client)]
    if is_proved and known is not None and known.secret:
        header = basic(known.id, known.secret)
    return pairs, {} if header is None else {"Authorization": header}


senders = st.tuples(st.sampled_from(["web", "spa", "machine", "unknown", None]), headers, st.booleans())
bodies = st.tuples(
    st.fixed_dictionaries({}, optional=TOKEN).map(dict.items),
    st.lists(st.tuples(st.sampled_from(list(TOKEN)) | UNSAFE, UNSAFE), max_size=2),
)


@bounded
@given(sender=senders, body=bodies, path=st.sampled_from(["token", "token", "revoke", "introspect"]))
def test_the_token_endpoint_never_fails_and_gives_nothing_without_a_grant(world, sender, body, path):
    forgive_refusals()
    client, header, is_proved = sender
    named, sent_headers = sent_by(world, client, header, is_proved=is_proved)
    encoded = urlencode([*body[0], *body[1], *named])
    response = world.protocol.raw(
        f"/oauth/{path}", data=encoded, content_type="application/x-www-form-urlencoded", headers=sent_headers
    )
    if path != "token" and response.status_code == 200:
        assert response.get_data() in {b"", b'{"active":false}'}
    else:
        assert_refused(response)


@bounded
@given(body=st.dictionaries(st.sampled_from(list(TOKEN)) | st.text(max_size=8), json_values, max_size=6) | json_values)
def test_the_token_endpoint_takes_any_json(world, body):
    forgive_refusals()
    assert_refused(world.protocol.raw("/oauth/token", json=body))


@bounded
@given(raw=st.binary(max_size=300), kind=st.sampled_from(["application/json", "application/x-www-form-urlencoded"]))
def test_the_token_endpoint_takes_any_bytes(world, raw, kind):
    forgive_refusals()
    assert_refused(world.protocol.raw("/oauth/token", data=raw, content_type=kind))


@bounded
@given(token=UNSAFE | st.binary(max_size=100).map(lambda raw: raw.decode("latin-1")), by_form=st.booleans())
def test_userinfo_takes_anything_and_tells_nothing(world, token, by_form):
    if by_form:
        response = world.protocol.raw("/userinfo", data={"access_token": token})
    else:
        clean = "".join(character for character in token if "\x20" <= character <= "\xff" and character != "\x7f")
        response = world.protocol.userinfo(None, Authorization=f"Bearer {clean}")
    assert response.status_code in {400, 401}
    assert response.get_data() == b""
