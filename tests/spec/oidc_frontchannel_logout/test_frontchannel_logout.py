"""OpenID Connect Front-Channel Logout 1.0: the page after a logout loads each app's own in a frame, then goes back."""

import pytest

from tests.support.factories import LOGGED_OUT, make_client
from tests.support.protocol import ISSUER, claims_of, form_of
from tests.web.test_pages import Document

SPEC = "OIDC Front-Channel Logout 1.0"
FRAME = "https://mail.example.com:8443/signed-out"


@pytest.fixture
def make_app(app):
    def make(uri=FRAME, **registration):
        return make_client(app, changes={"registration": {"frontchannel_logout_uri": uri, **registration}})

    return make


def log_out(protocol, **sent):
    return protocol.http.get("/oidc/logout", base_url=ISSUER, query_string=sent)


def frames_of(response):
    return [frame["src"] for frame in Document(response.text).all("iframe")]


def frame_sources(response):
    policy = (part.strip().split(" ") for part in response.headers["Content-Security-Policy"].split(";"))
    return next((sources for name, *sources in policy if name == "frame-src"), None)


@pytest.mark.spec(SPEC, "2", "the app's page is loaded in a frame, with iss and sid and nothing else")
@pytest.mark.parametrize("required", [True, False])
def test_the_app_is_told_which_login_has_ended(protocol, make_app, required):
    tokens = protocol.tokens(make_app(frontchannel_logout_session_required=required))
    page = log_out(protocol, id_token_hint=tokens["id_token"])
    sid = claims_of(tokens["id_token"])["sid"]
    assert frames_of(page) == [f"{FRAME}?iss=http%3A%2F%2Flocalhost%3A8000%2F&sid={sid}"]


@pytest.mark.spec(SPEC, "2", "the query of a registered URI stays")
def test_a_query_that_is_registered_stays(protocol, make_app):
    tokens = protocol.tokens(make_app(f"{FRAME}?tenant=a%20b"))
    (frame,) = frames_of(log_out(protocol, id_token_hint=tokens["id_token"]))
    assert frame.startswith(f"{FRAME}?tenant=a%20b&iss=")


@pytest.mark.spec(SPEC, "3", "the page may frame the apps of the login, and nothing else")
def test_the_policy_names_these_apps_alone(app, protocol, make_app):
    one, two, absent = make_app(), make_app("https://two.example.com/out"), make_app("https://absent.example.com/out")
    protocol.tokens(make_app("https://two.example.com/another"))
    protocol.answer(two)
    protocol.answer(make_client(app))
    page = log_out(protocol, id_token_hint=protocol.tokens(one)["id_token"])
    assert len(frames_of(page)) == 3
    assert sorted(frame_sources(page)) == ["https://mail.example.com:8443", "https://two.example.com"]
    assert absent.id not in page.text
    assert "'unsafe-inline'" not in page.headers["Content-Security-Policy"]


@pytest.mark.spec(SPEC, "4", "the page goes back to the app, with its state")
@pytest.mark.parametrize(("state", "end"), [("a b&c", "?state=a+b%26c"), (None, "")])
def test_the_page_leads_back_to_the_app(protocol, make_app, state, end):
    tokens = protocol.tokens(make_app())
    sent = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": LOGGED_OUT, "state": state}
    page = log_out(protocol, **{name: value for name, value in sent.items() if value})
    (link,) = [link for link in Document(page.text).all("a") if link.get("id") == "logout-continue"]
    assert (page.status_code, link["href"]) == (200, LOGGED_OUT + end)
    assert "logged_out.js" in page.text


def test_a_second_logout_goes_straight_back(protocol, make_app):
    sent = {"id_token_hint": protocol.tokens(make_app())["id_token"], "post_logout_redirect_uri": LOGGED_OUT}
    assert log_out(protocol, **sent).status_code == 200
    assert log_out(protocol, **sent).headers["Location"] == LOGGED_OUT


@pytest.mark.spec(SPEC, "2", "an app without such a page is not framed")
def test_without_such_apps_the_browser_is_sent_straight_back(app, protocol):
    tokens = protocol.tokens(make_client(app))
    response = log_out(protocol, id_token_hint=tokens["id_token"], post_logout_redirect_uri=LOGGED_OUT)
    assert (response.status_code, response.headers["Location"]) == (303, LOGGED_OUT)


def test_who_is_asked_first_sees_the_frames_after_the_answer(protocol, make_app):
    client = make_app()
    protocol.tokens(client)
    asking = log_out(protocol, client_id=client.id, post_logout_redirect_uri=LOGGED_OUT)
    assert frames_of(asking) == []
    assert frame_sources(asking) is None
    data = {**form_of(asking), "decision": "logout"}
    assert len(frames_of(protocol.http.post("/oidc/logout", base_url=ISSUER, data=data))) == 1


def test_auth0s_logout_loads_the_frames_too(protocol, make_app):
    client = make_app()
    protocol.tokens(client)
    sent = {"client_id": client.id, "returnTo": LOGGED_OUT}
    page = protocol.http.get("/v2/logout", base_url=ISSUER, query_string=sent)
    assert len(frames_of(page)) == 1
    assert LOGGED_OUT in page.text


@pytest.mark.parametrize("uri", ["javascript:alert(1)", "data:text/html,x", "https://a;script-src/x", "https:///x", ""])
def test_what_no_frame_should_hold_is_left_out(protocol, make_app, uri):
    page = log_out(protocol, id_token_hint=protocol.tokens(make_app(uri))["id_token"])
    assert frames_of(page) == []
    assert "script-src/x" not in page.headers["Content-Security-Policy"]


@pytest.mark.spec(SPEC, "3", "discovery says so")
def test_discovery_says_that_apps_are_told_either_way(protocol):
    told = protocol.document("/.well-known/openid-configuration")
    for way in ("frontchannel", "backchannel"):
        assert told[f"{way}_logout_supported"] is True
        assert told[f"{way}_logout_session_supported"] is True
