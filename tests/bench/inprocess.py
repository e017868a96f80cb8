"""What needs no server: a signature, a password's hash, and how many statements a token costs."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from flask import Flask
from sqlalchemy import Engine, event

from idp.app import create_app
from idp.cli import schema
from idp.domain.credentials import hashing
from idp.domain.keys import rotation
from idp.domain.tenant.config_version import cache
from idp.infra.db import unit_of_work
from tests.bench import prepare, rows
from tests.bench.load import Measure, quantile
from tests.bench.servers import idp_settings

_SIGNED = b"s" * 450  # as long as what is signed of an access token
_SHA256 = SHA256()
_PKCS1 = PKCS1v15()
_ECDSA = ec.ECDSA(_SHA256)


def signing(alg: str, seconds: float) -> Measure:
    """One thread that signs, with nothing around the mathematics."""
    return timed(_signer(alg), seconds)


def password_check(seconds: float) -> Measure:
    """One thread that verifies a password with the parameters that logins use."""
    encoded = hashing.normalise(prepare.PASSWORD) or b""
    stored = hashing.compute(encoded)
    return timed(lambda: hashing.matches(stored, encoded), seconds)


def timed(work: Callable[[], object], seconds: float) -> Measure:
    """Run it for so long, in this thread."""
    found: list[float] = []
    cpu, began = time.thread_time(), time.perf_counter()
    last = began
    while last < began + seconds:
        work()
        now = time.perf_counter()
        found.append(now - last)
        last = now
    cpu = time.thread_time() - cpu
    found.sort()
    tail = {"p50": quantile(found, 0.5), "p95": quantile(found, 0.95), "p99": quantile(found, 0.99)}
    return Measure(count=len(found), seconds=last - began, cpu_seconds=cpu, statuses={}, **tail)


def statements(folder: Path) -> dict[str, list[str]]:
    """The statements of one request each, with what is cached in the cache: `BEGIN` and `COMMIT` are not counted."""
    settings = idp_settings(folder, None, 1)
    schema.upgrade(settings.database_url)
    app = create_app(settings)
    with app.app_context(), unit_of_work():
        rotation.ensure("RS256")
    world = prepare.create(settings)
    codes = prepare.codes(world, 2)
    token, warm = prepare.refresh_tokens(world, 2)
    requests = {
        "code → tokens": (rows.code_request(world, codes[0]), rows.code_request(world, codes[1])),
        "refresh": (rows.refresh_request(world, warm), rows.refresh_request(world, token)),
    }
    return {name: _counted(app, *pair) for name, pair in requests.items()}


def _counted(app: Flask, warm: str, request: str) -> list[str]:
    cache.clear()
    ask(app, warm)
    with _watched() as seen:
        ask(app, request)
    return [statement for statement in seen if not statement.startswith("BEGIN")]


def ask(app: Flask, request: str) -> None:
    """Send a prepared request to an app in this process."""
    head, _, body = request.partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    method, path, _ = first.split(" ")
    headers = [(name, value) for name, _, value in (line.partition(": ") for line in lines)]
    response = app.test_client().open(path, method=method, headers=headers, data=body)
    assert response.status_code == 200, response.text


@contextmanager
def _watched() -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(" ".join(statement.split()))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@lru_cache
def _signer(alg: str) -> Callable[[], bytes]:
    if alg == "RS256":
        rsa_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        return lambda: rsa_key.sign(_SIGNED, _PKCS1, _SHA256)
    ec_key = ec.generate_private_key(ec.SECP256R1())
    return lambda: ec_key.sign(_SIGNED, _ECDSA)
