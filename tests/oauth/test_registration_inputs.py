"""What strangers send to the registration endpoint: refused, and never a fault."""

import orjson
import pytest
from joserfc.jwk import ECKey, OctKey

from idp.config import Settings
from idp.domain.clients.web_uris import is_inward
from idp.domain.tenant import settings as tenant_settings
from idp.oauth.endpoints.register import LIMITS
from idp.oauth.registration.members import MEMBERS
from tests.oauth.strange import STRANGE
from tests.support.factories import CALLBACK
from tests.support.protocol import ASSERTION, assert_error, later, make_person
from tests.support.registering import JWKS, KEY, Made
from tests.support.relying_party import client_assertion

PUBLIC = JWKS["keys"][0]
FETCHED = ("jwks_uri", "sector_identifier_uri", "backchannel_logout_uri", "request_uris")
SHOWN = ("logo_uri", "policy_uri", "tos_uri", "client_uri", "initiate_login_uri")
INWARD = (
    "127.0.0.1",
    "localhost",
    "LOCALHOST.",
    "a.localhost",
    "169.254.169.254",
    "10.0.0.1",
    "192.168.0.1",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "127.1",
    "0",
)


@pytest.mark.parametrize(
    "uri",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "javascript://app.example.com/%0aalert(1)",
        " javascript:x",
        "data:text/html,x",
        "DATA:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "blob:https://app.example.com/x",
        "about:blank",
        "http://app.example.com/callback",
        "https://user@app.example.com/",
        "https://user:password@app.example.com/",
        "https://*.example.com/",
        "https://app.example.com/*",
        "https:///callback",
        "https://app.example.com:port/",
        "//app.example.com/",
        "/callback",
        "callback",
        "urn:ietf:wg:oauth:2.0:oob",
        "https://app.example.com/\r\nX: y",
        "https://app.example.com/\0",
        "https://\u00e4pp.example.com/",
        "https://app.example.com/" + "x" * 2048,
        "",
    ],
)
def test_redirect_uris_that_lead_astray_are_refused(registrar, uri):
    for application_type in ("web", "native"):
        response = registrar.register(redirect_uris=[CALLBACK, uri], application_type=application_type)
        assert_error(response, "invalid_redirect_uri")


def test_fifty_redirect_uris_and_no_more(registrar):
    uris = [f"{CALLBACK}/{number}" for number in range(51)]
    assert_error(registrar.register(redirect_uris=uris), "invalid_redirect_uri")
    assert registrar.made(redirect_uris=uris[:50]).body["redirect_uris"] == uris[:50]


@pytest.mark.parametrize("member", [*FETCHED, *SHOWN])
def test_no_url_leads_inward(registrar, documents, member):
    for host in INWARD:
        url = f"https://{host}:{documents.port}/x"
        response = registrar.register(**{member: [url] if member == "request_uris" else url})
        assert_error(response, "invalid_client_metadata")
    assert documents.visits == []


@pytest.mark.parametrize("member", [*FETCHED, *SHOWN])
@pytest.mark.parametrize(
    "url", ["http://app.example.com/x", "javascript:x", "ftp://a.example/", "https://a@b.example/"]
)
def test_urls_are_https(registrar, member, url):
    assert_error(registrar.register(**{member: [url] if member == "request_uris" else url}), "invalid_client_metadata")


def test_a_name_that_resolves_inward_is_not_fetched(registrar, documents, monkeypatch):
    def resolve(host, port, *_, **__):
        return [(2, 1, 6, "", ("127.0.0.1", documents.port))]

    monkeypatch.setattr("idp.infra.http_client.socket.getaddrinfo", resolve)
    response = registrar.register(sector_identifier_uri=documents.url("/", "https", "rebinding.example.com"))
    assert_error(response, "invalid_client_metadata")
    assert "127.0.0.1" not in response.text
    assert documents.visits == []


def test_nothing_is_fetched_at_registration_but_the_sector(registrar, documents):
    registrar.change(private_hosts=("127.0.0.1",))
    fetched = {name: documents.url(f"/{name}") for name in ("jwks_uri", "backchannel_logout_uri")}
    shown = {name: documents.url(f"/{name}", "https") for name in SHOWN}
    registrar.made(**fetched, **shown, request_uris=[documents.url("/request")])
    assert documents.visits == []


@pytest.mark.parametrize("host", ["example.com", "93.184.216.34", "localhost.example.com", "[2606:4700::1111]"])
def test_public_hosts_are_not_inward(host):
    assert not is_inward(host.strip("[]"))


def _jwks(*keys):
    return {"keys": list(keys)}


#: 1024 bits.
WEAK = {"kty": "RSA", "e": "AQAB", "n": "_" * 171}


@pytest.mark.parametrize(
    "jwks",
    [
        _jwks(KEY.as_dict(private=True)),
        _jwks({**PUBLIC, "p": "AQAB"}),
        _jwks({**PUBLIC, "oth": []}),
        _jwks(PUBLIC, ECKey.generate_key("P-256").as_dict(private=True)),
        _jwks(OctKey.generate_key(256).as_dict(private=True)),
        _jwks({"kty": "oct"}),
        _jwks(WEAK),
        _jwks({**PUBLIC, "e": "AQ"}),
        _jwks({**PUBLIC, "n": "!"}),
        _jwks({"kty": "RSA"}),
        _jwks({"kty": "EC", "crv": "P-256", "x": "AQ", "y": "AQ"}),
        _jwks({"kty": "unheard of"}),
        _jwks({"kty": 5}),
        _jwks(PUBLIC, {**PUBLIC, "kid": "a\0b"}),
        _jwks({**PUBLIC, "kid": ["a"]}),
        _jwks({**PUBLIC, "kid": "x" * 300}),
        _jwks(*[PUBLIC] * 2000),
        _jwks(*[PUBLIC] * 21),
        _jwks("a"),
        _jwks(),
        {"keys": PUBLIC},
        {},
        [PUBLIC],
        "https://app.example.com/jwks",
    ],
)
def test_keys_that_are_none_are_refused(registrar, jwks):
    assert_error(registrar.register(jwks=jwks), "invalid_client_metadata")


