"""A web app on Authlib's client: sign-in, user info, refresh, sign-out."""

from collections.abc import Iterator

import pytest

from tests.journeys.conftest import Register
from tests.journeys.flask_app import SCOPE, create_flask_app
from tests.journeys.hosting import hosted
from tests.journeys.verifiers import by_joserfc
from tests.support.chromium import NewProfile
from tests.support.factories import AUDIENCE, EMAIL, PASSWORD
from tests.support.ports import free_port
from tests.support.server import ServerProcess
from tests.support.visitor import Visitor, answered


@pytest.fixture(scope="module")
def own_url(server: ServerProcess, register: Register) -> Iterator[str]:
    """Where the app is."""
    port = free_port()
    url = f"http://localhost:{port}/"
    client = register("web", callback=[f"{url}callback"], logout_url=[f"{url}bye"])
    app = create_flask_app(server.issuer, client, url, scope=f"{SCOPE} read", audience=AUDIENCE)
    with hosted(app, port):
        yield url


def test_a_person_signs_in_and_the_app_gets_verified_claims(visitor: Visitor, server: ServerProcess, own_url: str):
    visitor.open(f"{own_url}login")
    signed_in = answered(visitor.sign_in())
    assert signed_in["claims"]["email"] == EMAIL
    assert signed_in["claims"]["iss"] == server.issuer
    assert signed_in["token"]["token_type"] == "Bearer"
    userinfo = visitor.read(f"{own_url}userinfo")
    assert (userinfo["sub"], userinfo["email"]) == (signed_in["claims"]["sub"], EMAIL)


def test_a_second_app_or_visit_needs_no_password(visitor: Visitor, own_url: str):
    visitor.open(f"{own_url}login")
    first = answered(visitor.sign_in())
    again = visitor.read(f"{own_url}login")
    assert again["claims"]["sid"] == first["claims"]["sid"]
    assert again["claims"]["auth_time"] == first["claims"]["auth_time"]


def test_a_refresh_rotates_and_keeps_who_it_is_and_when_they_signed_in(visitor: Visitor, own_url: str):
    visitor.open(f"{own_url}login")
    before = answered(visitor.sign_in())
    after = visitor.read(f"{own_url}refresh")
    assert after["token"]["access_token"] != before["token"]["access_token"]
    same = ("sub", "sid", "auth_time", "aud", "iss")
    assert {name: after["claims"][name] for name in same} == {name: before["claims"][name] for name in same}
    assert visitor.read(f"{own_url}userinfo")["email"] == EMAIL


def test_the_access_token_is_one_that_the_api_verifies_by_itself(visitor: Visitor, server: ServerProcess, own_url: str):
    visitor.open(f"{own_url}login")
    first = answered(visitor.sign_in())
    refreshed = visitor.read(f"{own_url}refresh")
    with by_joserfc(server) as verify:
        for answer in (first, refreshed):
            claims = verify(answer["token"]["access_token"], AUDIENCE)["claims"]
            assert (claims["sub"], claims["client_id"]) == (first["claims"]["sub"], first["claims"]["aud"])
            assert "read" in claims["scope"].split()


def test_signing_out_ends_the_session_at_the_provider_and_comes_back(visitor: Visitor, own_url: str):
    visitor.open(f"{own_url}login")
    visitor.sign_in()
    goodbye = visitor.open(f"{own_url}logout")
    assert goodbye.url == f"{own_url}bye?state=s1"
    assert answered(goodbye) == {"signed_in": False}
    assert "/u/login" in visitor.open(f"{own_url}login").url


@pytest.mark.needs("chromium")
def test_the_whole_way_works_with_scripts_off(new_profile: NewProfile, own_url: str):
    page = new_profile(scripts=False).new_page()
    page.goto(f"{own_url}login")
    page.fill("[name=username]", EMAIL)
    page.fill("[name=password]", PASSWORD)
    page.click("#login-submit")
    page.wait_for_url(f"{own_url}callback**")
    assert EMAIL in page.content()
    page.goto(f"{own_url}refresh")
    assert "access_token" in page.content()
    page.goto(f"{own_url}logout")
    assert page.url == f"{own_url}bye?state=s1"
    page.goto(f"{own_url}login")
    assert "/u/login" in page.url
