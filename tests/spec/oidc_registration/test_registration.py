"""OpenID Connect Dynamic Client Registration 1.0, and what certification asks of it."""

import json

import pytest

from idp.app import create_app
from idp.domain.tenant import settings as tenant_settings
from tests.support.browser import ORIGIN, Browser
from tests.support.factories import CALLBACK
from tests.support.protocol import assert_error, claims_of, header_of
from tests.support.registering import JWKS
from tests.support.relying_party import RSA_ENC

SPEC = "OIDC Registration 1.0"
CERTIFIED = "OIDC certification"
EVERYTHING = {
    "redirect_uris": [CALLBACK, "https://app.example.com/other?a=b"],
    "post_logout_redirect_uris": ["https://app.example.com/bye"],
    "response_types": ["code", "code id_token"],
    "grant_types": ["authorization_code", "implicit", "refresh_token"],
    "application_type": "web",
    "contacts": ["certification@oidf.org"],
    "client_name": "Certified App",
    "client_name#ja": "証明されたアプリ",
    "logo_uri": "https://app.example.com/logo.png",
    "client_uri": "https://app.example.com/",
    "policy_uri": "https://app.example.com/policy",
    "tos_uri": "https://app.example.com/tos",
    "jwks": {"keys": [*JWKS["keys"], RSA_ENC.as_dict(private=False)]},
    "subject_type": "pairwise",
    "id_token_signed_response_alg": "ES256",
    "id_token_encrypted_response_alg": "RSA-OAEP",
    "id_token_encrypted_response_enc": "A256GCM",
    "userinfo_signed_response_alg": "PS256",
    "request_object_signing_alg": "RS256",
    "token_endpoint_auth_method": "private_key_jwt",
    "token_endpoint_auth_signing_alg": "PS256",
    "default_max_age": 3600,
    "require_auth_time": True,
    "default_acr_values": ["1"],
    "initiate_login_uri": "https://app.example.com/start",
    "request_uris": ["https://app.example.com/request.jwt#hash"],
    "frontchannel_logout_uri": "https://app.example.com/front",
    "frontchannel_logout_session_required": True,
    "backchannel_logout_uri": "https://app.example.com/back",
    "backchannel_logout_session_required": True,
    "software_id": "4NRB1-0XZABZI9E6-5SM3R",
    "scope": "openid email",
}


@pytest.mark.spec(SPEC, "3.2", "201, JSON that nobody keeps, and all that the app needs to go on")
def test_an_app_registers_itself(registrar):
    response = registrar.register(client_name="An App")
    assert (response.status_code, response.mimetype) == (201, "application/json")
    assert response.headers["Cache-Control"] == "no-store"
    told = response.get_json()
    assert told["registration_client_uri"] == f"{ORIGIN}/oidc/register/{told['client_id']}"
    assert told["client_secret_expires_at"] == 0
    assert len(told["client_secret"]) >= 32
    assert len(told["registration_access_token"]) >= 32
    assert isinstance(told["client_id_issued_at"], int)


@pytest.mark.spec(SPEC, "2", "the defaults")
def test_what_is_not_said_has_the_default_of_the_specification(registrar):
    told = registrar.made().body
    assert told["response_types"] == ["code"]
    assert told["grant_types"] == ["authorization_code"]
    assert told["application_type"] == "web"
    assert told["token_endpoint_auth_method"] == "client_secret_basic"
    assert told["id_token_signed_response_alg"] == "RS256"
    assert told["subject_type"] == "public"


@pytest.mark.spec(SPEC, "3.2", "all registered metadata is in the answer, and is read back")
def test_everything_registered_is_echoed(registrar):
    made = registrar.made(**EVERYTHING)
    for told in (made.body, registrar.read(made).get_json()):
        assert {name: told.get(name) for name in EVERYTHING} == EVERYTHING
    assert "client_secret" not in made.body


@pytest.mark.spec(SPEC, "2", "members that are not understood are ignored")
def test_unknown_members_are_left_out(registrar):
    strange = {"client_id": "chosen", "is_first_party": True, "kind": "machine", "client_name#<b>": "x", "iss": 5}
    made = registrar.made(**strange)
    assert made.app.id != "chosen"
    assert not strange.keys() & (made.body.keys() - {"client_id"})


