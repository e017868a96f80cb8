"""Who may be served no more is served no more, at every place, at once.

The ways in have a table of their own: tests/login/test_standing_matrix.py.
"""

from urllib.parse import urlsplit

import pytest

from idp.domain.clients.registration import update_client
from idp.domain.consents.remembering import remember_consent
from idp.domain.credentials.throttle import buckets_for, record_failure
from idp.domain.lifecycle.clients import delete_client
from idp.domain.lifecycle.connected_apps import disconnect_app
from idp.domain.lifecycle.factors import reset_factors
from idp.domain.lifecycle.passwords import reset_password
from idp.domain.lifecycle.users import block_user, unblock_user
from idp.domain.sessions.browser_sessions import end_session
from idp.domain.tenant.login_policy import change_login_policy
from idp.domain.tokens.grants import revoke_grants_of_user
from idp.domain.users.accounts import create_user
from idp.domain.users.queries import get_user
from idp.domain.users.tickets import issue_ticket
from idp.infra import clock
from idp.infra.db import db, unit_of_work
from tests.support.browser import ORIGIN
from tests.support.factories import EMAIL, App, give_access, make_api, make_client
from tests.support.protocol import SCOPE, assert_error, claims_of, form_of
from tests.support.second_factors import enrol_totp


class World:
    """A user, signed in, whose app holds a fresh code, tokens and a consent."""

    def __init__(self, app, protocol):
        self.app, self.protocol = app, protocol
        self.client = make_client(app, requires_consent=True)
        protocol.sign_in()
        self.user_id = protocol.user_id
        enrol_totp(app, self.user_id)
        with app.app_context(), unit_of_work():
            get_user(self.user_id).is_admin = True
            remember_consent(self.user_id, self.client.id, None, SCOPE.split())
        self.code = protocol.code(self.client)
        self.tokens = protocol.tokens(self.client)

    # What happens

    def user_blocked(self):
        block_user(get_user(self.user_id))

    def user_marked_blocked(self):
        """The gate alone, without what blocking ends besides."""
        get_user(self.user_id).blocked_at = clock.now()

    def user_deleted(self):
        db.session.delete(get_user(self.user_id))

    def session_ended(self):
        end_session(self.protocol.sid, by="test")

    def grants_revoked(self):
        revoke_grants_of_user(self.user_id)

    def client_disabled(self):
        update_client(self.client.id, disabled_at=clock.now())

    def client_deleted(self):
        delete_client(self.client.id)

    def app_disconnected(self):
        disconnect_app(self.user_id, self.client.id)

    def password_reset(self):
        ticket = issue_ticket(get_user(self.user_id), "reset_password")
        assert reset_password(ticket, "hash", None, everywhere=True)

    def password_reset_alone(self):
        ticket = issue_ticket(get_user(self.user_id), "reset_password")
        assert reset_password(ticket, "hash", None, everywhere=False)

    def user_locked(self):
        """Somebody guesses at the account."""
        for number in range(20):
            record_failure(buckets_for(EMAIL, f"192.0.2.{number}"))

    def factors_removed(self):
        reset_factors(get_user(self.user_id))

    def factor_required(self):
        """From now on, of everybody; nobody has one."""
        change_login_policy(second_factor="required")

    def email_unverified(self):
        get_user(self.user_id).email_verified = False

    def email_unverified_where_it_matters(self):
        get_user(self.user_id).email_verified = False
        change_login_policy(verified_email=True)

    # What is tried

    def redeem(self):
        return self.refusal(self.protocol.redeem(self.client, self.code))

    def refresh(self):
        return self.refusal(self.protocol.refresh(self.client, self.tokens["refresh_token"]))

    def userinfo(self):
        status = self.protocol.userinfo(self.tokens["access_token"]).status_code
        return "served" if status == 200 else f"{status}"

    def introspection(self):
        response = self.protocol.introspect(self.client, self.tokens["access_token"])
        if response.status_code != 200:
            return self.refusal(response)
        return "served" if response.get_json()["active"] else "inactive"

    def authorize(self):
        response = self.protocol.authorize(self.client, prompt="none")
        if response.status_code == 400:
            return "page"
        return self.protocol.answer(self.client, prompt="none").get("error", "served")

    def account(self):
        return self.page("/account")

    def console(self):
        return self.page("/admin")

    def page(self, path):
        response = self.protocol.http.get(path, base_url=ORIGIN)
        return "served" if response.status_code == 200 else urlsplit(response.headers["Location"]).path

    @staticmethod
    def refusal(response):
        body = response.get_json()
        return "served" if response.status_code == 200 else body["error"]


