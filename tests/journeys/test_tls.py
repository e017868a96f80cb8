"""`idp start --tls`: the same journeys over https, with the certificate of the local authority."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from idp.web.cookies import OP_STATE
from tests.journeys.flask_app import create_flask_app
from tests.journeys.hosting import hosted
from tests.support.certificates import make_certificate
from tests.support.chromium import NewProfile
from tests.support.factories import EMAIL, PASSWORD
from tests.support.ports import free_port
from tests.support.server import ServerProcess, serving
from tests.support.visitor import Visitor, answered


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server that ends TLS itself. Clients on requests trust its authority by the variable that they all read.

    It starts while that variable names another authority, as on a machine behind a company's proxy.
    """
    folder = tmp_path_factory.mktemp("tls")
    other = make_certificate(folder, "company.example").authority
    with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        patch.setenv("REQUESTS_CA_BUNDLE", str(other))
        started = stack.enter_context(serving(folder, options=("--tls", "--sample-app")))
        patch.setenv("REQUESTS_CA_BUNDLE", str(started.authority))
        started.idp("users", "create", EMAIL, "--password-stdin", "--verified", typed=PASSWORD)
        yield started


@pytest.fixture(scope="module")
def own_url(server: ServerProcess) -> Iterator[str]:
    """A web app that trusts the local authority."""
    port = free_port()
    url = f"http://localhost:{port}/"
    urls = ("--callback", f"{url}callback", "--logout-url", f"{url}bye")
    client = server.idp("clients", "create", "--name", "App", "--kind", "web", *urls)
    with hosted(create_flask_app(server.issuer, client, url), port):
        yield url


def test_a_person_signs_in_and_out(visitor: Visitor, server: ServerProcess, own_url: str):
    assert server.issuer.startswith("https://")
    visitor.open(f"{own_url}login")
    assert answered(visitor.sign_in())["claims"]["iss"] == server.issuer
    assert visitor.read(f"{own_url}userinfo")["email"] == EMAIL
    assert answered(visitor.open(f"{own_url}logout")) == {"signed_in": False}


@pytest.mark.needs("chromium")
def test_the_sample_app_trusts_the_local_authority(new_profile: NewProfile, server: ServerProcess):
    page = new_profile(any_certificate=True).new_page()
    page.goto(server.wait_for_log(r"^  Sample app\s+(\S+)$")[1])
    page.click("#sample-login")
    page.fill("[name=username]", EMAIL)
    page.fill("[name=password]", PASSWORD)
    page.click("#login-submit")
    page.wait_for_selector("#token-1-claims")
    page.click("#sample-call-api")
    assert '"sub"' in page.inner_text("#api-answer")


@pytest.mark.needs("chromium")
def test_chromium_keeps_the_cookies_to_this_host_and_to_https(
    new_profile: NewProfile, server: ServerProcess, own_url: str
):
    profile = new_profile(any_certificate=True)
    page = profile.new_page()
    page.goto(f"{own_url}login")
    page.fill("[name=username]", EMAIL)
    page.fill("[name=password]", PASSWORD)
    page.click("#login-submit")
    page.wait_for_url(f"{own_url}callback**")
    ours = [cookie for cookie in profile.cookies(server.issuer) if cookie["name"] != "flask_app"]
    assert ours
    for cookie in ours:
        assert cookie["name"].startswith("__Host-")
        # What tells apps that the login has changed is for a script to read (OIDC Session Management §3.2)
        is_readable = cookie["name"] == f"__Host-{OP_STATE}"
        assert (cookie["secure"], cookie["httpOnly"], cookie["path"]) == (True, not is_readable, "/")


def test_curl_trusts_it_and_speaks_http_2(server: ServerProcess):
    url = server.url("/.well-known/openid-configuration")
    written = ("--silent", "--show-error", "--output", "/dev/null", "--write-out", "%{http_code} %{http_version}")
    assert subprocess.check_output(["curl", "--cacert", server.authority, *written, url], text=True) == "200 2"
