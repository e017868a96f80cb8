"""OIDC Core §8: subjects that are the same for the apps of one sector, and cannot be compared by others."""

import pytest
from sqlalchemy import func, select

from idp.domain.clients.registration import update_client
from idp.domain.tokens.models import PairwiseSubject
from idp.domain.users.models import User
from idp.infra.db import db, unit_of_work
from tests.support.factories import LOGGED_OUT, make_api, make_client
from tests.support.protocol import ISSUER, claims_of, later, make_person

SPEC = "OIDC Core 1.0"
HERE, THERE = "https://app.example.com/callback", "https://other.example.net/callback"
SECTOR = "https://app.example.com/sector.json"


@pytest.fixture
def make(app):
    """Register an app that knows its users by pairwise subjects."""

    def register(uri=HERE, kind="web", sector=None, **more):
        registration = {"subject_type": "pairwise", **({"sector_identifier_uri": sector} if sector else {})}
        client = make_client(app, kind, redirect_uris=[uri], changes={"registration": registration, **more})
        return client, uri

    return register


def tokens(protocol, client, **asked):
    registered, uri = client
    return protocol.tokens(registered, redirect_uri=uri, **asked)


def subject(protocol, client):
    return claims_of(tokens(protocol, client)["id_token"])["sub"]


@pytest.mark.spec(SPEC, "8.1", "the same for all apps of a sector, which is the host of the redirect URI")
def test_the_apps_of_a_sector_know_one_subject(protocol, make):
    first = subject(protocol, make())
    assert subject(protocol, make(HERE + "/2")) == first
    assert subject(protocol, make(THERE, sector=SECTOR)) == first


@pytest.mark.spec(SPEC, "8.1", "another for another sector, and nothing leads from one to the other")
def test_another_sector_knows_another(protocol, make):
    found = [subject(protocol, make(uri)) for uri in (HERE, THERE, "https://sub.app.example.com/callback")]
    assert len(set(found)) == 3
    assert not [each for each in found if protocol.user_id in each or protocol.user_id.partition("|")[2] in each]


@pytest.mark.spec(SPEC, "8.1", "another for another user")
def test_another_user_has_another(app, protocol, make):
    client = make()
    ada = subject(protocol, client)
    protocol.sign_in(make_person(app, "grace@example.com"))
    assert subject(protocol, client) != ada


@pytest.mark.spec(SPEC, "8.1", "never reassigned, and the same at every login")
def test_it_is_the_same_whatever_happens_meanwhile(app, protocol, make):
    client = make()
    before = tokens(protocol, client)
    protocol.forget_cookies()
    protocol.sign_in()
    with later(3600):
        after = protocol.refresh(client[0], before["refresh_token"]).get_json()
    with app.app_context(), unit_of_work():
        update_client(client[0].id, redirect_uris=[HERE, HERE + "/new"])
    found = {subject(protocol, client), *(claims_of(each["id_token"])["sub"] for each in (before, after))}
    assert len(found) == 1


@pytest.mark.spec(SPEC, "5.3.2", "sub of userinfo is that of the ID token")
@pytest.mark.parametrize("asked", [{}, {"audience": "https://api.example.com/", "scope": "openid read"}], ids=repr)
def test_every_place_says_the_same_subject(app, protocol, make, asked):
    make_api(app)
    client = make()
    found = tokens(protocol, client, **asked)
    said = [
        claims_of(found["id_token"]),
        claims_of(found["access_token"]),
        protocol.userinfo(found["access_token"]).get_json(),
        protocol.introspect(client[0], found["access_token"]).get_json(),
    ]
    assert {each["sub"] for each in said} == {subject(protocol, client)}
    assert not [each for each in said if protocol.user_id in repr(each)]


def test_introspection_of_a_refresh_token_says_it_too(protocol, make):
    client = make()
    found = tokens(protocol, client)
    told = protocol.introspect(client[0], found["refresh_token"]).get_json()
    assert told["sub"] == claims_of(found["id_token"])["sub"]


@pytest.mark.spec(SPEC, "3.3.2.11", "the same subject in the front channel")
def test_the_front_channel_says_it_too(protocol, make):
    client = make(response_types=["code id_token token"])
    protocol.sign_in()
    answer = protocol.answer(client[0], response_type="code id_token token")
    back = protocol.redeem(client[0], answer["code"]).get_json()
    found = {claims_of(token)["sub"] for token in (answer["id_token"], answer["access_token"], back["id_token"])}
    assert len(found) == 1
    assert protocol.user_id not in found


@pytest.mark.spec(SPEC, "3.1.2.1", "an id_token_hint with a pairwise subject is understood")
def test_a_hint_is_understood(app, protocol, make):
    client = make()
    hint = tokens(protocol, client)["id_token"]
    assert "code" in protocol.answer(client[0], prompt="none", id_token_hint=hint)
    protocol.sign_in(make_person(app, "grace@example.com"))
    assert protocol.answer(client[0], prompt="none", id_token_hint=hint)["error"] == "login_required"
    named = f'{{"id_token":{{"sub":{{"value":"{claims_of(hint)["sub"]}"}}}}}}'
    assert protocol.answer(client[0], prompt="none", claims=named)["error"] == "login_required"


def test_the_users_own_id_names_nobody_to_a_pairwise_app(protocol, make):
    client = make()
    other = make(THERE)
    elsewhere = subject(protocol, other)
    for value in (protocol.user_id, elsewhere):
        claims = f'{{"id_token":{{"sub":{{"value":"{value}"}}}}}}'
        assert protocol.answer(client[0], prompt="none", claims=claims)["error"] == "login_required"


def test_a_logout_by_a_hint_works(protocol, make):
    hint = tokens(protocol, make())["id_token"]
    sent = {"id_token_hint": hint, "post_logout_redirect_uri": LOGGED_OUT}
    response = protocol.http.get("/oidc/logout", base_url=ISSUER, query_string=sent)
    assert (response.status_code, response.headers["Location"]) == (303, LOGGED_OUT)


@pytest.mark.spec(SPEC, "8", "public: one subject for all apps, also beside pairwise ones")
@pytest.mark.parametrize("kind", ["web", "spa"])
def test_apps_with_public_subjects_are_not_affected(app, protocol, make, kind):
    pairwise = subject(protocol, make())
    public = [claims_of(protocol.tokens(make_client(app, kind))["id_token"])["sub"] for _ in range(2)]
    assert public == [protocol.user_id] * 2
    assert pairwise != protocol.user_id


def test_an_app_without_a_secret_has_pairwise_subjects_too(protocol, make):
    assert subject(protocol, make(kind="spa")) == subject(protocol, make())


def test_it_goes_with_its_user(app, protocol, make):
    before = subject(protocol, make())
    subject(protocol, make(THERE))
    with app.app_context(), unit_of_work():
        assert db.session.scalar(select(func.count()).select_from(PairwiseSubject)) == 2
        db.session.delete(db.session.get_one(User, protocol.user_id))
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(PairwiseSubject)) == 0
    protocol.sign_in(make_person(app))
    assert subject(protocol, make()) != before
