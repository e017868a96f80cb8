"""The one place that asks what time it is.

Stored times are whole seconds since 1970 (UTC); a duration is measured on the monotonic clock,
so that a stepped system clock never makes an interval negative.
"""

import time


def now() -> int:
    """Whole seconds since the epoch: the unit of every stored `*_at`."""
    return int(time.time())


def now_ms() -> int:
    """Milliseconds since the epoch, for log lines and event order."""
    return int(time.time() * 1000)


def monotonic() -> float:
    """Seconds on a clock that never steps back; only differences mean something."""
    return time.monotonic()
