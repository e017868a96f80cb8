"""Time is asked in one place, and tests can move it."""

import datetime as dt

import time_machine

from idp.infra import clock


def test_time_travels_with_time_machine() -> None:
    with time_machine.travel(dt.datetime(2030, 1, 1, tzinfo=dt.UTC), tick=False):
        assert clock.now() == 1893456000
        assert clock.now_ms() == 1893456000000


def test_durations_do_not_step_back() -> None:
    assert clock.monotonic() <= clock.monotonic()
