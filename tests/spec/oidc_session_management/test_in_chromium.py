"""The logouts as a browser sees them, on https, with the apps on another site than the server: frames and all.

OIDC Session Management §3, Front-Channel Logout §3 and §4, Back-Channel Logout §2.5; a server as an operator runs it.
"""

import json
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from playwright.sync_api import Browser, Page

from tests.support.certificates import Certificate, make_certificate
from tests.support.chromium import OPTIONS, STEP_MILLISECONDS
from tests.support.factories import EMAIL, PASSWORD
from tests.support.needs import PARTS
from tests.support.ports import free_port
from tests.support.protocol import PAIR, claims_of
from tests.support.receivers import Receiver, receiving
from tests.support.server import ServerProcess

pytestmark = pytest.mark.needs("chromium")
SESSION = "OIDC Session Management 1.0"
FRONT = "OIDC Front-Channel Logout 1.0"
BACK = "OIDC Back-Channel Logout 1.0"
OTHER_SITE = "127.0.0.1"
WAIT_SECONDS = 60
OpenPage = Callable[..., Page]
ASK = """([frame, message]) => new Promise((answer) => {
  const open = document.createElement("iframe")
  addEventListener("message", (event) => { if (event.source === open.contentWindow) answer(event.data) }, {once: true})
  open.onload = () => open.contentWindow.postMessage(message, new URL(frame).origin)
  open.src = frame
  document.body.append(open)
})"""


class Apps:
    """Apps on one other site, whose server notes what comes."""

    def __init__(self, server: ServerProcess, receiver: Receiver, certificate: Certificate) -> None:
        self.server, self.receiver, self._authority = server, receiver, str(certificate.authority)
        self.url = receiver.url("", OTHER_SITE)

    def register(self, name: str, *callbacks: str, **metadata: str) -> dict[str, str]:
        """An app with pages of its own under its name, and maybe callbacks elsewhere."""
        base = f"{self.url}/{name}"
        path = self.server.folder / f"{name}.json"
        path.write_text(json.dumps(metadata))
        urls = ["--callback", f"{base}/callback", "--logout-url", f"{base}/bye", "--metadata", str(path)]
        urls += [word for callback in callbacks for word in ("--callback", callback)]
        registered = self.server.idp("clients", "create", "--name", name, "--kind", "web", *urls)
        return {"name": name, "base": base, **registered}

    def sign_in(self, page: Page, app: dict[str, str]) -> dict[str, str]:
        """From the app to the app: what it knows then."""
        sent = {
            "client_id": app["client_id"],
            "redirect_uri": f"{app['base']}/callback",
            "response_type": "code",
            "scope": "openid",
            "code_challenge": PAIR.challenge,
            "code_challenge_method": "S256",
        }
        page.goto(self.server.url(f"/authorize?{urlencode(sent)}"))
        if page.locator("#password").count():
            page.fill("#username", EMAIL)
            page.fill("#password", PASSWORD)
            page.click("#login-submit")
        page.wait_for_url(f"{app['base']}/callback?*")
        answer = {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}
        data = {"grant_type": "authorization_code", "code": answer["code"], "redirect_uri": sent["redirect_uri"]}
        data |= {"client_id": app["client_id"], "client_secret": app["client_secret"], "code_verifier": PAIR.verifier}
        tokens = requests.post(self.server.url("/oauth/token"), data, verify=self._authority, timeout=60).json()
        return {**app, **answer, **tokens}

    def ask(self, page: Page, message: str) -> str:
        """What the frame of session management answers a page of the apps."""
        page.goto(f"{self.url}/page")
        answer: str = page.evaluate(ASK, [self.server.url("/oidc/session"), message])
        return answer

    def log_out_url(self, app: dict[str, str]) -> str:
        sent = {"id_token_hint": app["id_token"], "post_logout_redirect_uri": f"{app['base']}/bye", "state": "a b"}
        return self.server.url(f"/oidc/logout?{urlencode(sent)}")


class TlsServer(ServerProcess):
    """A server that speaks https under a certificate of our own authority."""

    def is_ready(self) -> bool:
        try:
            return requests.get(self.url("/readyz"), verify=str(self.settings["ca_bundle"]), timeout=30).ok
        except requests.RequestException:
            return False


@pytest.fixture(scope="module")
def apps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apps]:
    folder: Path = tmp_path_factory.mktemp("logouts")
    certificate = make_certificate(folder, "localhost", OTHER_SITE)
    port = free_port()
    settings = {
        "workers": 1,
        "issuer": f"https://localhost:{port}/",
        "tls_certificate": certificate.chain,
        "tls_key": certificate.key,
        "private_hosts": OTHER_SITE,
        "ca_bundle": certificate.authority,
    }
    server = TlsServer(folder, settings, port=port)
    with receiving(certificate.server_context()) as receiver:
        receiver.pages["/page"] = ("text/html", b"<!doctype html><title>An app</title>")
        try:
            server.start()
            server.idp("users", "create", EMAIL, "--password-stdin", "--verified", typed=PASSWORD)
            yield Apps(server, receiver, certificate)
        finally:
            if server.process is not None:
                server.stop()
        assert [line for line in server.log_lines() if line["level"] in {"error", "critical"}] == []


