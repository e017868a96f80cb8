"""Settings: every `IDP_*` variable, with its default and what it is for.

All faults of a configuration are found at start-up and listed together, one line each (`SettingsError.faults`).
README lists the same settings; a test compares the two.
"""

import ipaddress
import os
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path
from tempfile import mkstemp
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
_SECRET_FILE = "secret.key"
_ISSUER_FILE = "issuer"
MINIMUM_SECRET_LENGTH = 32
MINIMUM_DISTINCT_CHARACTERS = 12
#: Settings that name another server → the schemes that may lead there, and an example.
_SERVERS = {
    "redis_url": (("redis", "rediss"), "redis://host:6379/0"),
    "smtp_url": (("smtp", "smtps"), "smtp://user:password@host:587"),
}


class SettingsError(Exception):
    """The configuration cannot be used; `faults` has one plain line for each reason."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class Settings(BaseSettings):
    """What an operator may set. Lifetimes are in seconds."""

    model_config = SettingsConfigDict(
        env_prefix="IDP_", use_attribute_docstrings=True, extra="forbid", frozen=True, env_ignore_empty=True
    )

    issuer: str = "http://localhost:8000/"
    """The public URL of this deployment: https, a bare host, ending in `/`. Plain http is for loopback alone."""
    data_dir: Path = Path("var")
    """Folder for what this machine keeps: the SQLite file, a development server's secret key, certificates of `--tls`,
    counts for /metrics."""
    database_url: str = Field(default_factory=lambda known: f"sqlite:///{known['data_dir'] / 'idp.sqlite3'}")
    """SQLite file (`sqlite:///path`; `idp.sqlite3` in the data folder if not set) or PostgreSQL
    (`postgresql://user:password@host/name`)."""
    redis_url: str | None = None
    """Redis or Valkey that the nodes share for rate limits; without it each process counts for itself."""
    secret_key: str | None = Field(default=None, repr=False)
    """Wraps signing keys and vouches for forms; at least 32 random characters. On loopback one is made in the data
    folder. Several, separated by commas, while rotating: the first wraps, all unwrap."""

    host: str = "127.0.0.1"
    """Address to listen on. Plain http listens on loopback only, unless trusted proxies are set."""
    port: int = Field(default=8000, ge=1, le=65535)
    """Port to listen on."""
    workers: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1, le=256)
    """Server processes; one a core is right."""
    threads: int = Field(default=8, ge=1, le=64)
    """Threads a process. All but one may wait for a password to be hashed, one by one; more are turned away."""
    tls_certificate: Path | None = None
    """PEM file of the certificate chain, when this server ends TLS itself."""
    tls_key: Path | None = None
    """PEM file of the certificate's private key."""
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ()
    """Addresses or networks (commas between) of the proxies in front; only they may say who the client is."""

    smtp_url: str | None = Field(default=None, repr=False)
    """Mail server: `smtp://user:password@host:587` (STARTTLS) or `smtps://…:465`. Without it a loopback server shows
    mails at /dev/mailbox, and any other keeps them in the outbox."""
    mail_from: str = "Sign-in <no-reply@localhost>"
    """Sender of every mail."""

    name: str = "idp"
    """What the pages call this deployment."""
    language: str = "en"
    """Language (BCP 47) of pages and mails for whoever asks for none that we have."""
    support_url: str | None = None
    """Where error pages send people for help."""
    signup_enabled: bool = True
    """Whether people may create accounts by themselves."""
    password_min_length: int = Field(default=15, ge=8, le=64)
    """Shortest password a person may choose (NIST SP 800-63B-4: 15 when the password stands alone)."""

    registration: Literal["off", "token", "open"] = "off"
    """Who may register apps at /oidc/register: nobody, holders of a token (`idp registration-tokens create`), all."""
    private_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    """Hosts (commas between) that may be fetched from although their address is private: JWK Sets, request objects,
    logout."""
    ca_bundle: Path | None = None
    """PEM file of authorities to trust beside the system's, for what is fetched."""

    access_token_lifetime: int = Field(default=600, ge=30, le=86400)
    """Life of an access token whose API names none of its own."""
    id_token_lifetime: int = Field(default=3600, ge=30, le=86400)
    """Life of an ID token."""
    refresh_token_idle_lifetime: int = Field(default=15 * 86400, ge=60)
    """A refresh token not used for this long is over."""
    refresh_token_lifetime: int = Field(default=30 * 86400, ge=60)
    """A refresh token family is over after this long, used or not."""
    refresh_token_grace: int = Field(default=10, ge=0, le=60)
    """How long a refresh token just rotated may be sent once more, for a lost answer or two tabs."""
    session_idle_lifetime: int = Field(default=3 * 86400, ge=60)
    """A login not used for this long is over."""
    session_lifetime: int = Field(default=7 * 86400, ge=60)
    """A login is over after this long, used or not."""

    key_rotation_days: int = Field(default=90, ge=0, le=3650)
    """A signing key is replaced after this many days; the next one is published a day before. 0: by command alone."""
    events_keep_days: int = Field(default=90, ge=0, le=36500)
    """An entry of the audit log is removed after this many days. 0: never."""

    log_format: Literal["auto", "json", "console"] = "auto"
    """`json`, one object a line, or `console` for people. `auto` is `console` at a terminal and `json` elsewhere."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """How much is logged."""
    metrics_token: str | None = Field(default=None, repr=False)
    """Bearer token that /metrics asks for; without one it answers on a development server alone."""

    @property
    def is_local(self) -> bool:
        """Whether the issuer is on loopback: a development server."""
        return urlsplit(self.issuer).hostname in LOOPBACK_HOSTS

    @property
    def is_https(self) -> bool:
        """Whether browsers reach this deployment by https."""
        return self.issuer.startswith("https://")

    @property
    def origin(self) -> str:
        """The issuer without its trailing slash."""
        return self.issuer.rstrip("/")

    @property
    def secrets(self) -> list[str]:
        """The secret keys, newest first."""
        return [part for part in (self.secret_key or "").split(",") if part]

    @property
    def shows_mailbox(self) -> bool:
        """Whether mails are shown at /dev/mailbox instead of being sent."""
        return self.smtp_url is None and self.is_local


def load_settings(**overrides: Any) -> Settings:
    """`read_settings`, and a development server's secret key: made where none is set.

    Raises:
        SettingsError: with every fault, one line each.
    """
    return with_secret(read_settings(**overrides))


def read_settings(**overrides: Any) -> Settings:
    """Read the environment and check it as a whole. Makes nothing: on loopback there may be no secret key yet.

    Raises:
        SettingsError: with every fault, one line each.
    """
    chosen = {name: value for name, value in overrides.items() if value is not None}
    for name in ("trusted_proxies", "private_hosts"):
        if isinstance(raw := os.environ.get(f"IDP_{name.upper()}"), str) and name not in chosen:
            chosen[name] = tuple(part.strip() for part in raw.split(",") if part.strip())
    settings, faults = _parse(_as_started(chosen) | chosen)
    if faults := [*_unknown_variables(), *faults, *_faults(settings)]:
        raise SettingsError(faults)
    return settings


def with_secret(settings: Settings) -> Settings:
    """Settings of a development server with its secret key, which is made if there is none; others as they are.

    Raises:
        SettingsError: the key that was made before is spoilt.
    """
    if settings.secret_key is not None:
        return settings
    settings = settings.model_copy(update={"secret_key": development_secret(settings.data_dir)})
    if faults := _secret_faults(settings):
        raise SettingsError(faults)
    return settings


def remember_start(settings: Settings) -> None:
    """Leave the issuer in the data folder: links of commands lead to the server that was started there last."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    descriptor, draft = mkstemp(dir=settings.data_dir)
    with os.fdopen(descriptor, "w") as file:
        file.write(settings.issuer)
    Path(draft).replace(settings.data_dir / _ISSUER_FILE)


