"""Where the server listens, what its issuer is, and whether it ends TLS: from the options and the settings."""

import ipaddress
import os
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from idp.cli.refusals import Refused
from idp.config import Settings, SettingsError, development_secret, load_settings
from idp.infra.tls import ensure_certificate

HTTP_PORT = 8000
TLS_PORT = 8443
_DEFAULT_PORTS = {"http": 80, "https": 443}
#: A server that was killed leaves its port when its processes have noticed.
_PORT_WAIT_SECONDS = 2.0


@dataclass(frozen=True, kw_only=True)
class Wish:
    """The options of `idp start`; None is what the settings say."""

    host: str | None = None
    port: int | None = None
    tls: bool = False
    workers: int | None = None


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is going to be served, and from where."""

    settings: Settings
    authority: Path | None = None
    """The certificate of the local authority, where it was made here."""

    @property
    def is_tls(self) -> bool:
        """Whether this server speaks https itself."""
        return self.settings.tls_certificate is not None

    @property
    def own_url(self) -> str:
        """Where this machine reaches the server, whatever its issuer is."""
        address = ipaddress.ip_address(self.settings.host)
        if address.is_unspecified:
            address = ipaddress.ip_address("::1" if address.version == 6 else "127.0.0.1")  # noqa: PLR2004 -- IPv6
        host = f"[{address}]" if ":" in str(address) else str(address)
        return f"{'https' if self.is_tls else 'http'}://{host}:{self.settings.port}"


def choose(wish: Wish) -> Plan:
    """Decide.

    Raises:
        SettingsError: the configuration cannot be used.
        Refused: the options do not fit it, or one another.
    """
    return _with_local_authority(wish) if wish.tls else _as_configured(wish)


def check_port_is_free(settings: Settings) -> None:
    """The server's sockets share a port gladly, also with a server that was started before.

    Raises:
        Refused: another program listens there, or this one may not.
    """
    deadline = time.monotonic() + _PORT_WAIT_SECONDS
    while (fault := _listen_fault(settings.host, settings.port)) is not None:
        if not isinstance(fault, PermissionError) and time.monotonic() < deadline:
            time.sleep(0.05)
            continue
        raise Refused(
            f"cannot listen on {settings.host} port {settings.port}: {(fault.strerror or str(fault)).lower()}; "
            "choose another with --port"
        )


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen there."""
    return _listen_fault(host, port) is None


def _as_configured(wish: Wish) -> Plan:
    scheme = "https" if _variable("TLS_CERTIFICATE") else "http"
    issuer = None if _variable("ISSUER") else _issuer(scheme, "localhost", _port(wish, HTTP_PORT))
    host = wish.host or _variable("HOST") or "127.0.0.1"
    settings = _load(host, issuer=issuer, port=wish.port, workers=wish.workers)
    is_loopback = ipaddress.ip_address(settings.host).is_loopback
    if scheme == "http" and not is_loopback and not settings.trusted_proxies:
        raise Refused(
            f"plain http listens on loopback alone, not on {settings.host}: use --tls, or set IDP_TLS_CERTIFICATE, "
            "or name the proxies in front in IDP_TRUSTED_PROXIES"
        )
    return Plan(settings=settings)


def _with_local_authority(wish: Wish) -> Plan:
    if _variable("TLS_CERTIFICATE"):
        raise Refused("IDP_TLS_CERTIFICATE is set: leave out --tls, which makes a certificate of its own")
    name = _public_name(wish.host)
    issuer = _variable("ISSUER") or _issuer("https", name, _port(wish, TLS_PORT))
    if not issuer.startswith("https://"):
        raise Refused(f"IDP_ISSUER: {issuer!r} is no https address; unset it, or leave out --tls")
    data_dir = Path(_variable("DATA_DIR") or "var")
    settings = _load(
        _listen_address(wish.host),
        issuer=issuer,
        port=wish.port or (None if _variable("PORT") else TLS_PORT),
        workers=wish.workers,
        # A name of one's own machine is no reason to ask a developer for a secret
        secret_key=_variable("SECRET_KEY") or development_secret(data_dir),
    )
    files = ensure_certificate(data_dir / "tls", [name, urlsplit(issuer).hostname or name])
    made = {"tls_certificate": files.certificate, "tls_key": files.key}
    return Plan(settings=settings.model_copy(update=made), authority=files.authority.absolute())


def _load(host: str, **chosen: Any) -> Settings:
    """The settings under the options, with an address to listen on. All that is wrong is told at once."""
    address = _find_address(host)
    faults = [] if address is not None else [f"IDP_HOST: {host!r} is no address to listen on"]
    try:
        settings = load_settings(host=address, **chosen)
    except SettingsError as error:
        raise SettingsError([*error.faults, *faults]) from None
    if faults:
        raise SettingsError(faults)
    return settings


def _variable(name: str) -> str:
    return os.environ.get(f"IDP_{name}", "")


def _port(wish: Wish, default: int) -> int:
    """The port in the issuer. What is no port is refused by `load_settings`, beside all else that is wrong."""
    try:
        return wish.port or int(_variable("PORT") or default)
    except ValueError:
        return default


def _issuer(scheme: str, name: str, port: int) -> str:
    host = f"[{name}]" if ":" in name else name
    return f"{scheme}://{host}/" if port == _DEFAULT_PORTS[scheme] else f"{scheme}://{host}:{port}/"


def _public_name(host: str | None) -> str:
    """The name in the issuer: that of --host, if it is one."""
    if host is None:
        return "localhost"
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host.lower().rstrip(".")
    return "localhost" if address.is_unspecified or address.is_loopback else host


def _listen_address(host: str | None) -> str:
    """Loopback, unless a name says that others are to reach this machine."""
    if host is None:
        return _variable("HOST") or "127.0.0.1"
    if host == "localhost":
        return "127.0.0.1"
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "0.0.0.0"  # noqa: S104 -- asked for by --host NAME, and it is https
    return str(address)


def _find_address(host: str) -> str | None:
    try:
        return str(ipaddress.ip_address(socket.gethostbyname(host) if ":" not in host else host))
    except (OSError, ValueError):
        return None


def _listen_fault(host: str, port: int) -> OSError | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as error:
            return error
    return None
