"""`python -m idp.sample`: the sample app in a process of its own, told all it knows by SAMPLE_* variables."""

import logging
import os
import signal
import sys
import threading

from werkzeug.serving import make_server

from idp.sample.app import create_sample_app
from idp.sample.registration import Registration

_POLL_SECONDS = 0.5


def main() -> None:
    """Serve on loopback until stopped, or until whoever started it is gone."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    registration = Registration.from_environment(os.environ)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    # Ctrl-C reaches the whole terminal; the server that started this stops it
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    server = make_server("127.0.0.1", registration.port, create_sample_app(registration), threaded=True)
    _tell_ready(os.environ.get("SAMPLE_READY_FD"))
    server.serve_forever()


def _tell_ready(descriptor: str | None) -> None:
    if descriptor is not None:
        with os.fdopen(int(descriptor), "w") as pipe:
            pipe.write("!")


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        threading.Event().wait(_POLL_SECONDS)
    os._exit(0)


if __name__ == "__main__":
    main()
