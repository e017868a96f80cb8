"""One line a happening, on standard error: JSON for machines or a readable form for people.

Whatever is logged, by us or by a library, goes through one chain: secrets are taken out by the name of their field and
by their look, and characters that could forge a line or steer a terminal are shown as escapes.
"""

import logging
import os
import re
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, Literal, cast

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

HIDDEN: Final = "[hidden]"
_DEEPEST: Final = 6
_INTEGER_BITS: Final = 63
# Tuples, as a union is made anew by each isinstance; concrete types first, as the abstract one is slow to ask
_AS_IT_IS: Final = (bool, float, type(None))
_CONTAINERS: Final = (dict, list, tuple, set, frozenset, Mapping)

# Names, scopes, addresses and the like come again and again: what was found to be harmless is not looked at again
_harmless: set[str] = set()
_MOST_REMEMBERED: Final = 4096
_LONGEST_REMEMBERED: Final = 256

# How audit events are written: nothing before `configure`, None if they are not to be
_happenings: list[Processor | None] = []

# By name: what these hold is never written
_SECRET_PARTS: Final = ("password", "passwd", "secret", "authorization", "cookie", "assertion", "private", "credential")
_SECRET_NAMES: Final = frozenset(
    {"code", "user_code", "device_code", "code_verifier", "id_token_hint", "otp", "csrf", "login_ticket", "smtp_url"}
)
# By look: our own tokens (ac1_…), JSON Web Tokens, header values, passwords and parameters in URLs
_SECRET_LOOKS: Final = (
    (re.compile(r"\b([a-z]{2}\d_)[A-Za-z0-9_-]{16,}"), rf"\1{HIDDEN}"),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){1,4}"), HIDDEN),
    (re.compile(r"\b(Bearer|Basic|DPoP) +[A-Za-z0-9._~+/=-]{6,}", re.IGNORECASE), rf"\1 {HIDDEN}"),
    (re.compile(r"(://[^\s:/@]*):[^\s@/]+@"), rf"\1:{HIDDEN}@"),
    (
        re.compile(
            r"\b(password|client_secret|code|code_verifier|token|access_token|refresh_token|id_token|id_token_hint|assertion"
            r"|client_assertion)(=|%3D)[^&\s\"']+",
            re.IGNORECASE,
        ),
        rf"\1\2{HIDDEN}",
    ),
)
_MAY_BE_SECRET: Final = re.compile(
    r"\d_[A-Za-z0-9_-]{16}|eyJ|://[^\s/]*@|=|%3[Dd]|[Bb][Ee][Aa][Rr][Ee][Rr]|[Bb][Aa][Ss][Ii][Cc]|[Dd][Pp][Oo][Pp]"
)
# Control characters, line and paragraph separators, direction overrides, lone surrogates
_UNSAFE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_UNSAFE_IN_TRACES: Final = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def configure(form: Literal["auto", "json", "console"] = "json", level: str = "info") -> None:
    """Set up logging for this process, for structlog and the standard library alike. May be called again.

    `auto` is the console's form at a terminal, where nothing collects the lines, and JSON anywhere else.
    """
    is_console = form == "console" or (form == "auto" and _is_at_terminal())
    number = logging.getLevelNamesMapping()[level.upper()]
    renderer = _console() if is_console else structlog.processors.JSONRenderer(serializer=orjson.dumps)
    _happenings[:] = [renderer] if number <= logging.INFO else [None]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.StackInfoRenderer(),
            structlog.processors.format_exc_info,
            clean,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=lambda *_: _OUTPUT,
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers[:] = [_Router()]
    root.setLevel(number)
    logging.captureWarnings(capture=True)
    # At DEBUG, Authlib writes whole tokens, and these write whole requests
    for name in ("authlib", "joserfc", "urllib3", "requests"):
        logging.getLogger(name).setLevel(max(number, logging.INFO))
    # At INFO, these write each statement with its values
    for name in ("sqlalchemy", "alembic"):
        logging.getLogger(name).setLevel(max(number, logging.WARNING))


