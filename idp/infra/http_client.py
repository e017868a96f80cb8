"""Fetching what others name: JWK Sets, request objects, webhooks. Safe against server-side request forgery.

The address is judged when the connection is made, so neither a name that resolves inward, nor one that changes between
two look-ups, nor an odd spelling of an address gets in. No redirects, no proxies, no cookies; https alone; bounded in
bytes and in time, however slowly the other side drips.
"""

import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.util import Timeout

_USER_AGENT: Final = "idp"
_DEFAULT_PORTS: Final = {"https": 443, "http": 80}
_CHUNK: Final = 16 * 1024
_OK: Final = range(200, 300)

_GLOBAL_IPV6: Final = ipaddress.IPv6Network("2000::/3")
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
# Carry an IPv4 address inside that some router on the way may unpack
_TUNNELS_IPV6: Final = (ipaddress.IPv6Network("2002::/16"), ipaddress.IPv6Network("2001::/32"))
_ANYCAST_RELAY: Final = ipaddress.IPv4Network("192.88.99.0/24")


class FetchError(Exception):
    """It was not fetched; `reason` is for the operator."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Fetched:
    """A complete answer. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_ok(self) -> bool:
        """Whether the status is 2xx."""
        return self.status in _OK


@dataclass(frozen=True)
class Fetcher:
    """Limits of all that is fetched.

    `private_hosts` are names that may have any address and may speak plain http. `ca_bundle` is a PEM file of
    authorities to trust beside those of the system.
    """

    private_hosts: frozenset[str] = frozenset()
    ca_bundle: Path | None = None
    maximum_bytes: int = 256 * 1024
    total_seconds: float = 5.0
    _contexts: list[ssl.SSLContext] = field(default_factory=list, repr=False, compare=False)

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Fetched:
        """Fetch a document. Raises FetchError."""
        return self._request("GET", url, headers, None)

    def post(self, url: str, body: bytes, headers: Mapping[str, str] | None = None) -> Fetched:
        """Send a document. Raises FetchError; then it is not known whether it arrived."""
        return self._request("POST", url, headers, body)

    def _request(self, method: str, url: str, headers: Mapping[str, str] | None, body: bytes | None) -> Fetched:
        parts = self._checked(url)
        guard = _Guard(judged=parts.hostname not in self.private_hosts)
        pool = self._pool(parts, guard)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        sent = {"User-Agent": _USER_AGENT, "Accept-Encoding": "identity", **(headers or {})}
        try:
            with guard.deadline(self.total_seconds):
                response = pool.urlopen(
                    method, target, body=body, headers=sent, redirect=False, retries=False, preload_content=False
                )
                return self._read(response)
        except (HTTPError, OSError, ValueError) as error:
            raise FetchError(guard.reason or f"{type(error).__name__}: {error}") from error
        finally:
            pool.close()

    def _checked(self, url: str) -> SplitResult:
        if not url.isascii() or not url.isprintable() or any(character in url for character in ' \\"<>'):
            raise FetchError("the URL has characters that belong in none")
        try:
            parts = urlsplit(url)
            port, host = parts.port, parts.hostname
        except ValueError as error:
            raise FetchError(f"not a URL: {error}") from error
        if not host or parts.username is not None or parts.password is not None or parts.fragment or port == 0:
            raise FetchError("the URL needs a host, and no user, password or fragment")
        if parts.scheme != "https" and not (parts.scheme == "http" and host in self.private_hosts):
            raise FetchError("only https is fetched")
        return parts

    def _pool(self, parts: SplitResult, guard: "_Guard") -> urllib3.HTTPConnectionPool:
        host, port = str(parts.hostname), parts.port or _DEFAULT_PORTS[parts.scheme]
        options: dict[str, Any] = {"timeout": Timeout(self.total_seconds), "maxsize": 1, "guard": guard}
        if parts.scheme == "http":
            plain = urllib3.HTTPConnectionPool(host, port, **options)
            plain.ConnectionCls = _GuardedHTTPConnection
            return plain
        pool = urllib3.HTTPSConnectionPool(host, port, ssl_context=self._context(), **options)
        pool.ConnectionCls = _GuardedHTTPSConnection
        return pool

    def _context(self) -> ssl.SSLContext:
        # Reading all authorities takes tens of milliseconds: once is enough
        if not self._contexts:
            context = ssl.create_default_context()
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            if self.ca_bundle is not None:
                context.load_verify_locations(self.ca_bundle)
            self._contexts.append(context)
        return self._contexts[0]

    def _read(self, response: urllib3.BaseHTTPResponse) -> Fetched:
        if response.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise FetchError("the answer is compressed, though that was not asked for")
        body = bytearray()
        while chunk := response.read(min(_CHUNK, self.maximum_bytes + 1 - len(body)), decode_content=False):
            body += chunk
            if len(body) > self.maximum_bytes:
                raise FetchError(f"the answer is longer than {self.maximum_bytes} bytes")
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Fetched(status=response.status, headers=headers, body=bytes(body))


