"""Metrics: in one process, and summed over several."""

import os
import re
import subprocess
import sys
from pathlib import Path

from idp.infra import metrics

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


def test_logins_events_and_gauges_are_shown() -> None:
    metrics.count_login("test")
    metrics.count_event("test.happened", "success")
    metrics.set_hashing(2)
    text = metrics.render()
    assert value(text, 'idp_logins_total{outcome="test"}') == 1
    assert value(text, 'idp_events_total{event="test.happened",outcome="success"}') == 1
    assert value(text, "idp_password_hashing") == 2


def test_processes_are_summed(tmp_path: Path) -> None:
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    for _ in range(2):
        subprocess.run([sys.executable, "-c", COUNT], env=environment, check=True)
    shown = subprocess.run([sys.executable, "-c", SHOW], env=environment, check=True, stdout=subprocess.PIPE).stdout
    assert value(shown, 'idp_tokens_issued_total{grant="refresh_token"}') == 2
    assert value(shown, 'idp_outbox_jobs{state="waiting"}') == 3
