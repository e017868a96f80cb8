"""What an app says of itself in URLs: pages that are shown, visited or framed, and documents that we fetch or call."""

import ipaddress
import socket
from urllib.parse import SplitResult, urlsplit

from idp.domain.clients.redirect_uris import LOOPBACK_HOSTS, MAXIMUM_LENGTH
from idp.domain.errors import InvalidInputError
from idp.domain.tenant import settings
from idp.infra.http_client import is_public

_BAD = frozenset(' \\"<>')


def parse_shown_uri(uri: str) -> str:
    """A URL for browsers: https, of a host that is not ours to guess about (logo, terms, where a login begins).

    Raises:
        InvalidInputError: saying what to write instead.
    """
    parts = _split(uri)
    if parts.scheme != "https":
        raise InvalidInputError(f"{uri!r}: use https.")
    _refuse_inward(uri, parts)
    return uri


def parse_fetched_uri(uri: str) -> str:
    """A URL that this server will ask: https on the internet, or a host of IDP_PRIVATE_HOSTS.

    Raises:
        InvalidInputError: saying what to write instead.
    """
    parts = _split(uri)
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_private_host(parts)):
        raise InvalidInputError(f"{uri!r}: use https.")
    _refuse_inward(uri, parts)
    return uri


def parse_framed_uri(uri: str) -> str:
    """A URL that browsers are made to load: https, or http on loopback or a host of IDP_PRIVATE_HOSTS.

    Raises:
        InvalidInputError: saying what to write instead.
    """
    parts = _split(uri)
    is_near = parts.hostname in LOOPBACK_HOSTS or _is_private_host(parts)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_near):
        raise InvalidInputError(f"{uri!r}: use https; plain http is for loopback alone.")
    return _without_fragment(uri)


def parse_called_uri(uri: str) -> str:
    """A URL that this server will send to (Back-Channel Logout §2.2): one that it may ask, without a fragment.

    Raises:
        InvalidInputError: saying what to write instead.
    """
    return _without_fragment(parse_fetched_uri(uri))


def is_inward(host: str) -> bool:
    """Whether a host can only be one of an inner network, however its address is spelled: 2130706433, 0x7f.1, [::1]."""
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return not is_public(str(ipaddress.ip_address(name)))
    except ValueError:
        pass
    try:
        return not is_public(socket.inet_ntoa(socket.inet_aton(name)))
    except OSError:
        return False


def _split(uri: str) -> SplitResult:
    if len(uri) > MAXIMUM_LENGTH or not uri.isascii() or not uri.isprintable() or _BAD & set(uri):
        raise InvalidInputError(f"{uri[:80]!r} is no URL: up to {MAXIMUM_LENGTH} printable ASCII characters.")
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        raise InvalidInputError(f"{uri!r} is no URL.") from None
    if not parts.hostname:
        raise InvalidInputError(f"{uri!r}: a host is missing.")
    if parts.username is not None or parts.password is not None:
        raise InvalidInputError(f"{uri!r}: leave out the user and password.")
    return parts


def _without_fragment(uri: str) -> str:
    if "#" in uri:
        raise InvalidInputError(f"{uri!r}: leave out the '#' and what follows it.")
    return uri


def _is_private_host(parts: SplitResult) -> bool:
    return parts.hostname in settings.current().private_hosts


def _refuse_inward(uri: str, parts: SplitResult) -> None:
    if is_inward(str(parts.hostname)) and not _is_private_host(parts):
        raise InvalidInputError(f"{uri!r}: the host is not public; an operator may allow it by IDP_PRIVATE_HOSTS.")
