"""Redirect URIs: which may be registered, and when one that is sent is a registered one."""

import re
from urllib.parse import SplitResult, urlsplit

from idp.domain.errors import InvalidInputError

MAXIMUM_LENGTH = 2048
MAXIMUM_COUNT = 50
#: RFC 8252 §7.3: a native app on loopback takes whichever port is free.
_LOOPBACK = re.compile(r"\Ahttp://(127\.0\.0\.1|\[::1\])(?::(\d{1,5}))?([/?].*)?\Z", re.ASCII)
_PRINTABLE = re.compile(r"\A[\x21-\x7e]+\Z")
_PRIVATE_USE = re.compile(r"\A[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+\Z")
_FORBIDDEN_SCHEMES = frozenset({"javascript", "data", "vbscript", "file", "blob", "about", "ftp", "ws", "wss"})
LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


def is_registered(uri: str, registered: tuple[str, ...]) -> bool:
    """Equal byte for byte (RFC 9700 §4.1.3), but for the port of a loopback address."""
    if uri in registered:
        return True
    loopback = _without_port(uri)
    return loopback is not None and any(_without_port(other) == loopback for other in registered)


def parse_redirect_uri(uri: str, field: str = "callback") -> str:
    """A redirect URI fit for registration.

    Raises:
        InvalidInputError: saying what to write instead.
    """
    parts = _split(uri, field)
    if parts.fragment or uri.endswith("#"):
        raise InvalidInputError(f"{uri!r}: leave out the '#' and what follows it.", field)
    if "*" in uri:
        raise InvalidInputError(f"{uri!r}: wildcards are not possible; register each URL.", field)
    if parts.username is not None or parts.password is not None:
        raise InvalidInputError(f"{uri!r}: leave out the user and password.", field)
    _check_scheme(uri, parts, field)
    return uri


def parse_origin(origin: str) -> str:
    """A web origin fit for registration: scheme and host, nothing after it.

    Raises:
        InvalidInputError: saying what to write instead.
    """
    parts = _split(origin, "web-origin")
    plain = f"{parts.scheme}://{parts.netloc}"
    if parts.scheme not in {"http", "https"} or not parts.netloc or origin.rstrip("/") != plain:
        raise InvalidInputError(f"{origin!r} is no origin; write https://app.example.com", "web-origin")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK_HOSTS:
        raise InvalidInputError(f"{origin!r}: plain http is for loopback alone.", "web-origin")
    return plain.lower()


def _split(uri: str, field: str) -> SplitResult:
    if len(uri) > MAXIMUM_LENGTH or not _PRINTABLE.match(uri):
        raise InvalidInputError(f"{uri[:80]!r} is no URL: up to {MAXIMUM_LENGTH} printable ASCII characters.", field)
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        raise InvalidInputError(f"{uri!r} is no URL.", field) from None
    return parts


def _check_scheme(uri: str, parts: SplitResult, field: str) -> None:
    scheme = parts.scheme.lower()
    if scheme == "https" and parts.hostname:
        return
    if scheme == "http" and parts.hostname:
        if parts.hostname in LOOPBACK_HOSTS:
            return
        raise InvalidInputError(f"{uri!r}: plain http is for loopback alone; use https.", field)
    # RFC 8252 §7.1: a private-use scheme is a domain name in reverse, so that nobody else has it.
    if scheme in _FORBIDDEN_SCHEMES or not _PRIVATE_USE.match(parts.scheme):
        raise InvalidInputError(f"{uri!r}: use https, http on loopback, or a scheme like com.example.app:", field)


def _without_port(uri: str) -> tuple[str, str] | None:
    match = _LOOPBACK.match(uri)
    if match is None or (match[2] and int(match[2]) > 65535):  # noqa: PLR2004 -- the highest port
        return None
    return match[1], match[3] or ""
