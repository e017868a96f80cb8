"""C05, C11: everything that we give out, at every place that takes something: good at its own and at no other."""

import secrets
import time

import pytest

from idp.domain.users.queries import get_user
from idp.domain.users.tickets import issue_ticket
from idp.infra import jwt
from idp.infra.db import unit_of_work
from tests.support.factories import AUDIENCE, LOGGED_OUT, App, give_access, make_api, make_client
from tests.support.protocol import ASSERTION, ISSUER, PAIR, SESSION_COOKIE, claims_of, make_person

KEY = jwt.new_key("ES256")


class World:
    """One of each artefact, and each place as a question: is this taken here?"""

    def __init__(self, app, protocol):
        self.app, self.protocol = app, protocol
        make_api(app)
        self.client = make_client(app)
        give_access(app, self.client)
        self.signing_client = make_client(app, jwks={"keys": [jwt.public_jwk(KEY)]})

    def make(self, name):
        return getattr(self, name.replace("-", "_"))()

    def code(self):
        self.protocol.sign_in()
        return self.protocol.code(self.client)

    def tokens(self, **asked):
        return self.protocol.tokens(self.client, **asked)

    def refresh_token(self):
        return self.tokens()["refresh_token"]

    def access_token(self):
        return self.tokens()["access_token"]

    def api_token(self):
        return self.tokens(audience=AUDIENCE, scope="read")["access_token"]

    def machine_token(self):
        return self.protocol.machine_token(self.client).get_json()["access_token"]

    def id_token(self):
        return self.tokens()["id_token"]

    def session_cookie(self):
        self.protocol.sign_in()
        return self.protocol.cookie

    def sid(self):
        return self.protocol.sign_in()

    def interaction(self):
        location = self.protocol.authorize(self.client).headers["Location"]
        return location.partition("state=")[2]

    def browser_cookie(self):
        self.interaction()
        return self.protocol.http.get_cookie("idp_browser", domain="localhost").value

    def client_secret(self):
        return self.client.secret

    def assertion(self):
        now = int(time.time())
        claims = {"iss": self.signing_client.id, "sub": self.signing_client.id, "aud": ISSUER, "exp": now + 60}
        return jwt.sign(claims | {"iat": now, "jti": secrets.token_urlsafe()}, KEY, "JWT")

    def jti(self):
        return claims_of(self.access_token())["jti"]

    def reset_ticket(self):
        self.protocol.user_id = make_person(self.app)
        with self.app.app_context(), unit_of_work():
            return issue_ticket(get_user(self.protocol.user_id), "reset_password")

    def verify_ticket(self):
        self.protocol.user_id = make_person(self.app)
        with self.app.app_context(), unit_of_work():
            return issue_ticket(get_user(self.protocol.user_id), "verify_email")

    # The places

    def at_code(self, value):
        return self.protocol.redeem(self.client, value).status_code == 200

    def at_refresh(self, value):
        return self.protocol.refresh(self.client, value).status_code == 200

    def at_userinfo(self, value):
        return self.protocol.userinfo(value).status_code == 200

    def at_introspection(self, value):
        return self.protocol.is_active(self.client, value)

    def at_authorize_hint(self, value):
        self.protocol.sign_in(make_person(self.app, "grace@example.com"))
        answer = self.protocol.answer(self.client, prompt="none", id_token_hint=value)
        return answer.get("error") == "login_required"

    def at_logout_hint(self, value):
        sent = {"id_token_hint": value, "post_logout_redirect_uri": LOGGED_OUT}
        return self.protocol.http.get("/oidc/logout", base_url=ISSUER, query_string=sent).status_code == 303

    def at_session_cookie(self, value):
        self.protocol.forget_cookies()
        self.protocol.http.set_cookie(SESSION_COOKIE, value, domain="localhost")
        return "code" in self.protocol.answer(self.client, prompt="none")

    def at_resume(self, value):
        response = self.protocol.http.get("/authorize/resume", base_url=ISSUER, query_string={"state": value})
        return response.status_code == 303

    def at_client_secret(self, value):
        return self.protocol.refresh(App(self.client.id, value), "rt1_x").get_json()["error"] != "invalid_client"

    def at_assertion(self, value):
        proof = {"client_assertion": value, "client_assertion_type": ASSERTION}
        response = self.protocol.post("/oauth/token", grant_type="refresh_token", refresh_token="rt1_x", **proof)
        return response.get_json()["error"] != "invalid_client"

    def at_verifier(self, value):
        self.protocol.sign_in()
        return (
            self.protocol.redeem(self.client, self.protocol.code(self.client), code_verifier=value).status_code == 200
        )

    def at_reset(self, value):
        response = self.protocol.http.get("/u/reset-password", base_url=ISSUER, query_string={"ticket": value})
        return response.status_code == 200

    def at_verify(self, value):
        response = self.protocol.http.get("/u/verify-email", base_url=ISSUER, query_string={"ticket": value})
        return response.status_code == 200


#: Artefact → the places where it is good.
ARTEFACTS = {
    "code": {"code"},
    "refresh-token": {"refresh", "introspection"},
    "access-token": {"userinfo", "introspection"},
    "api-token": {"introspection"},
    "machine-token": {"introspection"},
    "id-token": {"authorize-hint", "logout-hint"},
    "session-cookie": {"session-cookie"},
    "sid": set(),
    "interaction": {"resume"},
    "browser-cookie": set(),
    "client-secret": {"client-secret"},
    "assertion": {"assertion"},
    "jti": set(),
    "reset-ticket": {"reset"},
    "verify-ticket": {"verify"},
}
PLACES = [name.removeprefix("at_").replace("_", "-") for name in vars(World) if name.startswith("at_")]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("artefact", ARTEFACTS)
def test_an_artefact_is_good_at_its_own_place_alone(app, protocol, artefact, place):
    world = World(app, protocol)
    value = world.make(artefact)
    assert value != PAIR.verifier
    taken = getattr(world, f"at_{place.replace('-', '_')}")(value)
    assert taken == (place in ARTEFACTS[artefact])


def test_an_access_token_for_an_api_named_like_a_client_is_no_hint(app, protocol):
    client = make_client(app)
    make_api(app, client.id)
    token = protocol.tokens(client, audience=client.id, scope="read")["access_token"]
    assert claims_of(token)["aud"] == client.id
    sent = {"id_token_hint": token, "post_logout_redirect_uri": LOGGED_OUT}
    assert protocol.http.get("/oidc/logout", base_url=ISSUER, query_string=sent).status_code == 400
    protocol.sign_in(make_person(app, "grace@example.com"))
    assert "code" in protocol.answer(client, prompt="none", id_token_hint=token)
