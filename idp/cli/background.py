"""What runs beside the requests: the outbox is sent, and what is over is swept. Any number of processes may do so."""

import random
import threading
from collections.abc import Callable

import structlog
from flask import Flask

from idp.config import Settings
from idp.domain.lifecycle.sweeping import sweep_all
from idp.infra.db import UNAVAILABLE
from idp.infra.jobs import Worker
from idp.oauth.logout import back_channel
from idp.web import mails

_SWEEP_SECONDS = 600
_FIRST_SWEEP_SECONDS = 60
_RESTART_SECONDS = 5
_STOP_SECONDS = 10

log = structlog.get_logger("idp.background")


class Background:
    """The threads of one process. They are daemons: a process that must end does not wait for them for ever."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        handlers = {**mails.handlers(), **back_channel.handlers()}
        worker = Worker(handlers, app.app_context, keep_payloads=settings.shows_mailbox)
        self._app = app
        self._stop = threading.Event()
        self._threads = [
            self._thread("outbox", lambda: worker.run_forever(self._stop)),
            self._thread("sweeper", self._sweep_forever),
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End, after the job at hand."""
        self._stop.set()
        for thread in self._threads:
            thread.join(_STOP_SECONDS)

    def run_until(self, is_over: Callable[[float], bool]) -> None:
        """Run until `is_over`, which waits some seconds each time, says so."""
        self.start()
        while not is_over(1.0):
            pass
        self.stop()

    def _thread(self, name: str, work: Callable[[], None]) -> threading.Thread:
        return threading.Thread(target=self._keep_running, args=(name, work), name=name, daemon=True)

    def _keep_running(self, name: str, work: Callable[[], None]) -> None:
        while not self._stop.is_set():
            try:
                work()
            except Exception:
                # Without this thread mails would silently wait until the next start
                log.exception("background_failed", task=name)
                self._stop.wait(_RESTART_SECONDS)

    def _sweep_forever(self) -> None:
        # Spread, so that the processes do not all sweep at once; the first soon, for servers that restart often
        pause = random.uniform(0, _FIRST_SWEEP_SECONDS)  # noqa: S311 -- spreads load
        while not self._stop.wait(pause):
            pause = random.uniform(0.5, 1.5) * _SWEEP_SECONDS  # noqa: S311 -- spreads load
            try:
                with self._app.app_context():
                    sweep_all()
            except UNAVAILABLE as error:
                log.warning("sweep_unavailable", error=type(error).__name__)