GONE = {
    "redeem": "invalid_grant",
    "refresh": "invalid_grant",
    "userinfo": "401",
    "introspection": "inactive",
    "authorize": "login_required",
    "account": "/u/login",
    "console": "/u/login",
}
CLIENT_GONE = {
    "redeem": "invalid_client",
    "refresh": "invalid_client",
    "userinfo": "401",
    "introspection": "invalid_client",
    "authorize": "page",
    "account": "served",
    "console": "served",
}
SERVED = dict.fromkeys(GONE, "served")
EXPECTED = {
    "nothing": SERVED,
    "user-blocked": GONE,
    "user-marked-blocked": GONE,
    "user-deleted": GONE,
    "password-reset": GONE,
    # Whoever has chosen a new password may have let the other logins be
    "password-reset-alone": SERVED,
    # Guesses of others are no reason to put out who is in
    "user-locked": SERVED,
    "factors-removed": SERVED,
    # What is asked from now on is asked when somebody signs in again, or looks at what is their own
    "factor-required": SERVED
    | {"authorize": "interaction_required", "account": "/u/second-factor", "console": "/u/second-factor"},
    "email-unverified": SERVED,
    "email-unverified-where-it-matters": SERVED | {"authorize": "interaction_required"},
    # offline_access outlives the login: that is what it is for
    "session-ended": GONE | {"refresh": "served"},
    # The login goes on: the next request is answered without a page
    "grants-revoked": GONE | {"authorize": "served", "account": "served", "console": "served"},
    "app-disconnected": GONE | {"authorize": "consent_required", "account": "served", "console": "served"},
    "client-disabled": CLIENT_GONE,
    "client-deleted": CLIENT_GONE,
}
#: What stands outside of /u/ → what is tried there, or why nobody's standing matters.
ENDPOINTS = {
    "/oauth/token": "redeem refresh",
    "/userinfo": "userinfo",
    "/oauth/introspect": "introspection",
    "/authorize": "authorize",
    "/authorize/resume": "authorize",
    "/account": "account",
    "/admin": "console",
    "/oauth/revoke": "takes back, and gives nothing",
    "/oidc/": "ends logins, tells whether one goes on, or is for apps",
    "/v2/logout": "ends logins",
    "/setup": "works once, before there is anybody",
    "/brand/": "public",
    "/pictures/": "public",
    "/static/": "public",
    "/.well-known/": "public",
    "/healthz": "public",
    "/readyz": "public",
    "/metrics": "for who runs the server",
    "/dev/": "for who develops on this machine",
    "/": "leads to the login",
    "/u/": "the ways in: tests/login/test_standing_matrix.py",
}
CASES = [(event, tried, outcome) for event, row in EXPECTED.items() for tried, outcome in row.items()]


@pytest.mark.parametrize(("event", "tried", "outcome"), CASES, ids=[f"{event}-{tried}" for event, tried, _ in CASES])
def test_whoever_lost_good_standing_is_served_no_more(app, protocol, event, tried, outcome):
    world = World(app, protocol)
    if event != "nothing":
        with app.app_context(), unit_of_work():
            getattr(world, event.replace("-", "_"))()
    assert getattr(world, tried)() == outcome


def test_every_endpoint_is_tried_or_says_why_not(app):
    exact = {name for name in ENDPOINTS if name == "/" or not name.endswith("/")}
    folders = tuple(name for name in ENDPOINTS if name != "/" and name.endswith("/"))
    pages = ("/account/", "/admin/")  # one gate for all below: the next test
    rules = {rule.rule for rule in app.url_map.iter_rules()}
    assert {rule for rule in rules - exact if not rule.startswith((*folders, *pages))} == set()
    tried = {name for names in ENDPOINTS.values() for name in names.split() if name in GONE}
    assert tried == set(GONE)


#: Those below /account that are for whoever holds their link, or is gone already.
FOR_ANYBODY = {"/account/deleted", "/account/email/confirm"}


