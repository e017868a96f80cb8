"""The one place that asks what time it is.

Stored times are whole seconds since 1970 (UTC); a duration is measured on the monotonic clock,
so that a stepped system clock never makes an interval negative.
"""

import time
from typing import Final

_UNITS: Final = ((86400, "day"), (3600, "hour"), (60, "minute"))


def now() -> int:
    """Whole seconds since the epoch: the unit of every stored `*_at`."""
    return int(time.time())


def now_ms() -> int:
    """Milliseconds since the epoch, for log lines and event order."""
    return int(time.time() * 1000)


def monotonic() -> float:
    """Seconds on a clock that never steps back; only differences mean something."""
    return time.monotonic()


def in_units(seconds: int) -> tuple[int, str]:
    """A duration in the largest unit that fits, rounded up: `5400` is 90 of "minute"."""
    fallback = (60, "minute") if seconds > 60 else (1, "second")  # noqa: PLR2004 -- a minute
    size, unit = next((known for known in _UNITS if seconds and seconds % known[0] == 0), fallback)
    return max(1, -(-seconds // size)), unit


def in_words(seconds: int) -> str:
    """A duration as a person says it in English: `5400` is "90 minutes"."""
    count, unit = in_units(seconds)
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
