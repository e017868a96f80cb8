"""Passkeys against a software authenticator that tells the truth, and one that changes one thing at a time."""

import json
import os

import cbor2
import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import select

from idp.domain.credentials import passkeys
from idp.domain.credentials.models import Challenge, Passkey
from idp.domain.credentials.passkey_answers import LONGEST_ANSWER, PasskeyRefusedError, read_answer
from idp.domain.errors import InvalidInputError, NotFoundError
from idp.domain.events.models import Event
from idp.domain.users.accounts import create_user
from idp.domain.users.models import User
from idp.infra import clock
from idp.infra.db import commit, db
from tests.support.authenticator import (
    EDDSA,
    ES256,
    ES384,
    HAS_EXTENSIONS,
    PRESENT,
    RS256,
    SYNCABLE,
    SYNCED,
    VERIFIED,
    Authenticator,
    b64,
)

pytestmark = pytest.mark.usefixtures("work")
HERE = "br1_this-browser"
ELSEWHERE = "br1_another"


@pytest.fixture
def user(work) -> User:
    return create_user("ada@example.com", verified=True, claims={"name": "Ada"})


@pytest.fixture
def other(work) -> User:
    return create_user("bob@example.com", verified=True)


def registered(user: User, **more) -> Authenticator:
    made = Authenticator(**more)
    passkeys.create_passkey(made.make(passkeys.registration_options(HERE, user)), HERE, user)
    return made


def refusal(call, *arguments) -> PasskeyRefusedError:
    with pytest.raises(PasskeyRefusedError) as raised:
        call(*arguments)
    return raised.value


def signed_in(made: Authenticator, **changes) -> User:
    return passkeys.use_passkey(made.use(passkeys.sign_in_options(HERE), **changes), HERE)


@pytest.mark.parametrize(
    "made",
    [
        Authenticator(ES256, ec.generate_private_key(ec.SECP256R1())),
        Authenticator(EDDSA, ed25519.Ed25519PrivateKey.generate()),
        Authenticator(RS256, rsa.generate_private_key(65537, 2048)),
    ],
    ids=["ES256", "EdDSA", "RS256"],
)
def test_a_passkey_is_made_and_finds_its_owner(user, made):
    made.id = os.urandom(32)
    passkeys.create_passkey(made.make(passkeys.registration_options(HERE, user)), HERE, user)
    assert signed_in(made) is user
    [kept] = passkeys.list_passkeys(user.id)
    assert (kept.name, kept.last_used_at is not None, kept.transports) == ("Passkey", True, ["hybrid", "internal"])


def test_what_the_authenticator_is_asked(user):
    asked = passkeys.registration_options(HERE, user)
    assert asked["rp"] == {"id": "localhost", "name": "Example Login"}
    assert [each["alg"] for each in asked["pubKeyCredParams"]] == [-7, -8, -257]
    assert asked["authenticatorSelection"]["userVerification"] == "required"
    assert asked["authenticatorSelection"]["residentKey"] == "required"
    assert asked["attestation"] == "none"
    assert "ada" not in asked["user"]["id"].lower()
    assert user.id not in asked["user"]["id"]
    assert asked["user"]["id"] == passkeys.user_handle(user.id)
    made = registered(user)
    again = passkeys.registration_options(HERE, user)
    assert [each["id"] for each in again["excludeCredentials"]] == [b64(made.id)]
    assert again["challenge"] != asked["challenge"]


def test_at_sign_in_the_same_is_asked_of_everybody(user):
    before = passkeys.sign_in_options(HERE)
    registered(user)
    after = passkeys.sign_in_options(HERE)
    assert before.pop("challenge") != after.pop("challenge")
    assert (
        before
        == after
        == {"rpId": "localhost", "allowCredentials": [], "userVerification": "required", "timeout": 300_000}
    )