def happened(event: str, fields: Mapping[str, Any]) -> None:
    """The line of an audit event, at the level info: past the steps of structlog that it has no use for."""
    if not _happenings:
        structlog.get_logger().info(event, **fields)
    elif (renderer := _happenings[0]) is not None:
        line = {**fields, "event": event, "level": "info", "timestamp": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"}
        _OUTPUT.msg(cast("bytes", renderer(None, "info", clean(None, "info", line))))


def clean(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Structlog's processor that takes secrets out and makes text harmless."""
    return {
        _name(key): _trace(value) if key in {"exception", "stack"} else _value(key, value)
        for key, value in event.items()
    }


def _value(name: str, value: Any, depth: int = 0) -> Any:
    if isinstance(value, str):
        return HIDDEN if _is_secret_name(name) else _text(value)
    if isinstance(value, _AS_IT_IS):
        return value
    if isinstance(value, int):
        # JSON beyond 64 bits is beyond most readers, and beyond orjson
        return value if value.bit_length() < _INTEGER_BITS else str(value)[:_INTEGER_BITS]
    if _is_secret_name(name):
        return HIDDEN
    if isinstance(value, _CONTAINERS) and depth < _DEEPEST:
        return _container(name, value, depth + 1)
    return _text(str(value))


def _container(name: str, value: Any, depth: int) -> Any:
    if isinstance(value, (dict, Mapping)):
        return {_name(str(key)): _value(str(key), item, depth) for key, item in value.items()}
    return [_value(name, item, depth) for item in value]


@lru_cache(maxsize=1024)
def _is_secret_name(name: str) -> bool:
    lowered = name.lower().replace("-", "_")
    return lowered in _SECRET_NAMES or lowered.endswith("token") or any(part in lowered for part in _SECRET_PARTS)


@lru_cache(maxsize=1024)
def _name(name: str) -> str:
    return _text(name)


def _text(text: str) -> str:
    if text in _harmless:
        return text
    shown = without_secrets(text)
    if not shown.isprintable():
        return _UNSAFE.sub(_escape, shown)
    if shown is text and len(text) <= _LONGEST_REMEMBERED and not text.isalnum():
        if len(_harmless) >= _MOST_REMEMBERED:
            _harmless.clear()
        _harmless.add(text)
    return shown


def _trace(value: Any) -> str:
    """A traceback keeps its lines: in JSON they are escaped anyway, and on a console they are meant to be read."""
    return _UNSAFE_IN_TRACES.sub(_escape, without_secrets(str(value)))


def without_secrets(text: str) -> str:
    """The text, with whatever looks like a secret hidden."""
    # Most text is harmless, and two quick looks tell: this runs for every field of every line
    if text.isalnum() or not _MAY_BE_SECRET.search(text):
        return text
    for look, replacement in _SECRET_LOOKS:
        text = look.sub(replacement, text)
    return text


def _escape(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape", "surrogatepass").decode("ascii")


def _is_at_terminal() -> bool:
    return os.isatty(1) and os.isatty(2)


def _console() -> Processor:
    render = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    return lambda logger, method, event: str(render(logger, method, event)).encode("utf-8", "backslashreplace")


class _Output:
    """Writes whole lines to whatever standard error is at this moment."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def msg(self, line: bytes) -> None:
        # Nowhere to write (a full disk, a reader that is gone): serving goes on
        with self._lock, suppress(OSError):
            stream = getattr(sys.stderr, "buffer", None)
            if stream is None:
                sys.stderr.write(line.decode() + "\n")
                return
            stream.write(line + b"\n")
            stream.flush()

    debug = info = warning = error = critical = exception = log = msg


_OUTPUT: Final = _Output()


class _Router(logging.Handler):
    """Sends what libraries log through the same chain as our own."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            message = record.getMessage()
        except (TypeError, ValueError):
            message = str(record.msg)
        log = structlog.get_logger()
        log.log(record.levelno, message, logger=record.name, exc_info=record.exc_info or None)
