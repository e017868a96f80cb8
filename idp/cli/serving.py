"""The server: granian's processes over `create_app`, with what surrounds them from first check to last goodbye.

The first process imports, migrates and prepares everything, then forks the workers; it runs no thread before that.
A worker that dies is replaced; workers end when the first process does, however it ended.
"""

import ctypes
import gc
import multiprocessing
import multiprocessing.util
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack, suppress
from functools import partial
from importlib import import_module
from logging import LogRecord, getLogger
from multiprocessing.connection import wait
from typing import Any, cast

import structlog
from flask import Flask
from granian.constants import HTTPModes, Interfaces, SSLProtocols
from granian.http import HTTP1Settings, HTTP2Settings
from granian.log import LogLevels
from granian.server.mp import MPServer, WorkerProcess
from prometheus_client.multiprocess import mark_process_dead

from idp.app import create_app
from idp.cli import banner, sample_app, schema
from idp.cli.background import Background
from idp.cli.listening import Plan, check_port_is_free
from idp.cli.refusals import Refused
from idp.cli.running import connected
from idp.config import Settings
from idp.domain.credentials import calibration, hashing, totp
from idp.domain.keys import keyring, rotation
from idp.domain.tenant.setup import new_setup_token, withdraw_setup_token
from idp.domain.users.queries import has_administrator
from idp.infra import logging
from idp.infra.db import unit_of_work

DEFAULT_ALG = "RS256"
HEADER_BYTES = 64 * 1024
_HEADER_SECONDS = 10
_STOP_SECONDS = 20
_TELL_AGAIN_SECONDS = 1.0
_CRASHES_TOLERATED = 10
_CRASH_WINDOW_SECONDS = 10.0
_PR_SET_PDEATHSIG = 1

log = structlog.get_logger("idp.serving")


def serve(plan: Plan, *, runs_jobs: bool, has_sample_app: bool) -> None:
    """Serve until told to stop.

    Raises:
        Refused: the port is taken, or a key cannot be opened.
        ModuleNotFoundError: a setting needs a library that is not installed.
    """
    settings = plan.settings
    logging.configure(settings.log_format, settings.log_level)
    if sys.platform == "linux":
        multiprocessing.set_start_method("fork", force=True)  # of itself Python 3.14 forks no more
    check_port_is_free(settings)
    if settings.redis_url is not None:
        import_module("redis")  # missing, it would fail each request
    _set_up_apart(settings)
    schema.upgrade(settings.database_url)
    with ExitStack() as stack:
        with connected(settings), unit_of_work():
            setup_token = _prepare()
            sample = sample_app.register(plan) if has_sample_app else None
        running = stack.enter_context(sample_app.running(sample)) if sample is not None else None
        tell = partial(banner.show_when_ready, plan, setup_token=setup_token, sample=running)
        server = Server(plan, on_listening=tell)
        # After Granian has set its own
        logging.configure(settings.log_format, settings.log_level)
        getLogger("_granian").addFilter(_is_news)
        os.register_at_fork(after_in_child=_forget_handlers)
        gc.collect()
        gc.freeze()  # so that the workers' collectors leave alone what they share
        sample_id = sample.client_id if sample is not None else None
        loader = partial(load_app, settings, os.getpid(), runs_jobs=runs_jobs, sample_client_id=sample_id)
        server.serve(target_loader=loader, wrap_loader=False)


def _is_news(record: LogRecord) -> bool:
    """Granian warns of more threads than cores can use: all but one of ours are there to wait for a password's hash."""
    return "Python threads" not in record.getMessage()


def load_app(settings: Settings, parent: int, *, runs_jobs: bool, sample_client_id: str | None) -> Flask:
    """The application, in a worker process."""
    _hear_from_a_thread()
    _end_with(parent)
    logging.configure(settings.log_format, settings.log_level)
    app = create_app(settings, sample_client_id=sample_client_id)
    if runs_jobs:
        background = Background(app, settings)
        background.start()
        multiprocessing.util.Finalize(None, background.stop, exitpriority=100)
    return app