#: What is forged → what of the answer is changed, in both ceremonies.
FORGED = {
    "another origin": {"origin": "https://localhost:8000"},
    "a subdomain": {"origin": "http://login.localhost:8000"},
    "another port": {"origin": "http://localhost:8001"},
    "another relying party": {"rp_id": "evil.example"},
    "the other ceremony": {"type": "payment.get"},
    "a frame of another site": {"client": {"crossOrigin": True}},
    "crossOrigin of another type": {"client": {"crossOrigin": "false"}},
    "a top origin": {"client": {"topOrigin": "https://evil.example"}},
    "nobody verified": {"without": VERIFIED},
    "nobody present": {"without": PRESENT},
    "a challenge that nobody asked": {"challenge": b64(os.urandom(32))},
    "a challenge that is none": {"challenge": {"a": 1}},
    "a backup of what cannot be backed up": {"flags": SYNCED},
    "bytes after the authenticator data": {"extra": b"\x00"},
    "extensions that are not there": {"flags": HAS_EXTENSIONS},
    "extensions with a tag": {"flags": HAS_EXTENSIONS, "extra": cbor2.dumps(cbor2.CBORTag(28, [1]))},
    "bytes after the client data": {"client_tail": b"{}"},
}


@pytest.mark.parametrize("changes", FORGED.values(), ids=FORGED)
def test_a_forged_registration_is_refused(user, changes):
    made = Authenticator()
    text = made.make(passkeys.registration_options(HERE, user), **changes)
    refusal(passkeys.create_passkey, text, HERE, user)
    assert passkeys.list_passkeys(user.id) == []


@pytest.mark.parametrize("changes", FORGED.values(), ids=FORGED)
def test_a_forged_sign_in_is_refused(user, changes):
    made = registered(user)
    refusal(passkeys.use_passkey, made.use(passkeys.sign_in_options(HERE), **changes), HERE)


@pytest.mark.parametrize(
    "changes",
    [
        {"signature": b"\x00" * 70},
        {"handle": b64(b"somebody else")},
        {"handle": None},
        {"handle": ["list"]},
    ],
    ids=str,
)
def test_a_wrong_signature_or_user_handle_is_refused(user, changes):
    made = registered(user)
    refusal(passkeys.use_passkey, made.use(passkeys.sign_in_options(HERE), **changes), HERE)


def test_another_key_with_the_same_id_is_refused(user):
    made = registered(user)
    thief = Authenticator(id=made.id, handle=made.handle)
    assert "signature" in refusal(passkeys.use_passkey, thief.use(passkeys.sign_in_options(HERE)), HERE).reason


def test_a_challenge_is_good_once_even_for_who_fails(user):
    made = registered(user)
    asked = passkeys.sign_in_options(HERE)
    answer = made.use(asked)
    assert passkeys.use_passkey(answer, HERE) is user
    assert refusal(passkeys.use_passkey, answer, HERE).kind == "late"
    asked = passkeys.sign_in_options(HERE)
    refusal(passkeys.use_passkey, made.use(asked, signature=b"\x30"), HERE)
    assert refusal(passkeys.use_passkey, made.use(asked), HERE).kind == "late"


def test_a_challenge_is_of_one_browser(user):
    made = registered(user)
    answer = made.use(passkeys.sign_in_options(HERE))
    assert refusal(passkeys.use_passkey, answer, ELSEWHERE).kind == "late"
    assert refusal(passkeys.use_passkey, answer, None).kind == "late"
    assert passkeys.use_passkey(answer, HERE) is user


def test_a_challenge_is_of_one_ceremony(user):
    made = registered(user)
    for_proof = passkeys.prove_options(HERE, user.id)
    assert refusal(passkeys.use_passkey, made.use(for_proof), HERE).kind == "late"
    to_register = passkeys.registration_options(HERE, user)
    assert refusal(passkeys.use_passkey, made.use(to_register), HERE).kind == "late"
    fresh = Authenticator()
    options = {**to_register, "challenge": passkeys.sign_in_options(HERE)["challenge"]}
    assert refusal(passkeys.create_passkey, fresh.make(options), HERE, user).kind == "late"
    assert refusal(passkeys.use_passkey, made.use(passkeys.sign_in_options(HERE)), HERE, user.id).kind == "late"


def test_a_challenge_is_of_one_person_where_one_is_known(user, other):
    made = Authenticator()
    assert (
        refusal(passkeys.create_passkey, made.make(passkeys.registration_options(HERE, user)), HERE, other).kind
        == "late"
    )
    mine = registered(other)
    assert refusal(passkeys.use_passkey, mine.use(passkeys.prove_options(HERE, user.id)), HERE, other.id).kind == "late"


