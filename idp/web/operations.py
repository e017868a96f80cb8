"""For operators: is it alive, is it ready, what does it count."""

import hmac

from flask import Blueprint, Response, abort, request

from idp.domain.keys.readiness import check_ready
from idp.infra import jobs, metrics
from idp.web.bearer import BearerError, challenge
from idp.web.request_facts import is_from_this_machine
from idp.web.settings import settings


def create_blueprint() -> Blueprint:
    """/healthz (the process answers), /readyz (it can serve logins), /metrics."""
    blueprint = Blueprint("operations", __name__)
    blueprint.add_url_rule("/healthz", "healthz", healthz)
    blueprint.add_url_rule("/readyz", "readyz", readyz)
    blueprint.add_url_rule("/metrics", "metrics", show_metrics)
    return blueprint


def healthz() -> Response:
    """The process is alive; the database is not asked."""
    return Response("ok\n", content_type="text/plain")


def readyz() -> Response:
    """The database answers and there is a key to sign with; else 503 by the error handlers."""
    check_ready()
    return Response("ready\n", content_type="text/plain")


def show_metrics() -> Response:
    """Prometheus' text format, for whoever has the token, or on loopback where none is set."""
    token = settings().metrics_token
    if token is None:
        # Behind a proxy on the same machine everybody seems to come from loopback: so only a development server.
        if not (settings().is_local and is_from_this_machine()):
            abort(404)
    elif not hmac.compare_digest(request.headers.get("Authorization", "").encode(), f"Bearer {token}".encode()):
        return challenge(BearerError(401, "invalid_token", "The token is not IDP_METRICS_TOKEN."))
    depth = jobs.depth()
    metrics.set_outbox(depth.waiting, depth.dead)
    return Response(metrics.render(), content_type=metrics.CONTENT_TYPE)