@pytest.mark.parametrize("event", ["user_blocked", "user_marked_blocked", "user_deleted", "session_ended"])
def test_no_page_of_the_account_or_the_console_is_opened_by_a_login_that_is_over(app, protocol, event):
    world = World(app, protocol)
    with app.app_context(), unit_of_work():
        getattr(world, event)()
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith(("/account", "/admin"))]
    asked = [(method, rule.rule) for rule in rules for method in rule.methods & {"GET", "POST"}]
    assert len(asked) > 10
    for method, path in asked:
        if path in FOR_ANYBODY:
            continue
        token = protocol.http.get("/u/login", base_url=ORIGIN)
        sent = {"data": {"csrf_token": form_of(token)["csrf_token"]}} if method == "POST" else {}
        answer = protocol.http.open(path, method=method, base_url=ORIGIN, headers={"Origin": ORIGIN}, **sent)
        assert urlsplit(answer.headers.get("Location", "")).path == "/u/login", (method, path, answer.status)


def test_an_unblocked_user_signs_in_anew_and_old_tokens_stay_dead(app, protocol):
    world = World(app, protocol)
    with app.app_context(), unit_of_work():
        block_user(get_user(world.user_id))
    with app.app_context(), unit_of_work():
        unblock_user(get_user(world.user_id))
    assert {name: getattr(world, name)() for name in GONE} == GONE
    protocol.sign_in(world.user_id)
    assert world.authorize() == "served"


def test_after_a_logout_a_refreshed_token_is_of_no_login_and_good(app, protocol):
    world = World(app, protocol)
    with app.app_context(), unit_of_work():
        world.session_ended()
    body = protocol.refresh(world.client, world.tokens["refresh_token"]).get_json()
    assert "sid" not in claims_of(body["access_token"])
    assert protocol.userinfo(body["access_token"]).status_code == 200


def test_disconnecting_an_app_ends_nothing_of_other_apps_and_other_people(app, protocol):
    world = World(app, protocol)
    other_app = make_client(app, requires_consent=True)
    with app.app_context(), unit_of_work():
        remember_consent(world.user_id, other_app.id, None, SCOPE.split())
    tokens = protocol.tokens(other_app)
    with app.app_context(), unit_of_work():
        stranger = create_user("stranger@example.com").id
        remember_consent(stranger, world.client.id, None, SCOPE.split())
        disconnect_app(world.user_id, other_app.id)
        disconnect_app(stranger, world.client.id)
    assert {name: getattr(world, name)() for name in GONE} == dict.fromkeys(GONE, "served")
    assert protocol.userinfo(tokens["access_token"]).status_code == 401
    assert len(protocol.events("consent.withdrawn")) == 2


def test_a_disconnected_app_that_is_let_in_again_gets_tokens_and_its_old_ones_stay_dead(app, protocol):
    world = World(app, protocol)
    with app.app_context(), unit_of_work():
        disconnect_app(world.user_id, world.client.id)
        remember_consent(world.user_id, world.client.id, None, SCOPE.split())
    assert protocol.userinfo(protocol.tokens(world.client)["access_token"]).status_code == 200
    assert (world.userinfo(), world.refresh(), world.redeem()) == ("401", "invalid_grant", "invalid_grant")


def test_ending_another_login_of_the_user_ends_nothing_here(app, protocol):
    world = World(app, protocol)
    here = protocol.sid
    protocol.sign_in(world.user_id)
    with app.app_context(), unit_of_work():
        end_session(protocol.sid, by="test")
    assert protocol.sid != here
    assert world.userinfo() == world.redeem() == "served"


@pytest.mark.parametrize("event", ["disabled", "deleted"])
def test_a_machine_that_is_gone_is_served_no_more(app, protocol, event):
    machine, watcher = make_client(app, "machine"), make_client(app, "machine")
    make_api(app)
    for each in (machine, watcher):
        give_access(app, each)
    token = protocol.machine_token(machine).get_json()["access_token"]
    assert protocol.is_active(watcher, token)
    with app.app_context(), unit_of_work():
        if event == "disabled":
            update_client(machine.id, disabled_at=clock.now())
        else:
            delete_client(machine.id)
    assert not protocol.is_active(watcher, token)
    assert_error(protocol.machine_token(machine), "invalid_client", 401)


def test_a_public_client_that_is_disabled_is_served_no_more(app, protocol):
    spa = make_client(app, "spa")
    tokens = protocol.tokens(spa)
    with app.app_context(), unit_of_work():
        update_client(spa.id, disabled_at=clock.now())
    assert_error(protocol.refresh(App(spa.id, None), tokens["refresh_token"]), "invalid_client", 401)
    assert protocol.userinfo(tokens["access_token"]).status_code == 401