def test_a_challenge_lives_for_five_minutes(user):
    made = registered(user)
    with time_machine.travel(clock.now(), tick=False) as traveller:
        asked = passkeys.sign_in_options(HERE)
        later = passkeys.sign_in_options(HERE)
        traveller.shift(299)
        assert passkeys.use_passkey(made.use(asked), HERE) is user
        traveller.shift(1)
        assert refusal(passkeys.use_passkey, made.use(later), HERE).kind == "late"


def test_what_is_stored_of_a_challenge_does_not_answer_it(user):
    asked = passkeys.sign_in_options(HERE)
    [row] = db.session.execute(select(Challenge)).scalars()
    assert asked["challenge"] not in {row.id, row.browser_hash}
    assert HERE not in {row.id, row.browser_hash}
    assert len(asked["challenge"]) == 43


def test_somebody_elses_passkey_does_not_prove_who_one_is(user, other):
    registered(user)
    theirs = registered(other)
    refused = refusal(passkeys.use_passkey, theirs.use(passkeys.prove_options(HERE, user.id)), HERE, user.id)
    assert refused.kind == "another"


def test_a_credential_is_one_accounts(user, other):
    made = registered(user)
    again = Authenticator(id=made.id)
    for account in (user, other):
        text = again.make(passkeys.registration_options(HERE, account))
        assert refusal(passkeys.create_passkey, text, HERE, account).kind == "known"
    assert signed_in(made) is user


def test_a_count_that_goes_back_is_refused_and_recorded(user):
    made = registered(user, count=7)
    assert signed_in(made, count=8) is user
    for count in (8, 7, 0):
        assert refusal(signed_in_with, made, count).kind == "copied"
    commit()
    told = db.session.execute(select(Event).where(Event.name == "passkey.copy_suspected")).scalars().all()
    assert [(each.user_id, each.outcome, (each.details or {})["received"]) for each in told] == [
        (user.id, "refused", count) for count in (8, 7, 0)
    ]
    assert signed_in(made, count=9) is user


def signed_in_with(made: Authenticator, count: int) -> User:
    return signed_in(made, count=count)


def test_synced_passkeys_do_not_count_and_their_state_is_kept(user):
    made = registered(user)
    assert signed_in(made) is user
    assert not passkeys.list_passkeys(user.id)[0].is_backed_up
    assert signed_in(made, flags=SYNCABLE | SYNCED) is user
    db.session.expire_all()
    assert passkeys.list_passkeys(user.id)[0].is_backed_up


@pytest.mark.parametrize(
    "made",
    [
        Authenticator(ES384, ec.generate_private_key(ec.SECP384R1())),
        Authenticator(ES256, ec.generate_private_key(ec.SECP384R1())),
        Authenticator(-65535, rsa.generate_private_key(65537, 2048)),
        Authenticator(RS256, rsa.generate_private_key(65537, 1024)),
        Authenticator(ES256, ed25519.Ed25519PrivateKey.generate()),
    ],
    ids=["ES384", "another curve", "RS1", "a short RSA key", "an algorithm of another key"],
)
def test_other_algorithms_and_weak_keys_are_refused(user, made):
    refusal(passkeys.create_passkey, made.make(passkeys.registration_options(HERE, user)), HERE, user)
    assert passkeys.list_passkeys(user.id) == []


def test_a_point_off_the_curve_is_refused(user):
    key = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: b"\x01" * 32, -3: b"\x02" * 32})
    text = Authenticator().make(passkeys.registration_options(HERE, user), cose_key=key)
    refusal(passkeys.create_passkey, text, HERE, user)


def bomb(depth: int) -> bytes:
    """CBOR in which each list holds the one before twice, by reference: written out it is 2 ** depth long."""
    inner = b"\xd8\x1c\x80"
    for level in range(depth):
        inner = b"\xd8\x1c\x82" + inner + b"\xd8\x1d" + cbor2.dumps(depth - level)
    return inner


