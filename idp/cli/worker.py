"""`idp worker`: sends what is in the outbox, beside any number of servers that were started with --no-worker."""

import signal
import threading

import click
import structlog

from idp.app import create_app
from idp.cli import schema
from idp.cli.background import Background
from idp.config import load_settings
from idp.infra import logging

log = structlog.get_logger("idp.worker")


@click.command()
def worker() -> None:
    """Send mails and sweep, until stopped."""
    settings = load_settings()
    logging.configure(settings.log_format, settings.log_level)
    schema.prepare(settings.database_url, makes_tables=True)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    log.info("worker_started")
    Background(create_app(settings), settings).run_until(stop.wait)
    log.info("worker_stopped")
