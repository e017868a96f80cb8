"""What is cached in a process: how long a change by another process goes unseen, on a clock that we turn."""

import pytest
from flask import Flask
from sqlalchemy import update

from idp.domain.tenant.config_version import FRESH_SECONDS, cache
from idp.domain.tenant.models import Tenant
from idp.infra import clock
from idp.infra.db import db, unit_of_work


def change_elsewhere(app: Flask) -> None:
    """As another process does: this one is not told to forget anything."""
    with app.app_context(), unit_of_work():
        db.session.execute(update(Tenant).values(config_version=Tenant.config_version + 1))


def test_what_another_process_changes_is_seen_after_a_second(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1_000_000.0]
    monkeypatch.setattr(clock, "monotonic", lambda: now[0])
    assert FRESH_SECONDS == 1
    found = iter(["before", "after"])
    with app.app_context():
        assert cache.get("thing", lambda: next(found)) == "before"
        change_elsewhere(app)
        now[0] += FRESH_SECONDS - 0.01
        assert cache.get("thing", lambda: next(found)) == "before"
        now[0] += 0.01
        assert cache.get("thing", lambda: next(found)) == "after"
    cache.clear()
