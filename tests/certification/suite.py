"""The server under test, the suite's own https server, and one run of a module: a fresh browser and fresh clients."""

import itertools
import json
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from joserfc.jwk import RSAKey

from tests.certification import checks
from tests.certification.driver import Account, Answer, Browser, open_session
from tests.certification.flows import Flow
from tests.certification.relying_party import RelyingParty, Tokens, new_key, public_jwk, verify
from tests.support.certificates import make_certificate
from tests.support.receivers import Received, Receiver, receiving
from tests.support.server import POLL_SECONDS, ServerProcess

NAME = "login.certification.test"
SUITE_HOST = "localhost"
ACCOUNT = Account("ada@example.com", "correct horse battery staple")
CLAIMS = {
    "name": "Ada Lovelace",
    "given_name": "Ada",
    "family_name": "Lovelace",
    "middle_name": "King",
    "nickname": "ada",
    "preferred_username": "ada.lovelace",
    "profile": "https://ada.example.com/profile",
    "picture": "https://ada.example.com/picture.png",
    "website": "https://ada.example.com/",
    "gender": "female",
    "birthdate": "1985-12-10",
    "zoneinfo": "Europe/London",
    "locale": "en-GB",
    "address": {
        "formatted": "12 St James's Square\nLondon SW1Y 4JH\nUnited Kingdom",
        "street_address": "12 St James's Square",
        "locality": "London",
        "region": "Greater London",
        "postal_code": "SW1Y 4JH",
        "country": "United Kingdom",
    },
    "phone_number": "+442079460000",
    "phone_number_verified": True,
}
WAIT_SECONDS = 60


class NamedServer(ServerProcess):
    """`idp start --tls --host NAME`, with nothing in the environment that an operator would not set."""

    @property
    def issuer(self) -> str:
        return f"https://{NAME}:{self.port}/"

    @property
    def authority(self) -> Path:
        """The certificate that its callers have to trust."""
        return self.folder / "var" / "tls" / "ca.pem"

    @property
    def environment(self) -> dict[str, str]:
        return {name: value for name, value in super().environment.items() if name != "IDP_ISSUER"}

    def is_ready(self) -> bool:
        if not self.authority.exists():
            return False
        try:
            with open_session(self.issuer, self.authority, "192.0.2.1") as session:
                return session.get(self.url("/readyz"), timeout=60).status_code == 200
        except (OSError, ssl.SSLError):  # requests' errors are
            return False


@dataclass
class Suite:
    """What all runs share."""

    server: NamedServer
    receiver: Receiver
    authority: Path
    """The certificate that callers of the suite's own server have to trust."""
    keys: list[RSAKey] = field(default_factory=lambda: [new_key(), new_key()])
    """Making one takes a while, so runs share them."""
    _addresses: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def open_session(self) -> requests.Session:
        """An HTTP client with an address of its own: many run at once here, and limits are for each address."""
        number = next(self._addresses)
        return open_session(self.server.issuer, self.server.authority, f"198.18.{number // 250}.{number % 250 + 1}")

    def wait_for(self, path: str) -> Received:
        """The one request that comes to a path of the suite's server."""
        deadline = time.monotonic() + WAIT_SECONDS
        while not self.receiver.seen(path):
            assert time.monotonic() < deadline, f"nobody came to {path}"
            time.sleep(POLL_SECONDS)
        (found,) = self.receiver.seen(path)
        return found

    def publish(self, path: str, document: Any, content_type: str = checks.JSON) -> str:
        """Put a document on the suite's server; its address."""
        body = document.encode() if isinstance(document, str) else json.dumps(document).encode()
        self.receiver.pages[path] = (content_type, body)
        return self.receiver.url(path)


@contextmanager
def suite_running(folder: Path) -> Iterator[Suite]:
    """A server set up as README says, and the suite's own."""
    certificate = make_certificate(folder, SUITE_HOST)
    with receiving(certificate.server_context()) as receiver:
        settings = {
            "workers": 1,
            "registration": "open",
            "private_hosts": SUITE_HOST,
            "ca_bundle": certificate.authority,
            "trusted_proxies": "127.0.0.1",
        }
        server = NamedServer(folder, settings, ("--tls", "--host", NAME))
        try:
            server.start()
            claims = folder / "claims.json"
            claims.write_text(json.dumps(CLAIMS))
            options = ("--password-stdin", "--verified", "--claims", str(claims))
            server.idp("users", "create", ACCOUNT.email, *options, typed=ACCOUNT.password)
            yield Suite(server, receiver, certificate.authority)
            errors = [line for line in server.log_lines() if line["level"] in {"error", "critical"}]
            assert errors == []
        finally:
            if server.process is not None:
                server.stop()


