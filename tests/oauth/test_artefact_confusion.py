"""Everything that we give out, at every place that takes something: good at its own and at no other."""

import secrets
import time
from functools import cached_property

import pytest
from joserfc.jwk import OctKey

from idp.domain.clients.initial_access import create_initial_token
from idp.domain.clients.queries import find_client_now
from idp.domain.tokens.logout_tokens import mint_logout_token
from idp.domain.users.queries import get_user
from idp.domain.users.tickets import issue_ticket
from idp.infra import jwt
from idp.infra.db import unit_of_work
from idp.oauth.authorization.response_types import RESPONSE_TYPES
from tests.support.factories import AUDIENCE, CALLBACK, LOGGED_OUT, App, give_access, make_api, make_client
from tests.support.protocol import ASSERTION, ISSUER, PAIR, SESSION_COOKIE, claims_of, make_person
from tests.support.relying_party import client_assertion

KEY = jwt.new_key("ES256")


class World:
    """One of each artefact, and each place as a question: is this taken here?"""

    def __init__(self, app, protocol, registrar):
        self.app, self.protocol, self.registrar = app, protocol, registrar
        make_api(app)
        registration = {"userinfo_signed_response_alg": "RS256"}
        self.client = make_client(app, changes={"response_types": list(RESPONSE_TYPES), "registration": registration})
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

    def secret_assertion(self):
        client = self.registrar.made(token_endpoint_auth_method="client_secret_jwt").app
        return client_assertion(client.id, OctKey.import_key(client.secret), "HS256")

    def request_object(self):
        client = self.signing_client
        claims = {"iss": client.id, "client_id": client.id, "aud": ISSUER, "exp": int(time.time()) + 60}
        claims |= {"redirect_uri": CALLBACK, "jti": secrets.token_urlsafe()}
        return jwt.sign(claims, KEY, "JWT")

    @cached_property
    def registered(self):
        return self.registrar.made()

    def registration_token(self):
        return self.registered.token

    def initial_token(self):
        with self.app.app_context(), unit_of_work():
            return create_initial_token(1, 1)

    def logout_token(self):
        sid = self.protocol.sign_in()
        with self.app.app_context():
            return mint_logout_token(find_client_now(self.client.id), self.protocol.user_id, sid)

    def userinfo_jwt(self):
        return self.protocol.userinfo(self.access_token()).text

    def front_tokens(self):
        self.protocol.sign_in()
        return self.protocol.answer(self.client, response_type="code id_token token")

    def front_code(self):
        return self.front_tokens()["code"]

    def front_access_token(self):
        return self.front_tokens()["access_token"]

    def front_id_token(self):
        return self.front_tokens()["id_token"]

    def session_state(self):
        return self.front_tokens()["session_state"]

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

    def at_request_object(self, value):
        self.protocol.sign_in()
        return "error" not in self.protocol.answer(self.signing_client, request=value)

    def at_registration(self, value):
        response = self.registrar.read(self.registered, value)
        assert response.status_code in {200, 401}
        return response.status_code == 200

    def at_initial_registration(self, value):
        self.registrar.change(registration="token")
        return self.registrar.register(value).status_code == 201

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
    "secret-assertion": {"assertion"},
    "request-object": {"request-object"},
    "registration-token": {"registration"},
    "initial-token": {"initial-registration"},
    "logout-token": set(),
    "userinfo-jwt": set(),
    "front-code": {"code"},
    "front-access-token": {"userinfo", "introspection"},
    "front-id-token": {"authorize-hint", "logout-hint"},
    "session-state": set(),
    "jti": set(),
    "reset-ticket": {"reset"},
    "verify-ticket": {"verify"},
}
PLACES = [name.removeprefix("at_").replace("_", "-") for name in vars(World) if name.startswith("at_")]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("artefact", ARTEFACTS)
def test_an_artefact_is_good_at_its_own_place_alone(protocol, registrar, artefact, place):
    world = World(registrar.app, protocol, registrar)
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