@pytest.mark.parametrize(
    "changes",
    [
        {"tail": b"\x00"},
        {"attestation": {"fmt": "packed", "attStmt": {"alg": -7, "sig": b"x", "x5c": [b"x"]}, "authData": b"x" * 37}},
        {"attestation": {"fmt": "tpm", "attStmt": {}, "authData": b"x" * 37}},
        {"attestation": {"fmt": "none", "attStmt": {}, "authData": b""}},
        {"attestation": {"fmt": "none"}},
        {"attestation": [1, 2, 3]},
        {"attestation": {"fmt": "none", "attStmt": [[[[[[1]]]]]], "authData": b"x" * 37}},
        {"cose_key": bomb(60)},
        {"cose_key": b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff"},
        {"cose_key": b"\x81" * 3000},
        {"cose_key": b"\x04" + b"\x00" * 64},
        {"cose_key": cbor2.dumps({1: 2, 3: -7})},
    ],
    ids=range(12),
)
def test_attestations_that_are_bombs_or_nonsense_are_refused(user, changes):
    text = Authenticator().make(passkeys.registration_options(HERE, user), **changes)
    refusal(passkeys.create_passkey, text, HERE, user)
    assert passkeys.list_passkeys(user.id) == []


def test_a_huge_answer_is_not_even_parsed(user):
    made = Authenticator()
    text = made.make(passkeys.registration_options(HERE, user), tail=b"\x00" * 1024 * 1024)
    assert refusal(passkeys.create_passkey, text, HERE, user).reason == "too large"
    assert refusal(read_answer, "[" * LONGEST_ANSWER, "webauthn.get").reason.startswith("malformed")


@pytest.mark.parametrize(
    "text", ["", "null", "[]", "{}", '{"response": 1}', '{"id": 1, "response": {}}', "\ud800", "é"]
)
def test_what_is_no_credential_is_refused(user, text):
    refusal(passkeys.use_passkey, text, HERE)


@hypothesis_settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(junk=st.binary(max_size=300), place=st.sampled_from(["attestationObject", "clientDataJSON", "both"]))
def test_whatever_an_authenticator_sends_is_refused_not_a_failure(user, junk, place):
    answer = json.loads(Authenticator().make(passkeys.registration_options(HERE, user)))
    for name in ("attestationObject", "clientDataJSON"):
        if place in {name, "both"}:
            answer["response"][name] = b64(junk)
    refusal(passkeys.create_passkey, json.dumps(answer), HERE, user)


@hypothesis_settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(key=st.binary(max_size=120))
def test_whatever_key_an_authenticator_sends_is_refused_not_a_failure(user, key):
    text = Authenticator().make(passkeys.registration_options(HERE, user), cose_key=key or b"\x00")
    refusal(passkeys.create_passkey, text, HERE, user)


def test_an_account_holds_a_bounded_number(user):
    for _ in range(passkeys.MOST_PASSKEYS):
        registered(user)
    text = Authenticator().make(passkeys.registration_options(HERE, user))
    assert refusal(passkeys.create_passkey, text, HERE, user).kind == "full"


def test_a_passkey_is_called_after_who_keeps_it_until_its_owner_says_otherwise(user):
    registered(user, aaguid=bytes.fromhex("fbfc3007154e4ecc8c0b6e020557d7bd"))
    [kept] = passkeys.list_passkeys(user.id)
    assert kept.name == "iCloud Keychain"
    assert passkeys.rename_passkey(user.id, kept.id, "  Ada’s   phone ").name == "Ada’s phone"
    for name in ("", "   ", "x" * 65, "a\x00b", "a\u202eb"):
        with pytest.raises(InvalidInputError):
            passkeys.rename_passkey(user.id, kept.id, name)


def test_somebody_elses_passkey_is_not_there(user, other):
    registered(other)
    [theirs] = passkeys.list_passkeys(other.id)
    with pytest.raises(NotFoundError):
        passkeys.rename_passkey(user.id, theirs.id, "mine")
    assert passkeys.delete_passkey(user.id, theirs.id) is None
    assert db.session.get(Passkey, theirs.id) is not None


def test_a_removed_passkey_says_that_it_is_not_known(user):
    made = registered(user)
    [kept] = passkeys.list_passkeys(user.id)
    assert passkeys.delete_passkey(user.id, kept.id) == "Passkey"
    assert refusal(signed_in_with, made, 0).kind == "unknown"


def test_the_offer_is_made_to_who_has_none_and_did_not_decline_lately(user):
    with time_machine.travel(clock.now(), tick=False) as traveller:
        assert passkeys.may_be_offered(user, ["pwd"])
        passkeys.decline_offer(user)
        assert not passkeys.may_be_offered(user, ["pwd"])
        traveller.shift(90 * 86400)
        assert passkeys.may_be_offered(user, ["pwd"])
        registered(user)
        assert not passkeys.may_be_offered(user, ["pwd"])