def _as_started(chosen: dict[str, Any]) -> dict[str, Any]:
    """The issuer of the server that was started here, where nothing else is said, and the secret that it made."""
    data_dir = Path(chosen.get("data_dir") or os.environ.get("IDP_DATA_DIR") or "var")
    if "issuer" in chosen or os.environ.get("IDP_ISSUER") or not (data_dir / _ISSUER_FILE).exists():
        return {}
    issuer, secret = (data_dir / _ISSUER_FILE).read_text(), data_dir / _SECRET_FILE
    # Of `--tls --host NAME`: no name of loopback, but its secret was made here all the same
    has_own = issuer.startswith("https://") and not os.environ.get("IDP_SECRET_KEY") and secret.exists()
    return {"issuer": issuer} | ({"secret_key": secret.read_text().strip()} if has_own else {})


def development_secret(data_dir: Path) -> str:
    """The secret key of a development server, made once and kept in the data folder, readable by its owner alone."""
    path = data_dir / _SECRET_FILE
    data_dir.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        # Written whole before it has its name: of several that start at once, all read the same key.
        descriptor, draft = mkstemp(dir=data_dir)
        with os.fdopen(descriptor, "w") as file:
            file.write(os.urandom(32).hex())
        with suppress(FileExistsError):
            path.hardlink_to(draft)
        Path(draft).unlink()
    return path.read_text().strip()