@pytest.fixture
def open_page(chromium: Browser, apps: Apps) -> Iterator[OpenPage]:
    """A page of a fresh browser, with or without scripts; what the apps have seen before is forgotten."""
    apps.receiver.requests.clear()
    opened = []

    def open_(*, scripts: bool = True) -> Page:
        opened.append(chromium.new_context(ignore_https_errors=True, java_script_enabled=scripts))
        opened[-1].set_default_timeout(STEP_MILLISECONDS)
        return opened[-1].new_page()

    yield open_
    for context in opened:
        context.close()


@pytest.fixture
def usual_page(chromium: Browser, tmp_path: Path) -> Iterator[Page]:
    """A page of a browser whose owner lets frames of other sites have cookies."""
    preferences = tmp_path / "Default" / "Preferences"
    preferences.parent.mkdir()
    preferences.write_text(json.dumps({"profile": {"cookie_controls_mode": 0}}))
    kept = chromium.browser_type.launch_persistent_context(
        tmp_path, executable_path=PARTS["chromium"][0](), args=OPTIONS, ignore_https_errors=True
    )
    kept.set_default_timeout(STEP_MILLISECONDS)
    yield kept.new_page()
    kept.close()


@pytest.mark.spec(SESSION, "3.2", "unchanged while the login lasts, changed after it, error for what is no question")
def test_the_frame_tells_an_app_on_another_site_when_the_login_changes(apps: Apps, usual_page: Page) -> None:
    page = usual_page
    app = apps.sign_in(page, apps.register("watching"))
    question = f"{app['client_id']} {app['session_state']}"
    assert apps.ask(page, question) == "unchanged"
    assert apps.ask(page, f"somebody-else {app['session_state']}") == "changed"
    for nonsense in ("", "x", app["session_state"], f"{question} more", f"{app['client_id']} nosalt"):
        assert apps.ask(page, nonsense) == "error"
    page.goto(apps.log_out_url(app))
    page.wait_for_url(f"{app['base']}/bye?state=a+b")
    assert apps.ask(page, question) == "changed"


@pytest.mark.spec(SESSION, "3.1", "error where it cannot be told: the app must not ask again and again")
def test_a_browser_that_hides_cookies_from_frames_says_nothing(apps: Apps, open_page: OpenPage) -> None:
    page = open_page()  # Chromium does by default
    app = apps.sign_in(page, apps.register("unseen"))
    assert apps.ask(page, f"{app['client_id']} {app['session_state']}") == "error"


@pytest.mark.spec(FRONT, "3", "every app's page is loaded, with iss and sid, before the browser goes back")
@pytest.mark.spec(BACK, "2.5", "and every app's server is told")
def test_all_apps_hear_of_a_logout_by_both_ways(apps: Apps, open_page: OpenPage) -> None:
    page = open_page()
    names = ("first", "second")
    known = []
    for name in names:
        front, back = f"{apps.url}/{name}/signed-out", f"{apps.url}/{name}/told"
        registered = apps.register(name, frontchannel_logout_uri=front, backchannel_logout_uri=back)
        known.append(apps.sign_in(page, registered))
    page.goto(apps.log_out_url(known[0]))
    page.wait_for_url(f"{known[0]['base']}/bye?state=a+b")
    paths = [each.path for each in apps.receiver.requests]
    sid = claims_of(known[0]["id_token"])["sid"]
    for name in names:
        (framed,) = apps.receiver.seen(f"/{name}/signed-out")
        assert framed.query == {"iss": apps.server.issuer, "sid": sid}
        assert paths.index(f"/{name}/signed-out") < paths.index("/first/bye")
        wait_for(apps.receiver, f"/{name}/told")
        (told,) = apps.receiver.seen(f"/{name}/told")
        claims = claims_of(told.form["logout_token"])
        assert (claims["aud"], claims["sid"]) == (known[names.index(name)]["client_id"], sid)


@pytest.mark.spec(FRONT, "3", "without scripts the frames load all the same, and a link leads back")
def test_without_scripts_a_link_leads_back(apps: Apps, open_page: OpenPage) -> None:
    page = open_page(scripts=False)
    app = apps.sign_in(page, apps.register("plain", frontchannel_logout_uri=f"{apps.url}/plain/signed-out"))
    page.goto(apps.log_out_url(app))
    assert len(apps.receiver.seen("/plain/signed-out")) == 1
    page.click("#logout-continue")
    page.wait_for_url(f"{app['base']}/bye?state=a+b")


@pytest.mark.spec(FRONT, "3", "an app whose page never loads holds nobody up")
def test_an_app_that_hangs_does_not_hold_the_user_up(apps: Apps, open_page: OpenPage) -> None:
    page = open_page()
    with socket.create_server((OTHER_SITE, 0)) as silent:
        uri = f"https://{OTHER_SITE}:{silent.getsockname()[1]}/signed-out"
        app = apps.sign_in(page, apps.register("hanging", uri, frontchannel_logout_uri=uri))
        page.goto(apps.log_out_url(app), wait_until="commit")
        page.wait_for_url(f"{app['base']}/bye?state=a+b")


def wait_for(receiver: Receiver, path: str) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not receiver.seen(path):
        assert time.monotonic() < deadline, [each.path for each in receiver.requests]
        time.sleep(0.02)
