"""Metrics: what requests add to them, in one process, and summed over several."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask

from idp.infra import metrics
from tests.support.browser import ORIGIN, Browser
from tests.support.factories import EMAIL, PASSWORD, give_access, make_api, make_client, make_user
from tests.support.protocol import Protocol

COUNT = "from idp.infra import metrics; metrics.count_tokens('refresh_token'); metrics.set_outbox(3, 1)"
SHOW = "import sys; from idp.infra import metrics; sys.stdout.buffer.write(metrics.render())"


def value(text: bytes, sample: str) -> float:
    found = re.search(rf"^{re.escape(sample)} (\S+)$", text.decode(), re.MULTILINE)
    return float(found[1]) if found else 0.0


def test_requests_are_counted_by_endpoint_and_status_class() -> None:
    sample = 'idp_http_requests_total{endpoint="test.here",status="4xx"}'
    metrics.observe_request("test.here", 404, 0.003)
    metrics.observe_request("test.here", 400, 0.003)
    text = metrics.render()
    assert value(text, sample) == 2
    assert value(text, 'idp_http_request_seconds_bucket{endpoint="test.here",le="0.005"}') == 2


def test_events_and_gauges_are_shown() -> None:
    metrics.count_event("test.happened", "success")
    metrics.set_hashing(2)
    text = metrics.render()
    assert value(text, 'idp_events_total{event="test.happened",outcome="success"}') == 1
    assert value(text, "idp_password_hashing") == 2


def shown(app: Flask) -> bytes:
    """What /metrics answers."""
    response = app.test_client().get("/metrics", base_url=ORIGIN)
    assert response.status_code == 200
    return response.data


@contextmanager
def counting(app: Flask, **counted: dict[str, int]) -> Iterator[None]:
    """What happens inside adds so much to each sample: name of the metric → labels → how much."""
    samples = {f"idp_{name}_total{{{labels}}}": more for name, rows in counted.items() for labels, more in rows.items()}
    before = {sample: value(shown(app), sample) for sample in samples}
    yield
    after = shown(app)
    assert {sample: value(after, sample) - before[sample] for sample in samples} == samples


def test_tokens_are_counted_by_grant(app: Flask, protocol: Protocol) -> None:
    web, machine = make_client(app), make_client(app, "machine")
    make_api(app)
    give_access(app, machine)
    grants = {"authorization_code": 1, "refresh_token": 2, "client_credentials": 3}
    with counting(
        app,
        tokens_issued={f'grant="{grant}"': count for grant, count in grants.items()},
        events={'event="token.issued",outcome="success"': 6},
    ):
        token = protocol.tokens(web)["refresh_token"]
        for _ in range(2):
            assert protocol.refresh(web, token).status_code == 200
        for _ in range(3):
            assert protocol.machine_token(machine).status_code == 200
        # Refused, so no token
        assert protocol.redeem(web, "ac1_none").status_code == 400
        assert protocol.raw("/oauth/token", data={"grant_type": "made_up"}).status_code == 400


def test_no_label_comes_from_a_request(app: Flask, protocol: Protocol) -> None:
    protocol.raw("/oauth/token", data={"grant_type": "made_up_by_a_stranger", "client_id": "stranger"})
    protocol.http.get("/a_path_of_a_stranger", base_url=ORIGIN)
    assert b"stranger" not in shown(app)


def test_logins_are_counted_as_the_events_they_are(app: Flask, browser: Browser) -> None:
    make_user(app)
    logins = {'event="login.succeeded",outcome="success"': 1, 'event="login.failed",outcome="refused"': 2}
    with counting(app, events=logins):
        for password in ("wrong", "wrong too", PASSWORD):
            browser.get("/u/login")
            browser.submit("login-submit", username=EMAIL, password=password)


def test_processes_are_summed(tmp_path: Path) -> None:
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    for _ in range(2):
        subprocess.run([sys.executable, "-c", COUNT], env=environment, check=True)
    text = subprocess.run([sys.executable, "-c", SHOW], env=environment, check=True, stdout=subprocess.PIPE).stdout
    assert value(text, 'idp_tokens_issued_total{grant="refresh_token"}') == 2
    assert value(text, 'idp_outbox_jobs{state="waiting"}') == 3