class Server(MPServer):
    """Granian that says when it listens, and survives single crashes."""

    def __init__(self, plan: Plan, on_listening: Callable[[], None]) -> None:
        settings = plan.settings
        super().__init__(
            "idp",
            address=settings.host,
            port=settings.port,
            interface=Interfaces.WSGI,
            workers=settings.workers,
            blocking_threads=settings.threads,
            http=HTTPModes.auto if plan.is_tls else HTTPModes.http1,
            websockets=False,
            http1_settings=HTTP1Settings(header_read_timeout=_HEADER_SECONDS * 1000, max_buffer_size=HEADER_BYTES),
            http2_settings=HTTP2Settings(max_headers_size=HEADER_BYTES, max_concurrent_streams=100),
            log_level=LogLevels.warning,
            log_dictconfig={"handlers": {}, "formatters": {}, "loggers": {"_granian": {"propagate": True}}},
            ssl_cert=settings.tls_certificate,
            ssl_key=settings.tls_key,
            ssl_protocol_min=SSLProtocols.tls12,
            respawn_failed_workers=True,
        )
        self._on_listening = on_listening
        self._crashes: deque[float] = deque(maxlen=_CRASHES_TOLERATED)

    def startup(self, spawn_target: Any, target_loader: Any) -> None:
        """Start the workers, then tell; a thread from here on does no harm."""
        super().startup(spawn_target, target_loader)  # type: ignore[no-untyped-call]
        threading.Thread(target=self._on_listening, name="banner", daemon=True).start()

    def signal_handler_interrupt(self, *_args: Any, **_named: Any) -> None:
        """Told to stop: Python calls this in the midst of the wait that it ends, which may hold the lock it needs."""
        self.interrupt_signal = True
        threading.Thread(target=self.main_loop_interrupt.set, name="told to stop", daemon=True).start()

    def shutdown(self, exit_code: int = 0) -> None:
        """Stop. To have been told so is no failure, even if Ctrl-C reached the workers first."""
        try:
            super().shutdown(exit_code)  # type: ignore[no-untyped-call]
        except SystemExit:
            if not self.interrupt_signal:
                raise

    def _stop_workers(self) -> None:
        """Tell the workers, and again until they have ended: one forked in this moment does not hear the first."""
        deadline = time.monotonic() + _STOP_SECONDS
        waiting = {worker.inner.sentinel: worker for worker in self.wrks}
        while waiting:
            is_late = time.monotonic() > deadline
            for worker in waiting.values():
                _kill(worker) if is_late else worker.terminate()  # type: ignore[no-untyped-call]
            for sentinel in wait(list(waiting), _TELL_AGAIN_SECONDS):
                waiting.pop(cast("int", sentinel)).join()  # type: ignore[no-untyped-call]
        self.wrks.clear()

    def _respawn_workers(self, workers: list[int], spawn_target: Any, target_loader: Any, delay: float = 0) -> None:
        for index in workers:
            mark_process_dead(self.wrks[index]._id())  # type: ignore[no-untyped-call]  # noqa: SLF001 -- no other way
        super()._respawn_workers(workers, spawn_target, target_loader, delay)
        now = time.monotonic()
        self._crashes.append(now)
        # Granian gives up after two crashes in five seconds; the kernel may well kill two workers at once
        if len(self._crashes) < _CRASHES_TOLERATED or now - self._crashes[0] > _CRASH_WINDOW_SECONDS:
            self.respawned_wrks.clear()


def _kill(worker: WorkerProcess) -> None:
    log.warning("worker_killed", worker=worker.idx + 1, reason="it did not end when it was told")
    worker.kill()  # type: ignore[no-untyped-call]


def _set_up_apart(settings: Settings) -> None:
    """The work of a first start, in a process that ends with it: Alembic, and the hashes that are timed, leave 30 MB.

    What goes wrong there this process meets again, and tells.
    """
    if not schema.find_version(settings.database_url).is_current:
        apart = multiprocessing.Process(target=_set_up, args=(settings,))
        apart.start()
        apart.join()


def _set_up(settings: Settings) -> None:
    with suppress(Exception, KeyboardInterrupt):
        schema.upgrade(settings.database_url)
        with connected(settings), unit_of_work():
            calibration.ensure_cost()


def _prepare() -> str | None:
    """Keys to sign with, and while nobody administers, the token of a new set-up link."""
    if faults := keyring.faults():
        raise Refused(*faults)
    rotation.ensure(DEFAULT_ALG)
    rotation.rewrap()
    hashing.use(calibration.ensure_cost())  # the workers are forked from here
    totp.rewrap()
    if has_administrator():
        withdraw_setup_token()
        return None
    return new_setup_token()


def _forget_handlers() -> None:
    """In a worker, just forked: the handlers of the first process are here, and would swallow the signals.

    Ctrl-C reaches every process of a terminal, but workers are stopped by the first one alone.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _hear_from_a_thread() -> None:
    """In a worker: let a thread wait for SIGTERM, and call Granian's handler.

    Python would call it in the main thread, in the midst of the wait that it is to end: where that holds its lock, the
    handler waits for it for ever, and the worker has to be killed. Told a second time while it stops, Granian may wait
    for itself as well; so it is told once.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    threading.Thread(target=_listen, name="signals", daemon=True).start()


def _listen() -> None:
    signal.sigwait({signal.SIGTERM})
    handler = signal.getsignal(signal.SIGTERM)
    if not callable(handler):  # Granian has set none yet: nothing is served
        os._exit(0)
    handler(signal.SIGTERM, None)


def _end_with(parent: int) -> None:
    """Have the kernel stop this worker when the first process is gone: it must not keep the port."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        sys.exit(1)