@pytest.mark.spec(CERTIFIED, "2a", "a registered client signs its user in, with consent, and gets plain ID tokens")
def test_a_registered_app_is_a_third_party_that_works(registrar, protocol):
    made = registrar.made(client_name="An App", grant_types=["authorization_code", "refresh_token"])
    protocol.sign_in()
    asked = protocol.authorize(made.app, code_challenge=None, code_challenge_method=None)
    assert asked.headers["Location"].startswith("/u/consent")
    page = protocol.http.get(asked.headers["Location"], base_url=ORIGIN)
    browser = Browser(protocol.app)
    browser.client, browser.page = protocol.http, page
    browser.submit("consent-allow")
    assert browser.elsewhere is not None
    code = browser.answer["code"]
    tokens = protocol.redeem(made.app, code, code_verifier=None).get_json()
    assert "email" not in claims_of(tokens["id_token"])
    assert "refresh_token" in tokens
    assert protocol.userinfo(tokens["access_token"]).get_json()["email"]


@pytest.mark.spec(CERTIFIED, "2c", "idtoken-signature: the registered algorithm signs; its key is made when needed")
@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256", "EdDSA"])
def test_the_registered_algorithm_signs(registrar, protocol, alg):
    made = registrar.made(id_token_signed_response_alg=alg, response_types=["id_token"])
    protocol.sign_in()
    answer = _allow(
        registrar, protocol, made, response_type="id_token", code_challenge=None, code_challenge_method=None
    )
    assert header_of(answer["id_token"])["alg"] == alg
    protocol.verify(answer["id_token"])


@pytest.mark.spec(CERTIFIED, "2c", "redirect-uri-regfrag: a fragment is refused")
@pytest.mark.parametrize("uri", [CALLBACK + "#x", CALLBACK + "#", "https://app.example.com/?a#b"])
def test_a_fragment_is_refused(registrar, uri):
    assert_error(registrar.register(redirect_uris=[uri]), "invalid_redirect_uri")


@pytest.mark.spec(SPEC, "2", "redirect_uris is required")
@pytest.mark.parametrize("uris", [None, []])
def test_without_a_redirect_uri_nobody_can_sign_in(registrar, uris):
    assert_error(registrar.register(redirect_uris=uris), "invalid_redirect_uri")


@pytest.mark.spec(SPEC, "2", "application_type web: no private schemes; native: those, loopback and https")
def test_redirect_uris_fit_the_application_type(registrar):
    private = "com.example.app:/callback"
    assert_error(registrar.register(redirect_uris=[private]), "invalid_redirect_uri")
    for uri in (private, "http://127.0.0.1/callback", "https://app.example.com/claimed"):
        registrar.made(redirect_uris=[uri], application_type="native", token_endpoint_auth_method="none")


@pytest.mark.spec(SPEC, "2", "a web client of the implicit grant has https")
def test_tokens_in_the_browser_need_https(registrar):
    registrar.change(issuer="https://login.example.com/")
    loopback = "http://127.0.0.1:5000/callback"
    registrar.made(redirect_uris=[loopback])
    assert_error(registrar.register(redirect_uris=[loopback], response_types=["id_token"]), "invalid_redirect_uri")


@pytest.mark.spec(CERTIFIED, "2c", "registration-sector-uri: the document lists every redirect URI")
@pytest.mark.parametrize("subject_type", ["pairwise", "public"])
def test_a_sector_is_fetched(registrar, documents, subject_type):
    registrar.change(private_hosts=("127.0.0.1",))
    uris = [CALLBACK, "https://other.example.com/callback"]
    documents.bodies["/sector"] = (200, json.dumps([*uris, "https://third.example.com/"]).encode())
    sector = {"subject_type": subject_type, "sector_identifier_uri": documents.url("/sector")}
    made = registrar.made(redirect_uris=uris, **sector)
    assert made.body["sector_identifier_uri"] == sector["sector_identifier_uri"]
    assert documents.visits == ["/sector"]


@pytest.mark.spec(CERTIFIED, "2c", "registration-sector-bad: a redirect URI that is not in the document")
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b'["https://else.example.com/"]'),
        (200, b"[]"),
        (200, b'{"a": 1}'),
        (200, b"[[1], null]"),
        (200, b"no JSON"),
        (200, b""),
        (404, json.dumps([CALLBACK]).encode()),
        (302, json.dumps([CALLBACK]).encode()),
    ],
)
def test_a_bad_sector_is_refused(registrar, documents, status, body):
    registrar.change(private_hosts=("127.0.0.1",))
    documents.bodies["/sector"] = (status, body)
    response = registrar.register(subject_type="pairwise", sector_identifier_uri=documents.url("/sector"))
    assert_error(response, "invalid_client_metadata")
    assert documents.visits == ["/sector"]