class _Guard:
    """Judges the addresses of one fetch and ends it when its time is up."""

    def __init__(self, *, judged: bool) -> None:
        self.reason: str | None = None
        self._judged = judged
        self._over = False
        self._handles: list[socket.socket] = []
        self._lock = threading.Lock()

    def connect(self, host: str, port: int, timeout: float) -> socket.socket:
        """A connection to the first address that answers; none is tried if any of them is not public."""
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        for *_, sockaddr in addresses:
            if self._judged and not is_public(str(sockaddr[0])):
                self.reason = f"{host} has the address {sockaddr[0]}, which is not public"
                raise OSError(self.reason)
        failure = OSError(f"{host} has no address")
        for family, kind, protocol, _, sockaddr in addresses:
            connection = socket.socket(family, kind, protocol)
            connection.settimeout(timeout)
            self._watch(connection)
            try:
                connection.connect(sockaddr)
            except OSError as error:
                connection.close()
                failure = error
            else:
                return connection
        raise failure

    @contextmanager
    def deadline(self, seconds: float) -> Iterator[None]:
        """Cut every connection after this many seconds, whatever it is waiting for."""
        timer = threading.Timer(seconds, self._cut, (seconds,))
        timer.daemon = True
        timer.start()
        try:
            yield
            if self._over:
                raise OSError(self.reason)
        finally:
            timer.cancel()
            with self._lock:
                for handle in self._handles:
                    handle.close()
                self._handles.clear()

    def _watch(self, connection: socket.socket) -> None:
        # A second handle on the same connection, as TLS takes the first one over
        with self._lock:
            if self._over:
                raise OSError(self.reason)
            self._handles.append(connection.dup())

    def _cut(self, seconds: float) -> None:
        with self._lock:
            self._over = True
            self.reason = f"it took longer than {seconds:g} seconds"
            for handle in self._handles:
                with suppress(OSError):
                    handle.shutdown(socket.SHUT_RDWR)


class _GuardedHTTPConnection(HTTPConnection):
    def __init__(self, *args: Any, guard: _Guard, **options: Any) -> None:
        super().__init__(*args, **options)
        self._guard = guard

    def _new_conn(self) -> socket.socket:
        return self._guard.connect(self._dns_host, self.port or 80, float(self.timeout or 5))


class _GuardedHTTPSConnection(HTTPSConnection):
    def __init__(self, *args: Any, guard: _Guard, **options: Any) -> None:
        super().__init__(*args, **options)
        self._guard = guard

    def _new_conn(self) -> socket.socket:
        return self._guard.connect(self._dns_host, self.port or 443, float(self.timeout or 5))


def is_public(address: str) -> bool:
    """Whether an address belongs to the public internet, also when an IPv4 address is hidden in an IPv6 one."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv4Address):
        return parsed.is_global and not parsed.is_multicast and parsed not in _ANYCAST_RELAY
    if parsed in _NAT64:
        return is_public(str(ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)))
    return parsed.is_global and parsed in _GLOBAL_IPV6 and not any(parsed in tunnel for tunnel in _TUNNELS_IPV6)