_runs = itertools.count(1)


@dataclass
class Run:
    """One run of one module: a browser that was never here, and clients of its own."""

    suite: Suite
    flow: Flow
    auth_method: str = "client_secret_basic"
    number: int = field(default_factory=lambda: next(_runs))

    def __post_init__(self) -> None:
        self.http = self.suite.open_session()
        self.browser = Browser(self.suite.server.issuer, ACCOUNT, self.suite.open_session())
        self.provider = self._discover()
        self.jwks = checks.check_jwks(self.get(self.provider["jwks_uri"]))
        self.clients: list[RelyingParty] = []

    def get(self, url: str) -> requests.Response:
        """Fetch a public document."""
        return self.http.get(url, allow_redirects=False, timeout=60)

    def path(self, name: str) -> str:
        """A path of the suite's server that is this run's alone."""
        return f"/test/{self.number}/{name}"

    def url(self, name: str) -> str:
        """The address of such a path."""
        return self.suite.receiver.url(self.path(name))

    @property
    def client(self) -> RelyingParty:
        """The client of the run, registered when it is first needed."""
        return self.clients[0] if self.clients else self.register()

    def metadata(self, **changes: Any) -> dict[str, Any]:
        """What a client registers with; None leaves a member out."""
        usual = {
            "client_name": f"Client {len(self.clients) + 1} of run {self.number}",
            "grant_types": self.flow.grant_types,
            "response_types": [self.flow.response_type],
            "redirect_uris": [self.url("callback")],
            "contacts": ["certification@oidf.org"],
            "token_endpoint_auth_method": self.auth_method,
            "jwks": {"keys": [public_jwk(self.suite.keys[len(self.clients) % 2])]},
        }
        return {name: value for name, value in (usual | changes).items() if value is not None}

    def send_registration(self, metadata: dict[str, Any]) -> requests.Response:
        """Register, whatever comes of it."""
        return self.http.post(self.provider["registration_endpoint"], json=metadata, timeout=60)

    def register(self, **changes: Any) -> RelyingParty:
        """Register a client; it is removed at the end of the run."""
        metadata = self.metadata(**changes)
        found = checks.check_registration(self.send_registration(metadata), metadata)
        key = self.suite.keys[len(self.clients) % 2]
        self.clients.append(RelyingParty(self.http, self.provider, self.flow, found, key, self.jwks))
        return self.clients[-1]

    def clean_up(self) -> None:
        """Remove the clients, by the address and the token that each was given (RFC 7592 §2.3)."""
        for client in self.clients:
            headers = {"Authorization": f"Bearer {client.registered['registration_access_token']}"}
            response = self.http.delete(client.registered["registration_client_uri"], headers=headers, timeout=60)
            assert response.status_code == 204, response.text
            assert response.content == b""
        self.http.close()
        self.browser.http.close()

    def authorize(self, client: RelyingParty | None = None, method: str = "GET", **changes: str | None) -> Answer:
        """Send the user there and back; the answer, checked but for what is in it."""
        client = client or self.client
        return self.send(client.request(**changes), client, method)

    def send(self, request: dict[str, str], client: RelyingParty | None = None, method: str = "GET") -> Answer:
        """The same, with a request as it is; what was sent inside a request object counts as sent."""
        client = client or self.client
        go = self.browser.open if method == "GET" else self.browser.post
        answer = go(self.provider["authorization_endpoint"], request)
        assert answer is not None, f"no answer; it ends at {self.browser.page.url}:\n{self.browser.page.text[-4000:]}"
        return self.check_answer(answer, request, client)

    def check_answer(self, answer: Answer, request: dict[str, str], client: RelyingParty) -> Answer:
        """State and issuer; the right place and mode; and nothing anywhere else."""
        expected = self.flow.mode
        if self.flow.response_mode is None and "response_type" not in request:
            expected = "query"
        assert answer.mode == expected, answer
        target = request.get("redirect_uri", client.redirect_uri)
        before, _, registered_query = target.partition("?")
        assert answer.uri.partition("?")[0] == before
        query = answer.uri.partition("?")[2]
        if answer.mode == "query":
            assert query.startswith(registered_query)
        else:
            assert query == registered_query, "something leaked into the query"
        assert answer.parameters.get("state") == request.get("state")
        assert answer.parameters["iss"] == self.provider["issuer"]
        if "code" in answer.parameters:
            checks.check_entropy(answer.parameters["code"])
        return answer

    def complete(self, client: RelyingParty | None = None, extra: set[str] | None = None, **changes: Any) -> Tokens:
        """A whole flow that has to succeed: authorize, redeem, ask who it is; everything checked."""
        client = client or self.client
        request = client.request(**changes)
        return self.finish(client, self.send(request, client), request, extra)

    def wait_for_key(self, kid: str) -> None:
        """Wait until the server publishes a key."""
        deadline = time.monotonic() + WAIT_SECONDS
        while all(key["kid"] != kid for key in self.jwks["keys"]):
            assert time.monotonic() < deadline, f"{kid} is not published"
            time.sleep(POLL_SECONDS)
            self.jwks.update(checks.check_jwks(self.get(self.provider["jwks_uri"])))

    def finish(
        self, client: RelyingParty, answer: Answer, request: dict[str, str], extra: set[str] | None = None
    ) -> Tokens:
        """Make use of an answer; `extra` are claims that the ID token may have besides the usual ones."""
        expected, sent = extra or set(), answer.parameters
        assert "error" not in sent, sent
        assert not sent.keys() - checks.SUCCESS_PARAMETERS, sent.keys()
        assert [("code" in sent), ("id_token" in sent), ("access_token" in sent)] == [
            self.flow.has_code,
            self.flow.has_id_token,
            self.flow.has_token,
        ]
        tokens, nonce = Tokens(answer), request.get("nonce")
        if self.flow.has_token:
            assert sent["token_type"].lower() == "bearer"
            assert 0 < int(sent["expires_in"]) <= checks.LONGEST_LIFE
            checks.check_entropy(sent["access_token"])
        if self.flow.has_id_token:
            tokens.answered = client.read_id_token(
                sent["id_token"], nonce, sent.get("access_token"), sent.get("code"), expected
            )
            assert ("at_hash" in tokens.answered) == self.flow.has_token
            assert ("c_hash" in tokens.answered) == self.flow.has_code
        if self.flow.has_code:
            self._redeem(client, tokens, nonce, expected)
        if self.flow.gives_access:
            tokens.userinfo = self.userinfo(client, tokens)
            extra_claims = tokens.userinfo.keys() - checks.claims_asked_for(request) - {"sub", "iss", "aud"}
            assert not extra_claims, f"/userinfo says too much: {extra_claims}"
        return tokens

    def _redeem(self, client: RelyingParty, tokens: Tokens, nonce: str | None, extra: set[str]) -> None:
        code = tokens.answer.parameters["code"]
        tokens.response = checks.check_token_response(client.redeem(code))
        found = tokens.response
        tokens.redeemed = client.read_id_token(found["id_token"], nonce, found["access_token"], code, extra)
        if tokens.answered is not None:
            for name in ("iss", "sub", "auth_time", "acr", "sid"):
                assert tokens.answered.get(name) == tokens.redeemed.get(name), name

    def userinfo(self, client: RelyingParty, tokens: Tokens) -> dict[str, Any]:
        """What /userinfo says by every access token of the flow, which must be the same."""
        given = {tokens.answer.parameters.get("access_token"), tokens.response.get("access_token")} - {None}
        answers = [client.ask_userinfo(token) for token in given if token]
        for answer in answers:
            assert answer.status_code == 200, answer.text
        found = [self._read_userinfo(client, answer) for answer in answers]
        assert all(each == found[0] for each in found)
        checks.check_claim_values(found[0])
        if tokens.answered is not None or tokens.redeemed is not None:
            assert found[0]["sub"] == tokens.claims["sub"]
        return found[0]

    def _read_userinfo(self, client: RelyingParty, answer: requests.Response) -> dict[str, Any]:
        alg = client.registered.get("userinfo_signed_response_alg")
        if alg is None:
            assert checks.content_type(answer) == checks.JSON
            return dict(answer.json())
        assert checks.content_type(answer) == "application/jwt"
        return verify(answer.text, self.jwks, alg)

    def refusal(self, request: dict[str, str]) -> str:
        """Send a request that must end on an error page, and nowhere else; what that page says."""
        answer = self.browser.open(self.provider["authorization_endpoint"], request)
        assert answer is None, f"it went to {answer}"
        assert 400 <= self.browser.page.status < 500, self.browser.page.url
        assert "Reference" in self.browser.page.text
        return self.browser.page.text

    def _discover(self) -> dict[str, Any]:
        response = self.get(f"{self.suite.server.issuer}.well-known/openid-configuration")
        assert response.status_code == 200
        found: dict[str, Any] = response.json()
        return found