@pytest.mark.spec("OIDC Core 1.0", "8.1", "redirect URIs at several hosts need a sector_identifier_uri")
def test_pairwise_at_several_hosts_needs_a_sector(registrar):
    uris = [CALLBACK, "https://other.example.com/callback"]
    assert_error(registrar.register(redirect_uris=uris, subject_type="pairwise"), "invalid_client_metadata")
    registrar.made(redirect_uris=[CALLBACK, CALLBACK + "/2"], subject_type="pairwise")


@pytest.mark.spec(CERTIFIED, "2d", "initiate_login_uri: echoed at both places; http is refused")
def test_where_a_login_begins_is_https(registrar):
    uri = "https://app.example.com/start"
    made = registrar.made(initiate_login_uri=uri)
    assert made.body["initiate_login_uri"] == registrar.read(made).get_json()["initiate_login_uri"] == uri
    assert_error(registrar.register(initiate_login_uri="http://app.example.com/start"), "invalid_client_metadata")


@pytest.mark.spec("OIDC Front-Channel Logout 1.0", "2", "the URI is at the host of a redirect URI")
@pytest.mark.parametrize(
    "uri", ["https://else.example.com/out", "https://app.example.com:8443/out", "http://app.example.com/out"]
)
def test_nobody_elses_page_is_framed(registrar, uri):
    assert_error(registrar.register(frontchannel_logout_uri=uri), "invalid_client_metadata")
    registrar.made(frontchannel_logout_uri="https://app.example.com:443/out?a=b")


@pytest.mark.spec("OIDC Front-Channel Logout 1.0", "2", "a URI that is told of a logout has no fragment")
@pytest.mark.spec("OIDC Back-Channel Logout 1.0", "2.2", "a URI that is told of a logout has no fragment")
@pytest.mark.parametrize("name", ["frontchannel_logout_uri", "backchannel_logout_uri"])
@pytest.mark.parametrize("fragment", ["#", "#out", "?a=b#out"])
def test_an_address_for_logouts_has_no_fragment(registrar, name, fragment):
    assert_error(registrar.register(**{name: f"https://app.example.com/out{fragment}"}), "invalid_client_metadata")
    registrar.made(**{name: "https://app.example.com/out?a=b"})


@pytest.mark.spec(CERTIFIED, "2c", "registration-logo-uri, -policy-uri, -tos-uri: the login page shows them")
def test_the_login_page_shows_logo_and_links(registrar, browser):
    uris = {name: f"https://app.example.com/{name}" for name in ("logo_uri", "policy_uri", "tos_uri", "client_uri")}
    made = registrar.made(client_name="<b>An & App</b>", **uris)
    query = {"client_id": made.app.id, "redirect_uri": CALLBACK, "response_type": "code", "scope": "openid"}
    page = browser.get("/authorize", **query)
    assert f'src="{uris["logo_uri"]}"' in page.text
    assert {uris["policy_uri"], uris["tos_uri"], uris["client_uri"]} <= set(browser.links)
    assert "&lt;b&gt;An &amp; App&lt;/b&gt;" in page.text
    images = next(part for part in page.headers["Content-Security-Policy"].split("; ") if part.startswith("img-src"))
    assert "https:" in images.split()


@pytest.mark.spec("OIDC Discovery 1.0", "3", "registration_endpoint is there where apps may register")
@pytest.mark.parametrize("mode", ["off", "token", "open"])
@pytest.mark.parametrize("document", ["openid-configuration", "oauth-authorization-server"])
def test_discovery_names_the_endpoint_if_it_is_on(settings, mode, document):
    try:
        app = create_app(settings.model_copy(update={"registration": mode}))
    finally:
        tenant_settings.use(settings)
    found = app.test_client().get(f"/.well-known/{document}", base_url=ORIGIN).get_json()
    assert found.get("registration_endpoint") == (None if mode == "off" else f"{ORIGIN}/oidc/register")


def _allow(registrar, protocol, made, **changes):
    """The answer after the question is answered."""
    browser = Browser(registrar.app)
    asked = protocol.authorize(made.app, scope="openid", **changes)
    browser.client = protocol.http
    browser.page = protocol.http.get(asked.headers["Location"], base_url=ORIGIN)
    browser.submit("consent-allow")
    return browser.answer