def test_of_a_key_only_the_key_is_kept(registrar):
    leading = {"x5u": "https://a.example/", "jku": "https://a.example/", "x5c": ["MIIB"], "note": "\0"}
    other = {"kty": "EC", "crv": "secp256k1", "x": "AQ", "y": "AQ"}
    made = registrar.made(jwks=_jwks({**PUBLIC, **leading}, other, {**PUBLIC, "use": "enc", "alg": "RSA-OAEP"}))
    assert made.body["jwks"] == _jwks(PUBLIC, {**PUBLIC, "use": "enc", "alg": "RSA-OAEP"})


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("a\u202ebank", "a bank"),
        ("a\0b\r\nc", "a b c"),
        ("  Google  ", "Google"),
        ("\U0001f600" * 128, "\U0001f600" * 128),
    ],
)
def test_names_are_cleaned(registrar, name, kept):
    assert registrar.made(client_name=name).body["client_name"] == kept


@pytest.mark.parametrize("name", ["x" * 129, "x" * 10_240, "\u202e", 5, ["a"], {"a": "b"}, True])
def test_names_that_are_none_are_refused(registrar, name):
    assert_error(registrar.register(client_name=name), "invalid_client_metadata")
    assert_error(registrar.register(**{"client_name#de": name}), "invalid_client_metadata")


def test_consent_says_that_nobody_verified_it_and_where_the_answer_goes(registrar, protocol):
    made = registrar.made(client_name="Google", client_uri="https://google.com/")
    protocol.sign_in()
    location = protocol.authorize(made.app).headers["Location"]
    page = protocol.http.get(location, base_url="http://localhost:8000").text
    assert "Not verified by" in page
    assert "Continue only if you came from app.example.com" in page


def test_no_id_can_be_chosen(registrar, app):
    user = make_person(app)
    made = registrar.made(client_id=user, sub=user, client_secret="chosen")
    assert made.app.id != user
    assert made.app.secret != "chosen"


@pytest.mark.parametrize("member", [*MEMBERS, "software_statement", "client_name#de", "logo_uri#fr-CA"])
def test_whatever_a_member_holds_the_answer_is_an_answer(registrar, member):
    for value in STRANGE:
        response = registrar.register(**{member: value})
        assert response.status_code in {201, 400}, (member, value, response.text)
        if response.status_code == 400:
            error = response.get_json()
            assert error["error"].startswith("invalid_")
            assert '"' not in error["error_description"]
            assert error["error_description"].isascii()
        else:
            assert registrar.remove(Made(response.get_json())).status_code == 204


def test_a_thousand_registrations_are_too_many(registrar):
    with later(0):
        answers = {registrar.send("POST", "/oidc/register", json={}).status_code for _ in range(1000)}
    assert answers == {400, 429}


def test_the_limit_says_when_to_come_again(registrar):
    with later(0):  # within one minute, however slow the machine is
        for _ in range(int(LIMITS[0].partition("/")[0])):
            registrar.send("POST", "/oidc/register", json={})
        response = registrar.send("POST", "/oidc/register", json={})
    assert (response.status_code, response.mimetype) == (429, "application/json")
    assert int(response.headers["Retry-After"]) > 0


def test_private_hosts_are_a_setting(settings: Settings, registrar):
    url = "http://suite.internal:8443/jwks"
    assert_error(registrar.register(jwks_uri=url), "invalid_client_metadata")
    registrar.change(private_hosts=("suite.internal",))
    registrar.made(jwks_uri=url)
    assert tenant_settings.current() != settings


@pytest.mark.parametrize("is_allowed", [False, True])
def test_a_jwks_uri_leads_inward_only_where_the_operator_says_so(
    registrar, protocol, documents, monkeypatch, is_allowed
):
    """The name looks public when it is registered, and resolves to loopback when it is used."""
    url = documents.url("/jwks", "http" if is_allowed else "https", "keys.example.com")
    registrar.change(private_hosts=("keys.example.com",) if is_allowed else ())
    made = registrar.made(jwks_uri=url, token_endpoint_auth_method="private_key_jwt")
    documents.bodies["/jwks"] = (200, orjson.dumps(JWKS))
    addresses = [(2, 1, 6, "", ("127.0.0.1", documents.port))]
    monkeypatch.setattr("idp.infra.http_client.socket.getaddrinfo", lambda *_, **__: addresses)
    assertion = client_assertion(made.app.id, KEY, "RS256")
    proof = {"client_assertion": assertion, "client_assertion_type": ASSERTION}
    response = protocol.post("/oauth/token", grant_type="refresh_token", **proof)
    assert response.get_json()["error"] == ("unauthorized_client" if is_allowed else "invalid_client")
    assert documents.visits == (["/jwks"] if is_allowed else [])
