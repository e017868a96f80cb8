"""A whole journey, and then a search: nothing secret of it stands in the log, the events or the database."""

import logging
import re
from pathlib import Path

import pytest
import structlog

from idp.domain.lifecycle.passwords import request_reset
from idp.infra import logging as idp_logging
from idp.infra.db import db, unit_of_work
from tests.support.browser import Browser
from tests.support.factories import CALLBACK, EMAIL, PASSWORD, give_access, make_api, make_client, make_user
from tests.support.protocol import PAIR, SCOPE, Protocol, later, pkce, sign_in_by_form

WRONG = "not the password of Ada at all"
TYPED_BY_MISTAKE = "cs1_typed-by-mistake-as-a-user-name-000000000000"


@pytest.fixture(autouse=True)
def _logs_everything():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    idp_logging.configure("json", "debug")
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


class Secrets(dict):
    """What must never be seen again, by a name."""

    def add_tokens(self, name, response):
        body = response.get_json()
        assert "access_token" in body, body
        for kind in ("access_token", "id_token", "refresh_token"):
            if kind in body:
                self[f"{name} {kind}"] = body[kind]
        return body


def walk(app, browser: Browser, protocol: Protocol) -> Secrets:
    """Sign-in with a wrong and the right password, consent, every grant, refusals and replays, logout, a reset mail."""
    client = make_client(app, requires_consent=True)
    give_access(app, client, make_api(app))
    make_user(app)
    found = Secrets(password=PASSWORD, wrong_password=WRONG, client_secret=client.secret, verifier=PAIR.verifier)
    request = {"client_id": client.id, "redirect_uri": CALLBACK, "response_type": "code", "scope": SCOPE}
    browser.get("/authorize", **request, code_challenge=PAIR.challenge, code_challenge_method="S256", nonce="n")
    sign_in_by_form(browser, EMAIL, WRONG)
    browser.submit("login-submit", username=TYPED_BY_MISTAKE, password=WRONG)
    sign_in_by_form(browser)
    browser.submit("consent-allow")
    found["code"] = browser.answer["code"]
    for name in ("idp_session", "idp_browser", "idp_device"):
        cookie = browser.client.get_cookie(name)
        assert cookie is not None
        found[name] = cookie.value
    protocol.redeem(client, "ac1_wrong-code-000000000000000000000000000000000")
    tokens = found.add_tokens("code", protocol.redeem(client, found["code"]))
    refreshed = found.add_tokens("refresh", protocol.refresh(client, tokens["refresh_token"]))
    found.add_tokens("machine", protocol.machine_token(client))
    protocol.userinfo(tokens["access_token"])
    protocol.introspect(client, refreshed["refresh_token"])
    refuse(protocol, client, found, tokens)
    protocol.revoke(client, refreshed["access_token"])
    browser.get("/oidc/logout", id_token_hint=tokens["id_token"])
    found["reset_ticket"] = ask_for_reset(app)
    return found


def refuse(protocol, client, found, tokens):
    """The same secrets, in places and ways in which they are refused."""
    spare = pkce().verifier
    found["wrong_verifier"] = spare
    protocol.redeem(client, found["code"], code_verifier=spare)
    protocol.post(
        "/oauth/token", grant_type=tokens["refresh_token"], client_id=client.secret, client_secret=client.secret
    )
    protocol.post("/oauth/token", grant_type="refresh_token", client_id=client.id, client_secret=found["code"])
    protocol.post(f"/oauth/token?client_secret={client.secret}&code={found['code']}", client)
    protocol.raw("/oauth/token", json={"code": [found["code"]], "client_secret": 5})
    protocol.raw("/oauth/token", data={"client_assertion": tokens["id_token"], "client_assertion_type": "x"})
    protocol.userinfo(tokens["refresh_token"])
    protocol.http.get(f"/userinfo?access_token={tokens['access_token']}", base_url="http://localhost:8000")
    protocol.authorize(client, state=found["code"], prompt=tokens["access_token"], redirect_uri=tokens["refresh_token"])
    protocol.authorize(client, response_type=tokens["refresh_token"], scope=client.secret)
    protocol.authorize(client, audience=tokens["access_token"], login_hint=PASSWORD)
    with later(60):
        protocol.refresh(client, tokens["refresh_token"])


def ask_for_reset(app):
    with app.app_context(), unit_of_work():
        request_reset(EMAIL, None)
        rows = db.session.execute(db.text("SELECT payload FROM outbox")).scalars()
        (ticket,) = set(re.findall(r"rp1_[\w-]{43}", "".join(str(row) for row in rows)))
        return ticket


def test_no_secret_of_a_journey_is_logged_recorded_or_stored(app, browser, protocol, settings, capfd):
    found = walk(app, browser, protocol)
    assert len(found) == 17
    logged = capfd.readouterr()
    written = logged.out + logged.err
    assert "token.issued" in written
    assert "login.failed" in written
    assert [name for name, value in found.items() if value in written] == []
    with app.app_context():
        events = str(db.session.execute(db.text("SELECT * FROM events")).all())
    assert [name for name, value in found.items() if value in events] == []
    stored = b"".join(path.read_bytes() for path in Path(settings.data_dir).glob("idp.sqlite3*"))
    # A mail waits in the outbox with its link, and is forgotten once it is sent
    kept = {name: value for name, value in found.items() if name != "reset_ticket"}
    assert [name for name, value in kept.items() if value.encode() in stored] == []
    assert b"BEGIN PRIVATE KEY" not in stored
    assert settings.secret_key.encode() not in stored
