"""What a password hash costs: measured once, kept, and used from then on (RFC 9106 §4)."""

import pytest
from argon2 import extract_parameters
from flask import Flask

from idp.domain.credentials import calibration, hashing, passwords
from idp.domain.tenant.models import TENANT_ID, Tenant
from idp.infra.db import db


@pytest.fixture
def tenant(stored: Flask) -> Flask:
    db.session.add(Tenant(id=TENANT_ID))
    db.session.commit()
    return stored


def test_the_cost_is_measured_once_and_kept(tenant: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    assert calibration.find_cost() is None
    cost = calibration.ensure_cost()
    db.session.commit()
    monkeypatch.setattr(calibration, "BUDGET", calibration.BUDGET * 100)
    assert calibration.ensure_cost() == calibration.find_cost() == cost


@pytest.mark.parametrize(("budget", "passes"), [(0.0, hashing.Cost().passes), (1e6, calibration.MOST_PASSES)])
def test_it_is_never_less_than_what_is_safe_nor_more_than_a_login_can_take(
    monkeypatch: pytest.MonkeyPatch, budget: float, passes: int
) -> None:
    monkeypatch.setattr(calibration, "BUDGET", budget)
    assert calibration.measure() == hashing.Cost(passes=passes)


def test_new_hashes_cost_that_and_so_does_the_one_that_nobody_has() -> None:
    hashing.use(hashing.Cost(passes=3))
    made = extract_parameters(passwords.hash_password("lantern orbit velvet canoe"))
    assert (made.time_cost, extract_parameters(hashing.dummy()).time_cost) == (3, 3)
    hashing.use(hashing.Cost(passes=4))
    assert hashing.is_outdated(hashing.dummy()) is False
    assert extract_parameters(hashing.dummy()).time_cost == 4
