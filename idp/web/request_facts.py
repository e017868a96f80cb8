"""Where a request came from. Only a trusted proxy may speak for somebody else (IDP_TRUSTED_PROXIES)."""

import ipaddress
from functools import lru_cache

from flask import Response, g, has_request_context, request

from idp.domain.events.context import RequestFacts, set_facts
from idp.infra import words
from idp.infra.secrets import reference_id
from idp.web.settings import settings

_USER_AGENT_LENGTH = 256

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def begin() -> None:
    """Forget the request before this one."""
    words.use_language(None)
    set_facts(_find_out)


def _find_out() -> RequestFacts:
    if not has_request_context():  # something else runs in this thread since
        return RequestFacts()
    return RequestFacts(
        reference=reference(),
        ip=client_address(),
        user_agent=request.headers.get("User-Agent", "")[:_USER_AGENT_LENGTH] or None,
    )


def reference() -> str:
    """The reference id of this request: on the error page, in the headers, the log and the audit log."""
    found: str | None = g.get("reference")
    if found is None:
        found = g.reference = reference_id()
    return found


def finish(response: Response) -> None:
    """Tell the caller the reference id."""
    response.headers["X-Request-Id"] = reference()
    words.use_language(None)


def client_address() -> str:
    """The address of the client: the last hop that is none of our proxies."""
    peer = request.remote_addr or ""
    trusted = _networks(settings().trusted_proxies)
    if not _is_in(peer, trusted):
        return peer
    hops = ",".join(request.headers.getlist("X-Forwarded-For")).split(",")
    for hop in map(_without_port, reversed(hops)):
        if not _is_in(hop, trusted):
            return hop if _parse(hop) is not None else peer
    return peer


def _without_port(hop: str) -> str:
    """Some proxies name the port, too: `192.0.2.1:4711`, `[2001:db8::1]:4711`."""
    hop = hop.strip()
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop


def is_from_this_machine() -> bool:
    """Whether the client is on loopback."""
    parsed = _parse(client_address())
    return parsed is not None and parsed.is_loopback


@lru_cache(maxsize=4)
def _networks(names: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(name, strict=False) for name in names)


def _is_in(address: str, networks: tuple[Network, ...]) -> bool:
    parsed = _parse(address)
    return parsed is not None and any(parsed in network for network in networks)


@lru_cache(maxsize=1024)
def _parse(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(address)
    except ValueError:
        return None
