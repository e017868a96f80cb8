"""What is counted, in Prometheus' text format.

With several processes, PROMETHEUS_MULTIPROC_DIR must name an empty folder before this module is first imported;
the command that starts the server sees to it. Labels have few values each: never a user, a client or a raw path.
"""

import os
from functools import cache
from typing import Final

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

_requests = Counter("idp_http_requests", "Requests answered.", ("endpoint", "status"))
_seconds = Histogram(
    "idp_http_request_seconds",
    "Time to answer a request.",
    ("endpoint",),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
_tokens = Counter("idp_tokens_issued", "Token responses, by grant type.", ("grant",))
_events = Counter("idp_events", "Audit events.", ("event", "outcome"))
_outbox = Gauge("idp_outbox_jobs", "Jobs in the outbox.", ("state",), multiprocess_mode="mostrecent")
_hashing = Gauge("idp_password_hashing", "Password hashes that run or wait.", multiprocess_mode="livesum")


def observe_request(endpoint: str, status: int, seconds: float) -> None:
    """One answered request; the status is counted by its class ("2xx")."""
    requests, times = _of_endpoint(endpoint, status // 100)
    requests.inc()
    times.observe(seconds)


def count_event(event: str, outcome: str) -> None:
    """One audit event; attempts to log in are such, too."""
    _of_event(event, outcome).inc()


def count_tokens(grant: str) -> None:
    """One successful token response."""
    _of_grant(grant).inc()


@cache
def _of_endpoint(endpoint: str, status_class: int) -> tuple[Counter, Histogram]:
    return _requests.labels(endpoint, f"{status_class}xx"), _seconds.labels(endpoint)


@cache
def _of_event(event: str, outcome: str) -> Counter:
    return _events.labels(event, outcome)


@cache
def _of_grant(grant: str) -> Counter:
    return _tokens.labels(grant)


def set_outbox(waiting: int, dead: int) -> None:
    """How full the outbox is, as whoever shows the metrics has just counted."""
    _outbox.labels("waiting").set(waiting)
    _outbox.labels("dead").set(dead)


def set_hashing(jobs: int) -> None:
    """How many password hashes run or wait in this process."""
    _hashing.set(jobs)


def render() -> bytes:
    """Everything, summed over all processes."""
    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)
