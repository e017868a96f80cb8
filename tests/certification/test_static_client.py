"""The plans again in short, with a client that the operator registered: `client_registration` static."""

import pytest

from tests.certification import code_modules, modules
from tests.certification.flows import EVERY, Flow
from tests.certification.modules import spec
from tests.certification.relying_party import RelyingParty
from tests.certification.suite import Run, Suite

WITH_CODE = tuple(flow for flow in EVERY if flow.has_code)


@pytest.fixture(scope="session")
def registered(suite: Suite) -> dict[str, object]:
    """What `idp clients create` gave, and what the client was told to be."""
    callback = suite.receiver.url("/test/static/callback")
    types = [word for flow in EVERY for word in ("--response-type", flow.response_type)]
    options = ("--name", "Suite", "--kind", "web", "--no-pkce", "--plain-id-token", "--callback", callback)
    made = suite.server.idp("clients", "create", *options, *types)
    return {**made, "redirect_uris": [callback], "token_endpoint_auth_method": "client_secret_basic"}


@pytest.fixture
def run(suite: Suite, flow: Flow, registered: dict[str, object]) -> Run:
    """A run with that client, and a person that never used it."""
    started = Run(suite, flow)
    client = RelyingParty(started.http, started.provider, flow, registered, suite.keys[0], started.jwks)
    started.clients.append(client)
    return started


@pytest.mark.parametrize("flow", EVERY, ids=str)
class TestStaticClient:
    """The happy path, and all scopes."""

    @spec("oidcc-server", "the happy path of an app of the operator's own, whose users are not asked for consent")
    def test_oidcc_server(self, run: Run):
        assert run.complete().answer.pages == (modules.LOGIN,)

    @spec("oidcc-scope-all", "all standard claims at once")
    def test_oidcc_scope_all(self, run: Run):
        modules.check_scope_claims(run, "profile", "email", "address", "phone")


@pytest.mark.parametrize("flow", WITH_CODE, ids=str)
class TestStaticClientWithCode:
    """What a code leads to."""

    @spec("oidcc-refresh-token", "a refresh gives fresh tokens for the same login")
    def test_oidcc_refresh_token(self, run: Run):
        assert code_modules.refreshed(run, run.client)["refresh_token"]