def _parse(chosen: dict[str, Any]) -> tuple[Settings, list[str]]:
    """The settings, with the default where a value is none; so that what else is wrong can be told beside it."""
    try:
        return Settings(**chosen), []
    except ValidationError as error:
        faults = error.errors()
    fields = {name: Settings.model_fields[name] for name in (str(fault["loc"][0]) for fault in faults)}
    defaults = {name: field.get_default(call_default_factory=True, validated_data={}) for name, field in fields.items()}
    return Settings(**{**chosen, **defaults}), [_plain(fault) for fault in faults]


def _unknown_variables() -> list[str]:
    """A mistyped setting would leave the default in force without a word."""
    known = {f"IDP_{name.upper()}" for name in Settings.model_fields}
    lines = []
    for name in sorted(os.environ):
        if name.startswith("IDP_") and name not in known:
            close = get_close_matches(name, known, 1)
            lines.append(f"{name}: there is no such setting" + (f"; {close[0]} is close" if close else ""))
    return lines


def _plain(fault: Any) -> str:
    field = str(fault["loc"][0]) if fault["loc"] else "settings"
    return f"IDP_{field.upper()}: {fault['msg'][0].lower()}{fault['msg'][1:]}"


def _faults(settings: Settings) -> list[str]:
    return [
        *_issuer_faults(settings),
        *_secret_faults(settings),
        *_server_faults(settings),
        # Without the value: it may hold a password
        *(
            f"IDP_{name.upper()}: this is no address of such a server; write {example}"
            for name, (schemes, example) in _SERVERS.items()
            if (url := getattr(settings, name)) is not None and not _is_server(url, schemes)
        ),
    ]


def _issuer_faults(settings: Settings) -> list[str]:
    parts = urlsplit(settings.issuer)
    faults = []
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        faults.append(f"IDP_ISSUER: {settings.issuer!r} is no URL; write https://login.example.com/")
    elif parts.path != "/" or parts.query or parts.fragment or parts.username:
        faults.append(f"IDP_ISSUER: {settings.issuer!r} must be a scheme and host ending in '/', with no path or query")
    elif parts.scheme == "http" and not settings.is_local:
        faults.append("IDP_ISSUER: plain http is for loopback alone; use https:// for any other host")
    return faults


def _secret_faults(settings: Settings) -> list[str]:
    if settings.secret_key is None and settings.is_local:
        return []  # a development server's is made
    if not settings.secrets:
        return ["IDP_SECRET_KEY: missing; make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"]
    return [
        "IDP_SECRET_KEY: too weak; it needs at least 32 random characters"
        for secret in settings.secrets
        if len(secret) < MINIMUM_SECRET_LENGTH or len(set(secret)) < MINIMUM_DISTINCT_CHARACTERS
    ]


def _server_faults(settings: Settings) -> list[str]:
    faults = []
    if (settings.tls_certificate is None) != (settings.tls_key is None):
        faults.append("IDP_TLS_CERTIFICATE and IDP_TLS_KEY: set both or neither")
    faults += [
        f"{name}: {path} cannot be read"
        for name, path in (
            ("IDP_TLS_CERTIFICATE", settings.tls_certificate),
            ("IDP_TLS_KEY", settings.tls_key),
            ("IDP_CA_BUNDLE", settings.ca_bundle),
        )
        if path is not None and not os.access(path, os.R_OK)
    ]
    faults += [
        f"IDP_TRUSTED_PROXIES: {name!r} is no address or network"
        for name in settings.trusted_proxies
        if not _is_network(name)
    ]
    if os.environ.get("AUTHLIB_INSECURE_TRANSPORT"):
        faults.append("AUTHLIB_INSECURE_TRANSPORT: unset it; it switches transport checks off")
    return faults


def _is_server(url: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _is_network(name: str) -> bool:
    try:
        ipaddress.ip_network(name, strict=False)
    except ValueError:
        return False
    return True
