"""Time is asked in one place, and tests can move it."""

import datetime as dt

import pytest
import time_machine

from idp.infra import clock


def test_time_travels_with_time_machine() -> None:
    with time_machine.travel(dt.datetime(2030, 1, 1, tzinfo=dt.UTC), tick=False):
        assert clock.now() == 1893456000
        assert clock.now_ms() == 1893456000000


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "1 second"),
        (45, "45 seconds"),
        (60, "1 minute"),
        (61, "2 minutes"),
        (900, "15 minutes"),
        (3600, "1 hour"),
        (5400, "90 minutes"),
        (86400, "1 day"),
        (259200, "3 days"),
    ],
)
def test_durations_are_said_as_people_say_them_rounded_up(seconds: int, words: str) -> None:
    assert clock.in_words(seconds) == words
