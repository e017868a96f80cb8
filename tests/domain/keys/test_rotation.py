"""The life of signing keys: published before they sign, verifiable after, unreadable at rest."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
import time_machine
from flask import Flask

from idp.config import Settings
from idp.domain.errors import InvalidInputError, NotFoundError
from idp.domain.keys import keyring, queries, rotation
from idp.domain.tenant import config_version, settings
from idp.domain.tenant.models import TENANT_ID, Tenant
from idp.infra import jwt
from idp.infra.db import db
from idp.infra.jwt import Expected

NOW = 1_800_000_000
OLD, NEW = "old-0123456789abcdefghijklmnopqrstuv", "new-0123456789abcdefghijklmnopqrstuv"


@pytest.fixture(autouse=True)
def _tenant(stored: Flask) -> Iterator[None]:
    settings.use(Settings(secret_key=OLD))
    db.session.add(Tenant(id=TENANT_ID))
    db.session.commit()
    config_version.cache.clear()
    with time_machine.travel(NOW, tick=False) as clock:
        stored.extensions["clock"] = clock
        yield
    config_version.cache.clear()


@pytest.fixture
def clock(stored: Flask) -> Any:
    return stored.extensions["clock"]


def later() -> None:
    """The transaction ends, and every cache looks again."""
    db.session.commit()
    config_version.cache.clear()


def jwk_set() -> list[dict[str, Any]]:
    keys: list[dict[str, Any]] = orjson.loads(keyring.jwks())["keys"]
    return keys


def published() -> list[str]:
    return [jwk["kid"] for jwk in jwk_set()]


def verifies(token: str) -> bool:
    try:
        keyring.verify(token, Expected(required=()))
    except jwt.InvalidToken:
        return False
    return True


def test_the_first_key_signs_at_once_and_is_made_once() -> None:
    rotation.ensure("RS256")
    rotation.ensure("RS256")
    later()
    assert published() == [keyring.active_key("RS256").kid]
    assert verifies(jwt.sign({}, keyring.active_key("RS256"), "JWT"))


def test_the_published_set_has_rsa_keys_alone_until_another_kind_is_asked_for() -> None:
    rotation.ensure("RS256")
    later()
    assert [jwk["kty"] for jwk in jwk_set()] == ["RSA"]
    with pytest.raises(NotFoundError):
        keyring.active_key("ES256")
    rotation.ensure("ES256")
    later()
    assert [jwk["alg"] for jwk in jwk_set()] == ["RS256", "ES256"]
    assert keyring.active_key("ES256").alg == "ES256"


def test_a_new_key_is_published_longer_than_the_cache_lasts_before_it_signs(clock: Any) -> None:
    rotation.ensure("RS256")
    first = queries.list_keys("active")[0].kid
    made = rotation.rotate("RS256")
    assert made == rotation.Rotation(active_kid=first, next_kid=made.next_kid, ripe_at=NOW + 605)
    later()
    assert published() == [first, made.next_kid]
    clock.shift(605)
    assert rotation.rotate("RS256") == made, "at its max-age a cached set may still be in use"
    clock.shift(1)
    assert rotation.rotate("RS256") == rotation.Rotation(active_kid=str(made.next_kid))
    later()
    assert keyring.active_key("RS256").kid == made.next_kid
    assert published() == [made.next_kid, first]


def test_an_emergency_rotation_signs_and_publishes_at_once() -> None:
    rotation.ensure("RS256")
    later()
    old = jwt.sign({}, keyring.active_key("RS256"), "JWT")
    new = rotation.rotate("RS256", now=True)
    later()
    assert keyring.active_key("RS256").kid == new.active_kid
    assert published()[0] == new.active_kid
    assert verifies(old)


def test_a_retired_key_verifies_until_its_last_token_has_expired_and_cannot_sign(clock: Any) -> None:
    rotation.ensure("RS256")
    later()
    first = keyring.active_key("RS256")
    rotation.rotate("RS256", now=True)
    later()
    assert queries.get_key(first.kid).private_wrapped is None
    clock.shift(rotation.LONGEST_TOKEN)
    assert rotation.sweep() == 0
    later()
    assert verifies(jwt.sign({}, first, "JWT"))
    clock.shift(rotation.JWKS_MAX_AGE)
    assert rotation.sweep() == 1
    later()
    assert not verifies(jwt.sign({}, first, "JWT"))
    assert first.kid not in published()


def test_a_revoked_key_is_out_at_once_and_another_signs() -> None:
    rotation.ensure("RS256")
    later()
    stolen = keyring.active_key("RS256")
    after = rotation.revoke(stolen.kid)
    later()
    assert not verifies(jwt.sign({}, stolen, "JWT"))
    assert published() == [after.active_kid]
    assert keyring.active_key("RS256").kid == after.active_kid
    assert queries.get_key(stolen.kid).private_wrapped is None
    with pytest.raises(InvalidInputError):
        rotation.revoke(stolen.kid)
    with pytest.raises(NotFoundError):
        rotation.revoke("other")


def test_a_private_key_is_unreadable_at_rest_and_bound_to_its_row() -> None:
    rotation.ensure("ES256")
    rotation.ensure("EdDSA")
    one, other = queries.list_keys("active")
    assert "PRIVATE" not in str(one.private_wrapped)
    assert keyring.faults() == []
    one.private_wrapped = other.private_wrapped
    db.session.commit()
    (fault,) = keyring.faults()
    assert one.kid in fault
    assert "IDP_SECRET_KEY" in fault


def test_another_secret_key_opens_nothing_and_an_added_one_can_take_over() -> None:
    rotation.ensure("ES256")
    later()
    kid = keyring.active_key("ES256").kid
    settings.use(Settings(secret_key=NEW))
    assert len(keyring.faults()) == 1
    settings.use(Settings(secret_key=f"{NEW},{OLD}"))
    assert keyring.faults() == []
    assert rotation.rewrap() == 1
    assert rotation.rewrap() == 0
    settings.use(Settings(secret_key=NEW))
    later()
    assert keyring.active_key("ES256").kid == kid


@pytest.mark.parametrize("alg", ["HS256", "none", "RS512"])
def test_there_are_no_keys_for_other_algorithms(alg: str) -> None:
    with pytest.raises(InvalidInputError):
        rotation.ensure(alg)


def test_another_process_sees_a_rotation_by_the_version_stamp() -> None:
    rotation.ensure("ES256")
    later()
    other = config_version.ConfigCache()
    assert other.get("keyring", keyring._load) is other.get("keyring", keyring._load)
    new = rotation.rotate("ES256", now=True)
    db.session.commit()
    other._checked_at = float("-inf")  # a second has gone by
    ring = other.get("keyring", keyring._load)
    assert ring is not None
    assert ring.active["ES256"].kid == new.active_kid


def test_the_first_key_of_its_kind_signs_at_once_where_the_keys_were_cached_before(clock: Any) -> None:
    rotation.ensure("RS256")
    cache = config_version.cache
    before, version = keyring._keyring(), cache._version
    rotation.ensure("ES256")
    keyring._keyring()
    cache._entries["keyring"], cache._version = before, version  # what a process has that did not make it
    assert keyring.active_key("ES256").alg == "ES256"
